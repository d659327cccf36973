//! The public site: pages, forms, downloads, offers. What visitors see does no SQL and waits for no disk.

mod arrival;
mod files;
mod forms;
mod mailbox;
mod offers;
mod pages;
pub mod render;
mod views;
mod visitor;
mod well_known;

use std::net::SocketAddr;
use std::sync::Arc;

use app::App;
use axum::Router;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base::Locale;

pub use views::ViewWriter;

use crate::ingest::{DailySalt, TrustedProxies};
use render::{Html, MessageView, Tracking};
use visitor::Visitor;

/// Longest body of a form, bytes.
const FORM_BYTES_MAX: usize = 256 * 1024;
/// Where the browser snippet is served.
const SNIPPET_PATH: &str = "/suppilo.js";

/// What the public handlers share.
pub(crate) struct Public {
    app: Arc<App>,
    salt: Arc<dyn DailySalt>,
    proxies: TrustedProxies,
    views: views::Views,
    cache: pages::Cache,
    /// The key that the snippet on our own pages sends with.
    write_key: Option<String>,
}

type State = axum::extract::State<Arc<Public>>;

/// Published pages without the way through the routes and their layers.
#[derive(Clone)]
pub struct Front(Arc<Public>);

impl Front {
    /// The page at an address, when there is one and somebody asks for it; anything else is for the routes.
    pub fn answer(&self, parts: &Parts, peer: SocketAddr) -> Option<Response> {
        let slug = parts.uri.path().strip_prefix('/')?;
        if parts.method != Method::GET {
            return None;
        }
        let look = self.0.look();
        let page = look.site.page(slug)?;
        let visitor = Visitor::of(parts, Some(peer.ip()), &self.0);
        Some(pages::published(&self.0, &look, page, &visitor, parts.uri.query()))
    }
}

/// The routes of the public site, its pages apart, and the writer of page views, to be closed last.
pub fn router(app: Arc<App>, salt: Arc<dyn DailySalt>, proxies: TrustedProxies) -> (Router, Front, ViewWriter) {
    let (views, writer) = views::start(app.log.clone(), &*app.random);
    let write_key = app.write_keys.any();
    let public = Arc::new(Public { app, salt, proxies, views, cache: pages::Cache::default(), write_key });
    let router = Router::new()
        .route("/f/{page}", post(forms::submit))
        .route("/o/{slug}", get(offers::show).post(offers::order))
        .route("/order/{signed}", get(offers::later))
        .route("/d/{signed}", get(mailbox::download))
        .route("/c/{signed}", get(mailbox::ask_to_confirm).post(mailbox::confirm))
        .route("/u/{signed}", get(mailbox::ask_to_unsubscribe).post(mailbox::unsubscribe))
        .route("/assets/f/{id}/{name}", get(files::serve))
        .route("/robots.txt", get(well_known::robots))
        .route("/sitemap.xml", get(well_known::sitemap))
        .route("/favicon.ico", get(well_known::favicon))
        .route(SNIPPET_PATH, get(well_known::snippet))
        .fallback(get(pages::show))
        .layer(axum::extract::DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(public.clone());
    (router, Front(public), writer)
}

impl Public {
    /// What all pages have in common, for one visitor.
    fn site<'a>(&'a self, look: &'a Look, visitor: &'a Visitor, locale: &'a Locale) -> render::Site<'a> {
        render::Site {
            brand: &look.site.brand,
            locale,
            base_url: &look.company.base_url,
            path: visitor.path(),
            now: visitor.now,
            time_zone: &look.company.timezone,
            tracking: self.write_key.as_deref().map(|write_key| Tracking {
                script_url: SNIPPET_PATH,
                write_key,
                asks_consent: look.asks_consent,
            }),
        }
    }

    fn look(&self) -> Look {
        let company = self.app.company();
        Look { site: self.app.site.get(), asks_consent: company.asks_tracking_consent, company }
    }

    /// A page of the program's own with one message.
    fn message(
        &self,
        visitor: &Visitor,
        status: StatusCode,
        heading: &str,
        text: &str,
        draw: fn(&MessageView<'_>) -> Html,
    ) -> Response {
        let look = self.look();
        let locale = self.language(visitor);
        let site = render::Site { tracking: None, ..self.site(&look, visitor, &locale) };
        html(status, draw(&MessageView { site, heading, text, link: None }))
    }

    /// The company's language that serves a visitor best.
    fn language(&self, visitor: &Visitor) -> Locale {
        let company = self.app.company();
        let best = visitor.languages().iter().find_map(|wish| wish.best_of(&company.locales));
        best.cloned().unwrap_or_else(|| company.default_locale())
    }

    fn not_found(&self, visitor: &Visitor) -> Response {
        self.message(visitor, StatusCode::NOT_FOUND, "", "", render::render_not_found)
    }

    /// Something failed on our side, or the request cannot be carried out: say so, in a page.
    fn failed(&self, visitor: &Visitor, error: &app::AppError) -> Response {
        match error {
            app::AppError::NotFound(_) => self.not_found(visitor),
            app::AppError::Conflict { detail, .. } => {
                self.message(visitor, StatusCode::CONFLICT, "", detail, render::render_form_error)
            }
            other => {
                tracing::error!(error = %other, path = visitor.path(), "a public request failed");
                self.message(visitor, StatusCode::INTERNAL_SERVER_ERROR, "", "", render::render_form_error)
            }
        }
    }
}

/// The company and its site, held while a page is drawn.
struct Look {
    site: Arc<app::site::Site>,
    company: Arc<app::company::Company>,
    asks_consent: bool,
}

/// An HTML answer that nothing keeps and nobody frames.
fn html(status: StatusCode, page: Html) -> Response {
    (status, html_headers(&page.policy), page.text).into_response()
}

fn html_headers(policy: &str) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // The variant and the form's token belong to one visitor.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    let policy = HeaderValue::from_str(policy).expect("a policy is hashes and origins in ASCII");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers
}
