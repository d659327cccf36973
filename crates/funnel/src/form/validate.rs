//! From what a visitor sent to a checked submission, or to what must be mended, field by field.

use base::{Email, Locale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ConsentPurpose, FieldDef, FieldKind, FormDef, MAX_SUBMITTED_PAIRS, message};

/// What is wrong with an answer. Stable: scripts and reports rely on the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Nothing was answered.
    Required,
    /// No address was written.
    EmailRequired,
    /// Not an address.
    EmailShape,
    /// Not a telephone number.
    PhoneShape,
    /// Too many characters.
    TooLong,
    /// None of the choices.
    NotAChoice,
    /// The box was not ticked.
    ConsentRequired,
}

/// What to tell the visitor about one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FormFieldError)]
pub struct FieldError {
    /// The name of the field as it was sent.
    pub field: String,
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why and what to do, in the visitor's language.
    pub message: String,
}

/// A consent as the visitor answered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenConsent {
    /// Its name in the form.
    pub name: String,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// The words shown, letter by letter: the proof.
    pub text: String,
    /// Whether the box was ticked.
    pub is_given: bool,
}

/// A form that was filled in properly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Submission {
    /// Whose it is.
    pub email: Email,
    /// The other answers under the names of their fields, in the form's order; unanswered ones are left out.
    pub fields: Vec<(String, String)>,
    /// Every consent that was asked for, with the answer.
    pub consents: Vec<GivenConsent>,
}

impl Submission {
    /// The answer to a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a consent of this purpose was given.
    pub fn has_consent(&self, purpose: ConsentPurpose) -> bool {
        self.consents.iter().any(|consent| consent.purpose == purpose && consent.is_given)
    }
}

/// Check what was sent against the form. Names the form does not know are ignored; of a name sent twice the
/// first counts. Every mistake is reported, in the form's order.
pub fn validate(
    form: &FormDef,
    submitted: &[(String, String)],
    locale: &Locale,
) -> Result<Submission, Vec<FieldError>> {
    let submitted = &submitted[..submitted.len().min(MAX_SUBMITTED_PAIRS)];
    let answer = |name: &str| submitted.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value);
    let mut errors = Vec::new();
    let mut refuse = |field: &str, code: ErrorCode, max_chars: u32| {
        errors.push(FieldError { field: field.to_owned(), code, message: message(code, max_chars, locale) });
    };
    let mut email = None;
    let mut fields = Vec::new();
    for field in &form.fields {
        match check_answer(field, answer(&field.name)) {
            Ok(Answer::Nothing) => {}
            Ok(Answer::Email(address)) => email = Some(address),
            Ok(Answer::Text(text)) => fields.push((field.name.clone(), text)),
            Err(code) => refuse(&field.name, code, field.max_chars()),
        }
    }
    let mut consents = Vec::new();
    for consent in &form.consents {
        let is_given = is_ticked(answer(&consent.field()));
        if consent.required && !is_given {
            refuse(&consent.field(), ErrorCode::ConsentRequired, 0);
        }
        consents.push(GivenConsent {
            name: consent.name.clone(),
            purpose: consent.purpose,
            text: consent.text.clone(),
            is_given,
        });
    }
    match email {
        Some(email) if errors.is_empty() => Ok(Submission { email, fields, consents }),
        Some(_) => Err(errors),
        // A form whose e-mail field is missing or optional never passes `check`; without an address it is
        // still a mistake to tell, not one to panic over.
        None => {
            let field = form.email_field().map_or("email", |field| &field.name).to_owned();
            if !errors.iter().any(|error| error.field == field) {
                let message = message(ErrorCode::EmailRequired, 0, locale);
                errors.push(FieldError { field, code: ErrorCode::EmailRequired, message });
            }
            Err(errors)
        }
    }
}

enum Answer {
    Nothing,
    Email(Email),
    Text(String),
}

fn check_answer(field: &FieldDef, raw: &str) -> Result<Answer, ErrorCode> {
    if field.kind == FieldKind::Hidden {
        // The page fixes it; what a visitor sends in its place is of no interest.
        return Ok(if field.value.is_empty() { Answer::Nothing } else { Answer::Text(field.value.clone()) });
    }
    let text = tidy(raw, field.kind == FieldKind::Textarea);
    if text.is_empty() || (field.kind == FieldKind::Checkbox && !is_ticked(&text)) {
        return match (field.required, field.kind) {
            (false, _) => Ok(Answer::Nothing),
            (true, FieldKind::Email) => Err(ErrorCode::EmailRequired),
            (true, FieldKind::Select) => Err(ErrorCode::NotAChoice),
            (true, FieldKind::Checkbox) => Err(ErrorCode::ConsentRequired),
            (true, _) => Err(ErrorCode::Required),
        };
    }
    if text.chars().count() > field.max_chars() as usize {
        return Err(ErrorCode::TooLong);
    }
    match field.kind {
        FieldKind::Email => text.parse().map(Answer::Email).map_err(|_| ErrorCode::EmailShape),
        FieldKind::Phone if !is_phone(&text) => Err(ErrorCode::PhoneShape),
        FieldKind::Select if !field.options.iter().any(|option| option.key() == text) => Err(ErrorCode::NotAChoice),
        FieldKind::Checkbox => Ok(Answer::Text("yes".to_owned())),
        _ => Ok(Answer::Text(text)),
    }
}

/// Without surrounding space and control characters; line ends only in a textarea, as `\n`.
fn tidy(raw: &str, is_multiline: bool) -> String {
    let unix = raw.replace("\r\n", "\n").replace('\r', "\n");
    let keep = |c: char| {
        if c == '\n' && is_multiline {
            Some('\n')
        } else if c.is_whitespace() {
            Some(' ')
        } else {
            (!c.is_control()).then_some(c)
        }
    };
    unix.chars().filter_map(keep).collect::<String>().trim().to_owned()
}

fn is_ticked(value: &str) -> bool {
    matches!(value.trim(), "yes" | "on" | "true" | "1")
}

/// Five to fifteen digits (E.164's most) with the marks people put between them.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_mark = |c: char| c.is_ascii_digit() || " +-().\u{a0}/".contains(c);
    (5..=15).contains(&digits) && text.chars().all(is_mark) && text.rfind('+').is_none_or(|at| at == 0)
}
