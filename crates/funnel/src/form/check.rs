//! What is wrong with a form before anybody is asked to fill it in.

use std::collections::BTreeSet;

use super::{
    CONSENT_PREFIX, ConsentPurpose, FieldDef, FieldKind, FormDef, HONEYPOT_FIELD, MAX_CONSENTS, MAX_FIELDS, MAX_OPTIONS,
};
use crate::page::{Finding, Severity, safe_url};

const MAX_LABEL_CHARS: usize = 300;
const MAX_CONSENT_CHARS: usize = 2_000;
const MAX_NAME_CHARS: usize = 40;
/// Each further question costs submissions.
const MANY_QUESTIONS: usize = 7;

/// Everything to mend in the form; paths are relative to it (`fields[0].label`).
pub fn check(form: &FormDef) -> Vec<Finding> {
    let mut findings = Vec::new();
    if form.fields.len() > MAX_FIELDS {
        error(&mut findings, "fields", &format!("a form has at most {MAX_FIELDS} fields"));
    }
    let mut names = BTreeSet::new();
    for (i, field) in form.fields.iter().enumerate() {
        check_field(&mut findings, &format!("fields[{i}]"), field);
        if !names.insert(field.name.clone()) {
            let message = format!("another field is called {:?} too", field.name);
            error(&mut findings, &format!("fields[{i}].name"), &message);
        }
    }
    check_email(&mut findings, form);
    check_consents(&mut findings, form, &mut names);
    let shown = form.fields.iter().filter(|field| field.kind != FieldKind::Hidden).count();
    if shown > MANY_QUESTIONS {
        advice(&mut findings, "fields", &format!("{shown} questions: every question fewer brings more answers"));
    }
    if !form.redirect_url.is_empty() && safe_url(&form.redirect_url).is_none() {
        error(&mut findings, "redirect_url", "an address begins with https:// or /");
    }
    for (path, text, max) in [
        ("name", &form.name, 120),
        ("submit_label", &form.submit_label, 80),
        ("success_heading", &form.success_heading, 200),
        ("success_text", &form.success_text, 2_000),
        ("magnet", &form.magnet, 60),
    ] {
        limit(&mut findings, path, text, max);
    }
    findings
}

fn check_email(findings: &mut Vec<Finding>, form: &FormDef) {
    let emails: Vec<_> = form.fields.iter().filter(|field| field.kind == FieldKind::Email).collect();
    match emails.as_slice() {
        [email] if email.required => {}
        [_] => error(findings, "fields", "make the e-mail field required: without an address there is no lead"),
        [] => error(findings, "fields", "add an e-mail field: without an address there is no lead"),
        _ => error(findings, "fields", "a form has one e-mail field"),
    }
}

fn check_field(findings: &mut Vec<Finding>, path: &str, field: &FieldDef) {
    check_name(findings, &format!("{path}.name"), &field.name);
    if field.kind != FieldKind::Hidden && field.label.trim().is_empty() {
        error(findings, &format!("{path}.label"), "write the question");
    }
    for (prop, text) in
        [("label", &field.label), ("placeholder", &field.placeholder), ("help", &field.help), ("value", &field.value)]
    {
        limit(findings, &format!("{path}.{prop}"), text, MAX_LABEL_CHARS);
    }
    if field.max_length == Some(0) {
        error(findings, &format!("{path}.max_length"), "an answer needs at least one character");
    }
    if field.kind != FieldKind::Select {
        return;
    }
    if field.options.is_empty() {
        error(findings, &format!("{path}.options"), "add the choices");
    } else if field.options.len() > MAX_OPTIONS {
        error(findings, &format!("{path}.options"), &format!("at most {MAX_OPTIONS} choices"));
    }
    let mut keys = BTreeSet::new();
    for (i, option) in field.options.iter().enumerate() {
        let path = format!("{path}.options[{i}]");
        if option.label.trim().is_empty() {
            error(findings, &format!("{path}.label"), "write the choice");
        }
        limit(findings, &format!("{path}.label"), &option.label, MAX_LABEL_CHARS);
        limit(findings, &format!("{path}.value"), &option.value, MAX_LABEL_CHARS);
        if !keys.insert(option.key()) {
            error(findings, &format!("{path}.value"), "another choice has this value");
        }
    }
}

fn check_consents(findings: &mut Vec<Finding>, form: &FormDef, names: &mut BTreeSet<String>) {
    if form.consents.len() > MAX_CONSENTS {
        error(findings, "consents", &format!("a form has at most {MAX_CONSENTS} consents"));
    }
    for (i, consent) in form.consents.iter().enumerate() {
        let path = format!("consents[{i}]");
        check_name(findings, &format!("{path}.name"), &consent.name);
        if !names.insert(consent.field()) {
            error(findings, &format!("{path}.name"), "another consent has this name");
        }
        if consent.text.trim().is_empty() {
            error(findings, &format!("{path}.text"), "write what exactly is agreed to: it is kept as the proof");
        }
        limit(findings, &format!("{path}.text"), &consent.text, MAX_CONSENT_CHARS);
        if consent.required && consent.purpose == ConsentPurpose::Marketing {
            let message = "consent to marketing must be free: it cannot be a condition of sending the form";
            error(findings, &format!("{path}.required"), message);
        }
    }
}

fn check_name(findings: &mut Vec<Finding>, path: &str, name: &str) {
    let is_shaped = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if name.is_empty() || name.len() > MAX_NAME_CHARS || !is_shaped || name.starts_with(['_', '0']) {
        error(
            findings,
            path,
            &format!("a name has 1 to {MAX_NAME_CHARS} small letters, digits or _, such as first_name"),
        );
    } else if name == HONEYPOT_FIELD || name.starts_with(CONSENT_PREFIX) {
        error(findings, path, &format!("{name:?} is used by the program itself: choose another name"));
    }
}

fn limit(findings: &mut Vec<Finding>, path: &str, text: &str, max_chars: usize) {
    if text.len() > max_chars && text.chars().count() > max_chars {
        error(findings, path, &format!("at most {max_chars} characters; this has {}", text.chars().count()));
    }
}

fn error(findings: &mut Vec<Finding>, path: &str, message: &str) {
    findings.push(Finding { path: path.to_owned(), message: message.to_owned(), severity: Severity::Error });
}

fn advice(findings: &mut Vec<Finding>, path: &str, message: &str) {
    findings.push(Finding { path: path.to_owned(), message: message.to_owned(), severity: Severity::Advice });
}
