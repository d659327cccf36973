//! Templates: Jinja in every part, MJML in the body, a plain part made from the HTML unless one is given.
//!
//! A template is written by staff and filled with what strangers typed. So the body escapes every value,
//! the subject is one line whatever it holds, nothing is included from files or the network, and time
//! and size are bounded.

use std::{io, sync::OnceLock};

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, value::Serde};
use mrml::{
    mj_head::{MjHead, MjHeadChild},
    mj_preview::MjPreview,
    mjml::Mjml,
    prelude::{
        parser::{ParserOptions, WarningKind},
        render::RenderOptions,
    },
};
use serde::{Deserialize, Serialize};

use super::{filters, message::one_line, plain_text};

/// Largest part of a template as written, in bytes.
pub const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// Largest part after filling in, in bytes. Gmail already cuts a mail off at 102 KB.
pub const OUTPUT_BYTES_MAX: usize = 512 * 1024;
/// Steps a part may take; a mail with a hundred order lines takes about 3,000.
pub const FUEL_MAX: u64 = 200_000;
/// Deepest nesting of elements; the MJML parser calls itself once a level. Ordinary mails have about 10.
pub const DEPTH_MAX: usize = 100;
/// Deepest nesting of macros.
const RECURSION_MAX: usize = 40;

/// What a person edits: Jinja in every part, MJML in the body.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemplateSource {
    /// One line of Jinja.
    pub subject: String,
    /// One line of Jinja: what a mail client shows after the subject in its list.
    #[serde(default)]
    pub preheader: String,
    /// An MJML document with Jinja in it.
    pub mjml: String,
    /// The plain part in Jinja; made from the HTML when `None` or blank.
    #[serde(default)]
    pub text: Option<String>,
}

/// A mail's parts, filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// A whole HTML document.
    pub html: String,
    /// The plain part.
    pub text: String,
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The subject line.
    Subject,
    /// The preview line.
    Preheader,
    /// The MJML.
    Body,
    /// The plain part.
    Text,
}

impl Part {
    /// The name that decides whether values are escaped (see [`environment`]).
    fn file_name(self) -> &'static str {
        match self {
            Self::Subject => "subject.txt",
            Self::Preheader => "preheader.txt",
            Self::Body => "body.html",
            Self::Text => "text.txt",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Preheader => "preheader",
            Self::Body => "body",
            Self::Text => "plain text",
        }
    }
}

/// Why a template cannot be used. Displays as `body, line 12: what is wrong; what to do`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateError {
    /// The part at fault.
    pub part: Part,
    /// The line in that part, from 1, where known.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.part.title())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for TemplateError {}

impl TemplateError {
    fn new(part: Part, line: Option<usize>, message: impl Into<String>) -> Self {
        Self { part, line, message: message.into() }
    }
}

/// Fill in a template. `context` is an object such as
/// `{"locale": "nb", "contact": {"first_name": "Kari"}, "company": {...}, "brand": {...}, "link": {...}}`;
/// what is missing prints as nothing, so `{{ contact.first_name | default("there") }}` always works.
pub fn render(source: &TemplateSource, context: &serde_json::Value) -> Result<Rendered, TemplateError> {
    let values = Value::from(Serde(context));
    let subject = one_line(&fill(Part::Subject, &source.subject, &values)?);
    let preheader = one_line(&fill(Part::Preheader, &source.preheader, &values)?);
    let own_text = source.text.as_deref().filter(|text| !text.trim().is_empty());
    let own_text = own_text.map(|text| fill(Part::Text, text, &values)).transpose()?;
    let filled = fill(Part::Body, &source.mjml, &values)?;
    let mut document = parse(&filled, &source.mjml)?;

    let text = match own_text {
        Some(text) => text,
        None => plain_text::from_html(&to_html(&document)?)
            .map_err(|error| TemplateError::new(Part::Body, None, format!("no plain text could be made: {error}")))?,
    };
    set_preview(&mut document, &preheader);
    Ok(Rendered { subject, html: to_html(&document)?, text })
}

/// Whether a template can be used, for the editor: the Jinja of every part and the MJML of the body,
/// tried with no values at all.
pub fn check(source: &TemplateSource) -> Result<(), TemplateError> {
    if source.subject.trim().is_empty() {
        return Err(TemplateError::new(Part::Subject, None, "write a subject"));
    }
    let nothing = Value::from(Serde(serde_json::json!({})));
    let text = source.text.as_deref().unwrap_or_default();
    for (part, source) in
        [(Part::Subject, source.subject.as_str()), (Part::Preheader, &source.preheader), (Part::Text, text)]
    {
        fill(part, source, &nothing).map(drop).or_else(excuse_missing_values)?;
    }
    let filled = match fill(Part::Body, &source.mjml, &nothing) {
        Ok(filled) => filled,
        Err(error) => return excuse_missing_values(error),
    };
    let document = parse(&filled, &source.mjml)?;
    to_html(&document).map(drop)
}

/// Marks the messages of [`fill`] that may be due to the values and not to the template.
const MAY_BE_VALUES: &str = "with these values";

fn excuse_missing_values(error: TemplateError) -> Result<(), TemplateError> {
    if error.message.ends_with(MAY_BE_VALUES) { Ok(()) } else { Err(error) }
}

/// Names ending in `.html` escape values; there is no loader, so nothing can be included.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut env = Environment::new();
        env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
        env.set_undefined_behavior(UndefinedBehavior::Chainable);
        env.set_fuel(Some(FUEL_MAX));
        env.set_recursion_limit(RECURSION_MAX);
        filters::install(&mut env);
        env
    })
}

/// Takes at most `OUTPUT_BYTES_MAX`.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_BYTES_MAX {
            return Err(io::Error::other("too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn fill(part: Part, source: &str, values: &Value) -> Result<String, TemplateError> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(TemplateError::new(part, None, format!("longer than {} KB; shorten it", SOURCE_BYTES_MAX / 1024)));
    }
    let refuse = |error| jinja_error(part, &error);
    let template = environment().template_from_named_str(part.file_name(), source).map_err(refuse)?;
    let mut output = Bounded(Vec::new());
    template.render_captured_to(values, &mut output).map_err(refuse)?;
    String::from_utf8(output.0).map_err(|_| TemplateError::new(part, None, "the result is not valid text"))
}

fn jinja_error(part: Part, error: &minijinja::Error) -> TemplateError {
    let detail = error.detail().unwrap_or_default().trim_end_matches('.');
    let message = match error.kind() {
        ErrorKind::SyntaxError => format!("{detail}; correct the {{{{ ... }}}} or {{% ... %}} there"),
        ErrorKind::UnknownFilter => format!("{detail}; {}", filters::suggestion(detail)),
        ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod => {
            format!("{detail}; remove it or correct its name")
        }
        ErrorKind::TemplateNotFound | ErrorKind::BadInclude => {
            "other templates cannot be included; copy the text in here".to_owned()
        }
        ErrorKind::OutOfFuel => {
            format!("this takes more than {FUEL_MAX} steps; use fewer or shorter loops")
        }
        ErrorKind::WriteFailure => {
            format!("the result is larger than {} KB; use fewer or shorter loops", OUTPUT_BYTES_MAX / 1024)
        }
        ErrorKind::InvalidOperation if detail.contains("recursion") => {
            "a macro calls itself too often; use a loop".to_owned()
        }
        kind => {
            let what = if detail.is_empty() { kind.to_string() } else { detail.to_owned() };
            format!("{what}: this cannot be worked out {MAY_BE_VALUES}")
        }
    };
    TemplateError::new(part, error.line(), message)
}

const NOT_MJML: &str = "this is not an MJML document; begin it with <mjml>";

/// `source` is the body before filling in, in which the author will look for the line.
fn parse(filled: &str, source: &str) -> Result<Mjml, TemplateError> {
    if !filled.trim_start().starts_with('<') {
        return Err(TemplateError::new(Part::Body, Some(1), NOT_MJML));
    }
    check_elements(filled, source)?;
    let parsed = mrml::parse_with_options(filled, &ParserOptions::default())
        .map_err(|error| mjml_error(&error, filled, source))?;
    if let Some(warning) = parsed.warnings.iter().find(|w| w.kind == WarningKind::InlineStyleUnsupported) {
        return Err(TemplateError::new(
            Part::Body,
            line_in_source(filled, source, warning.span.start),
            "mj-style cannot be inlined; take inline=\"inline\" away and set attributes on the elements",
        ));
    }
    if parsed.element.body().is_none() {
        return Err(TemplateError::new(Part::Body, None, "there is no <mj-body>; put the content inside one"));
    }
    Ok(parsed.element)
}

/// The elements of MJML; the parser lets others through as if they were HTML, and they vanish in the mail.
const ELEMENTS: [&str; 33] = [
    "mj-accordion",
    "mj-accordion-element",
    "mj-accordion-text",
    "mj-accordion-title",
    "mj-all",
    "mj-attributes",
    "mj-body",
    "mj-breakpoint",
    "mj-button",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-head",
    "mj-hero",
    "mj-image",
    "mj-include",
    "mj-navbar",
    "mj-navbar-link",
    "mj-preview",
    "mj-raw",
    "mj-section",
    "mj-social",
    "mj-social-element",
    "mj-spacer",
    "mj-style",
    "mj-table",
    "mj-text",
    "mj-title",
    "mj-wrapper",
];
/// Elements that have no end.
const VOID: [&str; 9] = ["br", "img", "hr", "meta", "link", "input", "col", "wbr", "source"];
/// Longest tag that is looked through; a longer one counts as one that stays open.
const TAG_BYTES_MAX: usize = 16 * 1024;

/// Refuse unknown elements, and nesting that would exhaust the stack of the parser, which calls itself
/// for each level.
fn check_elements(filled: &str, source: &str) -> Result<(), TemplateError> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(found) = filled[at..].find('<') {
        let start = at + found;
        let rest = &filled[start + 1..];
        let refuse = |message| Err(TemplateError::new(Part::Body, line_in_source(filled, source, start), message));
        let (length, is_closing) = match rest.as_bytes() {
            [b'!', b'-', b'-', ..] => (rest.find("-->").unwrap_or(0), None),
            [b'/', ..] => (0, Some(true)),
            [c, ..] if c.is_ascii_alphabetic() => (end_of_tag(rest).unwrap_or(0), Some(false)),
            _ => (0, None),
        };
        at = start + 1 + length;
        let Some(is_closing) = is_closing else { continue };
        let name = tag_at(filled, start);
        if VOID.iter().any(|void| name.eq_ignore_ascii_case(void)) {
            continue;
        }
        if is_closing {
            depth = depth.saturating_sub(1);
            continue;
        }
        let is_known = ELEMENTS.contains(&name) || !name.starts_with("mj-");
        if !is_known {
            return refuse(format!("<{name}> is not an element of MJML; {}", filters::nearest(name, &ELEMENTS)));
        }
        depth += usize::from(!rest[..length].ends_with('/'));
        if depth > DEPTH_MAX {
            return refuse(format!("more than {DEPTH_MAX} elements inside each other; close them or nest less"));
        }
    }
    Ok(())
}

/// Where the tag's `>` stands, quoted values skipped.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().take(TAG_BYTES_MAX).enumerate().find_map(|(at, byte)| {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at),
            _ => {}
        }
        None
    })
}

fn mjml_error(error: &mrml::prelude::parser::Error, filled: &str, source: &str) -> TemplateError {
    use mrml::prelude::parser::Error;
    let at = |position: usize| line_in_source(filled, source, position);
    let near = |position: usize| {
        let snippet: String =
            filled.get(position..).unwrap_or_default().chars().take_while(|&c| c != '\n').take(40).collect();
        snippet.trim().to_owned()
    };
    let (line, message) = match error {
        Error::UnexpectedElement { position, .. } => (
            at(position.start),
            format!(
                "<{}> is not allowed here; see which MJML elements may stand inside this one",
                tag_at(filled, position.start)
            ),
        ),
        Error::UnexpectedToken { position, .. } => (
            at(position.start),
            format!(
                "`{}` does not belong here; text must stand in <mj-text> and every element be closed",
                near(position.start)
            ),
        ),
        Error::MissingAttribute { name, position, .. } => {
            (at(position.start), format!("the element needs the attribute {name:?}; add it"))
        }
        Error::InvalidAttribute { position, .. } | Error::InvalidFormat { position, .. } => {
            (at(position.start), format!("`{}` is not written as MJML wants it; correct it", near(position.start)))
        }
        Error::IncludeLoaderError { position, .. } => {
            (at(position.start), "mj-include is not available; copy the text in here".to_owned())
        }
        Error::EndOfStream { .. } => (None, "the MJML ends before every element is closed; close them".to_owned()),
        Error::ParserError { source: fault, .. } => {
            let text = fault.to_string();
            (row_of(&text), format!("{text}; write & as &amp; and close every tag and quote"))
        }
        Error::SizeLimit { .. } => (None, "the MJML is too large; shorten it".to_owned()),
        Error::NoRootNode => (None, NOT_MJML.to_owned()),
    };
    TemplateError::new(Part::Body, line, message)
}

fn tag_at(filled: &str, position: usize) -> &str {
    let rest = filled.get(position..).unwrap_or_default().trim_start_matches(['<', '/']);
    rest.split(|c: char| c.is_whitespace() || "/>".contains(c)).next().unwrap_or_default()
}

/// The row in the parser's text `... at 3:14 cause ...`.
fn row_of(text: &str) -> Option<usize> {
    let (_, rest) = text.rsplit_once(" at ")?;
    rest.split(':').next()?.trim().parse().ok()
}

/// The line of `source` that became the line at `position` of `filled`. Loops and conditions move
/// lines, so the same line of text is looked for first; a line made of values keeps its own number.
fn line_in_source(filled: &str, source: &str, position: usize) -> Option<usize> {
    let before = filled.get(..position)?;
    let number = before.matches('\n').count();
    let wanted = filled.lines().nth(number)?.trim();
    let mut same = source.lines().enumerate().filter(|(_, line)| line.trim() == wanted).map(|(index, _)| index);
    let nearest = same.clone().min_by_key(|index| index.abs_diff(number));
    let line = same.find(|&index| index == number).or(nearest).unwrap_or(number);
    Some(line + 1)
}

fn to_html(document: &Mjml) -> Result<String, TemplateError> {
    // Without this MJML's default fonts would make every opened mail ask a stranger's server.
    let options = RenderOptions { fonts: std::collections::HashMap::new(), ..RenderOptions::default() };
    let html = document.render(&options).map_err(|error| {
        TemplateError::new(Part::Body, None, format!("{error}; check the sizes and colours of the elements"))
    })?;
    if html.len() > OUTPUT_BYTES_MAX {
        let message = format!("the mail is larger than {} KB; shorten it", OUTPUT_BYTES_MAX / 1024);
        return Err(TemplateError::new(Part::Body, None, message));
    }
    Ok(html)
}

/// Invisible filling after the preheader, so that a mail client's list does not go on with the body.
const PREVIEW_FILL: &str = "&#847;&zwnj;&nbsp;";
const PREVIEW_FILL_COUNT: usize = 60;

/// Put the preheader in the place MJML has for it, before any the author wrote there.
fn set_preview(document: &mut Mjml, preheader: &str) {
    if preheader.is_empty() {
        return;
    }
    let head = document.children.head.get_or_insert_with(|| MjHead::new((), Vec::new()));
    head.children.retain(|child| !matches!(child, MjHeadChild::MjPreview(_)));
    let mut text = filters::escape(preheader);
    text.push_str(&PREVIEW_FILL.repeat(PREVIEW_FILL_COUNT));
    head.children.push(MjHeadChild::MjPreview(MjPreview::from(text)));
}

#[cfg(test)]
mod tests;
