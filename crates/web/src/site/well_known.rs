//! What browsers and search engines ask every site for.

use axum::extract::State as Extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::State;
use super::render::{RobotsView, SitemapEntry, browser_snippet, render_robots, render_sitemap};

/// Paths nobody should look at.
const CLOSED_PATHS: [&str; 6] = ["/admin/", "/api/", "/d/", "/c/", "/u/", "/f/"];

/// `GET /robots.txt`.
pub(super) async fn robots(Extract(public): State) -> Response {
    let company = public.app.company();
    let view = RobotsView { base_url: &company.base_url, is_public: true, closed_paths: &CLOSED_PATHS };
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], render_robots(&view)).into_response()
}

/// `GET /sitemap.xml`.
pub(super) async fn sitemap(Extract(public): State) -> Response {
    let site = public.app.site.get();
    let mut entries: Vec<SitemapEntry> = site
        .pages()
        .filter(|page| !page.doc.root.props.noindex)
        .map(|page| SitemapEntry {
            path: format!("/{}", page.slug),
            changed: page.published_at,
            alternates: page
                .doc
                .root
                .props
                .alternates
                .iter()
                .map(|alternate| (alternate.locale.to_string(), alternate.url.clone()))
                .collect(),
        })
        .collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let base_url = &public.app.company().base_url;
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], render_sitemap(base_url, &entries)).into_response()
}

/// `GET /favicon.ico`: pages name their own icon; browsers ask here all the same.
pub(super) async fn favicon() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `GET /suppilo.js`: the browser snippet.
pub(super) async fn snippet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, browser_snippet()).into_response()
}
