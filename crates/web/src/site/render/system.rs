//! The program's own small pages: thanks, confirmed, expired, unsubscribe, not found, error.

use askama::Template;
use funnel::page::{Icon, safe_url};

use super::document::{Document, Head, Html, draw};
use super::icons::icon;
use super::markup::{escape, fill, paragraphs};
use super::style::{Part, Parts};
use super::texts::Texts;
use super::view::Site;

#[derive(Template)]
#[template(path = "site/message.html")]
struct Message<'a> {
    icon: Option<String>,
    heading: &'a str,
    text: String,
    extra: String,
    link: Option<(&'a str, String)>,
}

/// A page with one message of the company's own; empty texts become the language's own.
#[derive(Debug, Clone, Copy)]
pub struct MessageView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// The heading.
    pub heading: &'a str,
    /// The text below it.
    pub text: &'a str,
    /// Where to go on to: label and address.
    pub link: Option<(&'a str, &'a str)>,
}

fn page(site: &Site<'_>, message: &Message<'_>) -> Html {
    let body = draw(message);
    let parts = Parts::from([Part::Form, Part::System]);
    Document { site, head: Head::of_system(site, message.heading), parts, body: &body, redirects: Vec::new() }.render()
}

fn message(view: &MessageView<'_>, icon: Option<String>, heading: &str, text: &str) -> Html {
    let or = |own: &str, usual: &str| if own.trim().is_empty() { usual.to_owned() } else { own.to_owned() };
    let link = view.link.and_then(|(label, url)| safe_url(url).map(|url| (label, url.to_owned())));
    let heading = or(view.heading, heading);
    let text = paragraphs(&or(view.text, text));
    page(&view.site, &Message { icon, heading: &heading, text, extra: String::new(), link })
}

/// After a form: what the company says, or a plain thank you.
pub fn render_thanks(view: &MessageView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    message(view, Some(icon(Icon::Check)), t.sent_heading, t.sent_text)
}

/// Confirming an address.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// Where the button sends (POST): a GET never confirms.
    pub action: &'a str,
}

/// The page behind the link in a confirmation mail: programs open links too, only people press buttons.
pub fn render_confirm(view: &ConfirmView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    let extra = button_form(view.action, "", t.confirm_button);
    let text = paragraphs(t.confirm_text);
    page(&view.site, &Message { icon: None, heading: t.confirm_heading, text, extra, link: None })
}

/// After the button of a confirmation mail.
pub fn render_confirmed(view: &MessageView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    message(view, Some(icon(Icon::Check)), t.confirmed_heading, t.confirmed_text)
}

/// Nothing lives at this address.
pub fn render_not_found(view: &MessageView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    let home = MessageView { link: view.link.or(Some((t.to_front, "/"))), ..*view };
    message(&home, None, t.not_found_heading, t.not_found_text)
}

/// A form that cannot be shown again: not of this site, or not readable. `text` says what is wrong; a link
/// without a label leads back to the page.
pub fn render_form_error(view: &MessageView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    let link = view.link.map(|(label, url)| (if label.is_empty() { t.back } else { label }, url));
    message(&MessageView { link, ..*view }, None, t.error_heading, t.error_text)
}

/// A download link that is no longer good.
#[derive(Debug, Clone, Copy)]
pub struct ExpiredView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// Where a new link is asked for (POST); `None` offers none.
    pub renew_action: Option<&'a str>,
    /// What the request proves itself with: the old link's own token.
    pub token: &'a str,
    /// Whether a new link was just asked for. The answer is the same whoever asked.
    pub is_renewed: bool,
}

/// The page of a download link that is no longer good.
pub fn render_download_expired(view: &ExpiredView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    let extra = match view.renew_action {
        Some(action) if !view.is_renewed => button_form(action, view.token, t.expired_again),
        _ => String::new(),
    };
    let text = if view.is_renewed { t.expired_sent } else { t.expired_text };
    let icon = Some(icon(if view.is_renewed { Icon::Check } else { Icon::Clock }));
    page(&view.site, &Message { icon, heading: t.expired_heading, text: paragraphs(text), extra, link: None })
}

/// Leaving the list.
#[derive(Debug, Clone, Copy)]
pub struct UnsubscribeView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// Whose address leaves.
    pub email: &'a str,
    /// Where the button sends (POST): a GET never unsubscribes.
    pub action: &'a str,
    /// What the request proves itself with.
    pub token: &'a str,
    /// Whether it is done.
    pub is_done: bool,
}

/// The page that asks whether to leave the list, and the one that says it is done.
pub fn render_unsubscribe(view: &UnsubscribeView<'_>) -> Html {
    let t = Texts::of(view.site.locale);
    if view.is_done {
        let text = paragraphs(&fill(t.unsubscribed_text, "email", view.email));
        let icon = Some(icon(Icon::Check));
        return page(
            &view.site,
            &Message { icon, heading: t.unsubscribed_heading, text, extra: String::new(), link: None },
        );
    }
    let text = paragraphs(&fill(t.unsubscribe_text, "email", view.email));
    let extra = button_form(view.action, view.token, t.unsubscribe_button);
    page(&view.site, &Message { icon: None, heading: t.unsubscribe_heading, text, extra, link: None })
}

fn button_form(action: &str, token: &str, label: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"token\" value=\"{}\">\
         <button class=\"btn\">{}</button></form>",
        escape(action),
        escape(token),
        escape(label)
    )
}
