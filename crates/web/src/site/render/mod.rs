//! The public pages as HTML: values in, a document out. No request, no database and no clock is known here.
//!
//! A page is one file: its styles (only those of the blocks it uses) and its few lines of script stand inside,
//! it asks for nothing from elsewhere, and it works without script. Every text of an author or a visitor is
//! escaped by the templates; what is put in with `|safe` was made here from escaped parts.

mod blocks;
mod document;
mod feeds;
mod form;
mod icons;
mod markup;
mod offer;
mod policy;
mod prepared;
mod snippet;
mod style;
mod system;
mod texts;
mod view;

pub use document::Html;
pub use feeds::{RobotsView, SitemapEntry, render_robots, render_sitemap};
pub use offer::{
    MAX_QUANTITY, OfferView, OrderLineView, OrderView, order_form, render_offer, render_order,
    render_order_confirmation,
};
pub use prepared::PreparedPage;
pub use snippet::browser_snippet;
pub use system::{
    ConfirmView, ExpiredView, MessageView, UnsubscribeView, render_confirm, render_confirmed, render_download_expired,
    render_form_error, render_not_found, render_thanks, render_unsubscribe,
};
pub use view::{FormState, FormTarget, PageView, Site, Tracking};

use document::{Document, Head};

/// A page as a whole HTML document.
pub fn render_page(view: &PageView<'_>) -> Html {
    let blocks = blocks::Blocks::new(view);
    let body = blocks.render(&view.doc.content);
    let redirects = view.doc.forms().iter().map(|form| form.form.redirect_url.as_str()).collect();
    Document { site: &view.site, head: Head::of_page(view), parts: blocks.parts(), body: &body, redirects }.render()
}

#[cfg(test)]
mod tests;
