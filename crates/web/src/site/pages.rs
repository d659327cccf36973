//! A page of blocks: found in memory, its variant chosen by a hash, the visit written to the log.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use app::site::{PublishedPage, Site};
use arc_swap::ArcSwapOption;
use axum::body::Body;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base::{Id, Timestamp, id};
use funnel::form;
use funnel::page::PageDoc;
use parking_lot::RwLock;
use serde::Serialize;

use super::arrival::Arrival;
use super::render::{self, FormState, FormTarget, PageView, PreparedPage};
use super::visitor::Visitor;
use super::{Look, Public, State};
use crate::ingest::host;

/// Pages prepared for the site as it is now; a change of the site begins anew.
#[derive(Default)]
pub(super) struct Cache(ArcSwapOption<Prepared>);

/// A version of a page and the variant of it.
type Shown = (Id<id::PageVersion>, Option<String>);

struct Prepared {
    site: Arc<Site>,
    base_url: String,
    pages: RwLock<HashMap<Shown, Arc<Ready>>>,
}

struct Ready {
    page: PreparedPage,
    headers: HeaderMap,
}

/// `GET` of anything that is no route of its own.
pub(super) async fn show(Extract(public): State, visitor: Visitor, uri: Uri) -> Response {
    let look = public.look();
    let slug = visitor.path().trim_start_matches('/');
    if !slug.is_empty() && slug.ends_with('/') {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("/{}", slug.trim_end_matches('/')))])
            .into_response();
    }
    let Some(page) = look.site.page(slug) else {
        return if slug.is_empty() { front(&public, &look, &visitor) } else { public.not_found(&visitor) };
    };
    published(&public, &look, page, &visitor, uri.query())
}

/// A page that is there. Nothing here waits: the caller may be the loop that reads requests.
pub(super) fn published(
    public: &Public,
    look: &Look,
    page: &PublishedPage,
    visitor: &Visitor,
    query: Option<&str>,
) -> Response {
    let sent = query.and_then(sent_form);
    let (doc, variant) = page.choose(&visitor.id);
    if sent.is_none() {
        note_view(public, page, variant, visitor);
    }
    if let Some(form_id) = sent {
        let state = FormState { form_id: &form_id, values: &[], errors: &[], is_stale: false, is_sent: true };
        return draw(public, look, visitor, page, doc, variant, StatusCode::OK, state);
    }
    let ready = ready(public, look, page, doc, variant, visitor.now);
    let token = form_token(public, page.page_id, visitor.now);
    let mut response = Response::new(Body::new(ready.page.fill(token)));
    *response.headers_mut() = ready.headers.clone();
    response
}

/// Where the first page should be and nothing is published yet.
fn front(public: &Public, look: &Look, visitor: &Visitor) -> Response {
    // The company's first page in the reader's language, wherever it lives.
    let (wishes, ours) = (visitor.languages(), &look.company.locales);
    let wishes = wishes.iter().chain(ours);
    let pages: Vec<_> = look.site.pages().collect();
    let oldest = wishes.into_iter().find_map(|wish| {
        let same = pages.iter().filter(|page| page.locale.language() == wish.language());
        same.min_by_key(|page| (page.page_id, page.slug.len()))
    });
    match oldest.or(pages.first()) {
        Some(page) => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/{}", page.slug))]).into_response(),
        None => {
            let text = "No page is published here yet. Those who work here write one at /admin/.";
            public.message(visitor, StatusCode::OK, "Suppilo", text, render::render_thanks)
        }
    }
}

/// The id of the form in `?sent=…`.
fn sent_form(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "sent").map(|(_, value)| value.into_owned())
}

/// The token of the forms of a page.
pub(super) fn form_token(public: &Public, page: Id<id::Page>, now: Timestamp) -> String {
    form::issue_token(&page.to_string(), now, |message| sign(public, message))
}

pub(super) fn sign(public: &Public, message: &[u8]) -> [u8; 32] {
    public.app.signer.mac("form", message)
}

pub(super) fn form_action(page: Id<id::Page>) -> String {
    format!("/f/{page}")
}

/// A page drawn for one visitor, with the state of its form.
#[expect(clippy::too_many_arguments, reason = "all of it differs from answer to answer")]
pub(super) fn draw(
    public: &Public,
    look: &Look,
    visitor: &Visitor,
    page: &PublishedPage,
    doc: &PageDoc,
    variant: Option<&str>,
    status: StatusCode,
    state: FormState<'_>,
) -> Response {
    let token = form_token(public, page.page_id, visitor.now);
    let action = form_action(page.page_id);
    let path = format!("/{}", page.slug);
    let site = render::Site { path: &path, ..public.site(look, visitor, &page.locale) };
    let form = FormTarget { action: &action, token: &token };
    let view = PageView { site, doc, variant, form, state: Some(state) };
    super::html(status, render::render_page(&view))
}

fn ready(
    public: &Public,
    look: &Look,
    page: &PublishedPage,
    doc: &PageDoc,
    variant: Option<&str>,
    now: Timestamp,
) -> Arc<Ready> {
    let held = public.cache.0.load();
    let is_current = |held: &Prepared| Arc::ptr_eq(&held.site, &look.site) && held.base_url == look.company.base_url;
    let current = match held.as_ref() {
        Some(held) if is_current(held) => Arc::clone(held),
        _ => {
            let anew = Arc::new(Prepared {
                site: look.site.clone(),
                base_url: look.company.base_url.clone(),
                pages: RwLock::default(),
            });
            public.cache.0.store(Some(anew.clone()));
            anew
        }
    };
    let key = (page.version_id, variant.map(str::to_owned));
    if let Some(found) = current.pages.read().get(&key)
        && found.page.valid_until().is_none_or(|until| now < until)
    {
        return found.clone();
    }
    let path = format!("/{}", page.slug);
    let action = form_action(page.page_id);
    let site = render::Site {
        brand: &look.site.brand,
        locale: &page.locale,
        base_url: &look.company.base_url,
        path: &path,
        now,
        time_zone: &look.company.timezone,
        tracking: public.write_key.as_deref().map(|write_key| render::Tracking {
            script_url: super::SNIPPET_PATH,
            write_key,
            asks_consent: look.asks_consent,
        }),
    };
    let form = FormTarget { action: &action, token: "" };
    let page = PreparedPage::new(&PageView { site, doc, variant, form, state: None });
    let made = Arc::new(Ready { headers: super::html_headers(page.policy()), page });
    current.pages.write().insert(key, made.clone());
    made
}

/// What the log is told of a page that was seen.
#[derive(Serialize)]
struct Seen<'a> {
    #[serde(flatten)]
    arrival: &'a Arrival,
    path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    page: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    locale: &'a str,
    device: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_bot: bool,
}

fn note_view(public: &Public, page: &PublishedPage, variant: Option<&str>, visitor: &Visitor) {
    let seen = Seen {
        arrival: &Arrival::of_view(public, visitor),
        path: visitor.path(),
        page: &page.name,
        variant,
        locale: page.locale.as_str(),
        device: visitor.device,
        referrer: host(visitor.referrer()),
        is_bot: visitor.is_robot,
    };
    public.views.note("Page Viewed", visitor, &seen);
}
