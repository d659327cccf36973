//! Forms: what a visitor is asked, what may be answered, and who is taken for a robot. Values in, values out.

mod check;
mod messages;
mod robot;
mod validate;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use check::check;
pub use messages::message;
pub use robot::{
    HONEYPOT_FIELD, MAC_BYTES, TOKEN_FIELD, TOKEN_MAX_AGE_MS, TOKEN_MIN_AGE_MS, TokenError, Verdict, check_token,
    issue_token, judge,
};
pub use validate::{ErrorCode, FieldError, GivenConsent, Submission, validate};

/// The hidden field that names the form block a submission belongs to.
pub const FORM_FIELD: &str = "_form";
/// The hidden field that names the variant the visitor saw.
pub const VARIANT_FIELD: &str = "_variant";
/// Before the name of a consent in the sent form.
pub const CONSENT_PREFIX: &str = "consent_";
/// Fields of one form.
pub const MAX_FIELDS: usize = 30;
/// Choices of one select field.
pub const MAX_OPTIONS: usize = 250;
/// Consents of one form.
pub const MAX_CONSENTS: usize = 8;
/// Characters of an answer, unless the field says less; a textarea takes ten times as many.
pub const MAX_ANSWER_CHARS: u32 = 500;
/// Name-value pairs of one sent form that are looked at.
pub const MAX_SUBMITTED_PAIRS: usize = 200;

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FormDef {
    /// What reports call it; the heading above it when empty.
    pub name: String,
    /// The questions in order. One of them is a required e-mail field.
    pub fields: Vec<FieldDef>,
    /// What the visitor may agree to.
    pub consents: Vec<ConsentDef>,
    /// What the button says; empty means the language's own word.
    pub submit_label: String,
    /// Whether the address must be confirmed by a link before anything is sent to it.
    pub double_opt_in: bool,
    /// The heading in the form's place once it is sent.
    pub success_heading: String,
    /// The text below it.
    pub success_text: String,
    /// Where the visitor goes instead of reading that; empty stays on the page.
    pub redirect_url: String,
    /// The id of the lead magnet that is delivered (`mag_...`); empty for none.
    pub magnet: String,
}

impl Default for FormDef {
    /// One required e-mail field.
    fn default() -> Self {
        Self {
            name: String::new(),
            fields: vec![FieldDef {
                name: "email".to_owned(),
                kind: FieldKind::Email,
                label: "E-mail".to_owned(),
                required: true,
                ..FieldDef::default()
            }],
            consents: Vec::new(),
            submit_label: String::new(),
            double_opt_in: false,
            success_heading: String::new(),
            success_text: String::new(),
            redirect_url: String::new(),
            magnet: String::new(),
        }
    }
}

/// What kind of answer a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    #[default]
    Text,
    /// The address the submission belongs to.
    Email,
    /// A telephone number as people write it.
    Phone,
    /// One of several choices.
    Select,
    /// Yes or no; the answer is `yes` or nothing.
    Checkbox,
    /// Several lines.
    Textarea,
    /// Not shown; carries a fixed value.
    Hidden,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FieldDef {
    /// The name the answer is kept under: small letters, digits and `_`. `first_name`, `last_name`, `name`,
    /// `phone` and `company` are also written to the contact.
    pub name: String,
    /// What kind of answer it takes.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// The question.
    pub label: String,
    /// An example inside the empty field.
    pub placeholder: String,
    /// A hint below the field.
    pub help: String,
    /// Whether an answer is needed.
    pub required: bool,
    /// Characters an answer may have, when fewer than the usual limit.
    pub max_length: Option<u32>,
    /// The choices of a select field.
    pub options: Vec<FieldOption>,
    /// What is filled in from the start; the value of a hidden field.
    pub value: String,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FieldOption {
    /// What is kept; the label when empty.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl FieldOption {
    /// What is kept when this is chosen.
    pub fn key(&self) -> &str {
        if self.value.is_empty() { &self.label } else { &self.value }
    }
}

/// What a consent is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// News and offers.
    #[default]
    Marketing,
    /// Terms that are a condition of what is asked for.
    Terms,
    /// Handling of special data, such as health.
    SpecialData,
}

/// Something the visitor may agree to. The box is never ticked beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConsentDef {
    /// The name it is kept under: small letters, digits and `_`.
    pub name: String,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// The words agreed to, kept letter by letter.
    pub text: String,
    /// Whether the form cannot be sent without it. Never so for marketing.
    pub required: bool,
}

impl ConsentDef {
    /// The name of its box in the sent form.
    pub fn field(&self) -> String {
        format!("{CONSENT_PREFIX}{}", self.name)
    }
}

impl FormDef {
    /// The field that holds the address.
    pub fn email_field(&self) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.kind == FieldKind::Email)
    }
}

impl FieldDef {
    /// Characters an answer may have.
    pub fn max_chars(&self) -> u32 {
        let usual = if self.kind == FieldKind::Textarea { MAX_ANSWER_CHARS * 10 } else { MAX_ANSWER_CHARS };
        self.max_length.map_or(usual, |max| max.clamp(1, usual))
    }
}

#[cfg(test)]
mod tests;
