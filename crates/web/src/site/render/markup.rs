//! Small pieces of HTML that several templates use. Everything returned here is safe to put in as it is.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use funnel::page::{ImageRef, Link, PageDoc, safe_image_url, safe_url};

/// Text as HTML text or attribute value.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Plain text as paragraphs: an empty line parts them, a single line end breaks the line.
pub(super) fn paragraphs(text: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    let mut out = String::new();
    for paragraph in unix.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        out.push_str("<p>");
        out.push_str(&escape(paragraph).replace('\n', "<br>"));
        out.push_str("</p>");
    }
    out
}

/// Where a link on this page leads, when it may: `#form` is the first form, whatever its id.
pub(super) fn href(doc: &PageDoc, url: &str) -> Option<String> {
    let url = safe_url(url)?;
    if url == "#form"
        && let Some(form) = doc.forms().first()
    {
        return Some(format!("#{}", form.id));
    }
    Some(url.to_owned())
}

/// Label and address of a link that has both.
pub(super) fn link<'a>(doc: &PageDoc, link: &'a Link) -> Option<(&'a str, String)> {
    let label = link.label.trim();
    if label.is_empty() { None } else { href(doc, &link.url).map(|href| (label, href)) }
}

/// When a picture is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loading {
    /// At once: it is what the visitor sees first.
    Eager,
    /// When it is scrolled near.
    Lazy,
}

/// A picture, or nothing when it has no allowed address. Without its size its place is kept by a ratio.
pub(super) fn image(image: &ImageRef, loading: Loading, class: &str) -> String {
    let Some(src) = safe_image_url(&image.src) else { return String::new() };
    let mut out = format!("<img src=\"{}\" alt=\"{}\"", escape(src), escape(&image.alt));
    let mut classes = class.to_owned();
    match (image.width, image.height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => {
            out.push_str(&format!(" width=\"{width}\" height=\"{height}\""));
        }
        _ => classes.push_str(" nd"),
    }
    if !classes.trim().is_empty() {
        out.push_str(&format!(" class=\"{}\"", classes.trim()));
    }
    out.push_str(match loading {
        Loading::Eager => " fetchpriority=\"high\">",
        Loading::Lazy => " loading=\"lazy\" decoding=\"async\">",
    });
    out
}

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = [
        "p",
        "br",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "s",
        "a",
        "blockquote",
        "code",
        "pre",
        "hr",
        "sub",
        "sup",
    ]
    .into();
    let attributes: HashMap<&str, HashSet<&str>> = [("a", ["href", "title"].into())].into();
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .clean_content_tags(["script", "style", "template", "iframe", "noscript", "title"].into())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        // The same rule as for every other link: what `safe_url` refuses loses its address.
        .attribute_filter(
            |_, name, value| if name == "href" { safe_url(value).map(Into::into) } else { Some(value.into()) },
        )
        .link_rel(Some("noopener"));
    builder
});

/// Running text as an author's editor wrote it, with only what running text needs left in.
pub(super) fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

/// Put values in the places `{name}` of one of the program's own texts.
pub(super) fn fill(text: &str, name: &str, value: &str) -> String {
    text.replace(&format!("{{{name}}}"), value)
}
