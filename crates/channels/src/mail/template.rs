//! Templates.

use serde::{Deserialize, Serialize};

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

/// Why a template cannot be used: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{message}")]
pub struct TemplateError {
    /// The part at fault.
    pub part: Part,
    /// The line in that part, from 1, where known.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

/// Fill in a template. `context` is an object such as
/// `{"contact": {"first_name": "Kari"}, "company": {...}, "link": {...}}`.
pub fn render(_source: &TemplateSource, _context: &serde_json::Value) -> Result<Rendered, TemplateError> {
    Err(TemplateError { part: Part::Body, line: None, message: String::new() })
}

/// Whether a template can be used.
pub fn check(_source: &TemplateSource) -> Result<(), TemplateError> {
    Ok(())
}
