//! Forms as HTML: every field with its label, hint and message, what was typed kept, and the hidden fields
//! that tell people from robots.

use askama::Template;
use base::Locale;
use funnel::form::{
    ErrorCode, FORM_FIELD, FieldDef, FieldError, FieldKind, FormDef, HONEYPOT_FIELD, TOKEN_FIELD, VARIANT_FIELD,
    message,
};
use funnel::page::{FormBlock, Icon};

use super::document::draw;
use super::icons::icon;
use super::markup::{escape, fill, paragraphs};
use super::texts::Texts;
use super::view::{FormState, FormTarget, PageView};

/// A form on its own: the block around it is the caller's.
pub(super) struct FormHtml<'a> {
    pub(super) form: &'a FormDef,
    /// The block's id, and where a re-rendered page scrolls to.
    pub(super) id: &'a str,
    pub(super) locale: &'a Locale,
    pub(super) target: FormTarget<'a>,
    pub(super) variant: Option<&'a str>,
    pub(super) state: Option<FormState<'a>>,
    /// HTML between the last question and the button.
    pub(super) extra: String,
    pub(super) submit: &'a str,
    pub(super) note: &'a str,
}

#[derive(Template)]
#[template(path = "site/form.html")]
struct FormTemplate<'a> {
    t: &'static Texts,
    is_stale: bool,
    errors: &'a [FieldError],
    summary: String,
    action: String,
    form_id: &'a str,
    inputs: Vec<String>,
    consents: Vec<String>,
    honeypot: &'static str,
    hidden: Vec<(&'a str, &'a str)>,
    extra: &'a str,
    submit: &'a str,
    note: &'a str,
    lock: String,
}

#[derive(Template)]
#[template(path = "site/field.html")]
struct FieldTemplate<'a> {
    t: &'static Texts,
    id: String,
    name: &'a str,
    label: &'a str,
    help: &'a str,
    kind: &'static str,
    is_box: bool,
    class: &'static str,
    is_required: bool,
    is_checked: bool,
    needs_choice: bool,
    options: Vec<(&'a str, &'a str, bool)>,
    value: &'a str,
    attributes: String,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "site/blocks/form.html")]
struct BlockTemplate<'a> {
    b: &'a FormBlock,
    bg: &'static str,
    is_sent: bool,
    tick: String,
    sent_heading: &'a str,
    sent_text: String,
    form: String,
}

/// The block of a page that holds a form, or the thanks in its place.
pub(super) fn block(view: &PageView<'_>, b: &FormBlock) -> String {
    let t = Texts::of(view.site.locale);
    let state = view.state.filter(|state| state.form_id == b.id);
    let is_sent = state.is_some_and(|state| state.is_sent);
    let form = FormHtml {
        form: &b.form,
        id: &b.id,
        locale: view.site.locale,
        target: view.form,
        variant: view.variant,
        state,
        extra: String::new(),
        submit: if b.form.submit_label.is_empty() { t.submit } else { &b.form.submit_label },
        note: &b.note,
    };
    let (sent_heading, sent_text) = thanks(t, &b.form, state);
    draw(&BlockTemplate {
        b,
        bg: super::blocks::background(b.background),
        is_sent,
        tick: icon(Icon::Check),
        sent_heading,
        sent_text: paragraphs(&sent_text),
        form: if is_sent { String::new() } else { form.render() },
    })
}

/// What is said once the form is sent. With double opt-in that is to open the mail, whatever the author wrote:
/// without the click nothing else follows.
fn thanks<'a>(t: &'static Texts, form: &'a FormDef, state: Option<FormState<'_>>) -> (&'a str, String) {
    if form.double_opt_in {
        let field = form.email_field().map_or("email", |field| field.name.as_str());
        let email = state.map(|state| value_of(state.values, field)).unwrap_or_default();
        return (t.opt_in_heading, fill(t.opt_in_text, "email", email));
    }
    let heading = if form.success_heading.is_empty() { t.sent_heading } else { &form.success_heading };
    let text = if form.success_text.is_empty() { t.sent_text } else { &form.success_text };
    (heading, text.to_owned())
}

fn value_of<'a>(values: &'a [(String, String)], name: &str) -> &'a str {
    values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
}

impl FormHtml<'_> {
    pub(super) fn render(&self) -> String {
        let t = Texts::of(self.locale);
        let errors = self.state.map_or(&[][..], |state| state.errors);
        let summary = match errors.len() {
            1 => t.mend_one.to_owned(),
            count => fill(t.mend_many, "count", &count.to_string()),
        };
        let mut hidden = vec![(FORM_FIELD, self.id), (TOKEN_FIELD, self.target.token)];
        hidden.extend(self.variant.map(|variant| (VARIANT_FIELD, variant)));
        let shown = self.form.fields.iter().filter(|field| field.kind != FieldKind::Hidden);
        draw(&FormTemplate {
            t,
            is_stale: self.state.is_some_and(|state| state.is_stale),
            errors,
            summary,
            action: self.action(),
            form_id: self.id,
            inputs: shown.map(|field| self.field(t, field)).collect(),
            consents: self.form.consents.iter().map(|consent| self.consent(t, consent)).collect(),
            honeypot: HONEYPOT_FIELD,
            hidden,
            extra: &self.extra,
            submit: self.submit,
            note: self.note,
            lock: icon(Icon::Lock),
        })
    }

    /// Where it is sent, so that the answer scrolls back to it. An id that is none stays away from the address.
    fn action(&self) -> String {
        let is_id = self.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if is_id { format!("{}#{}", self.target.action, self.id) } else { self.target.action.to_owned() }
    }

    fn error(&self, name: &str) -> Option<&str> {
        let errors = self.state.map_or(&[][..], |state| state.errors);
        errors.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }

    fn field(&self, t: &'static Texts, field: &FieldDef) -> String {
        let typed = self.state.map(|state| value_of(state.values, &field.name));
        let value = typed.unwrap_or(&field.value);
        let is_box = field.kind == FieldKind::Checkbox;
        let error = self.error(&field.name);
        let id = format!("{}-{}", self.id, field.name);
        draw(&FieldTemplate {
            t,
            name: &field.name,
            label: &field.label,
            help: &field.help,
            kind: match field.kind {
                FieldKind::Email => "email",
                FieldKind::Phone => "tel",
                FieldKind::Select => "select",
                FieldKind::Textarea => "textarea",
                FieldKind::Text | FieldKind::Checkbox | FieldKind::Hidden => "text",
            },
            is_box,
            class: if is_box { " c" } else { self.width(field) },
            is_required: field.required,
            is_checked: is_box && !value.is_empty(),
            needs_choice: field.options.iter().all(|option| option.key() != field.value),
            options: field.options.iter().map(|o| (o.key(), o.label.as_str(), o.key() == value)).collect(),
            value,
            attributes: self.attributes(field, &id, !field.help.is_empty(), error.is_some()),
            error,
            id,
        })
    }

    /// Short answers that belong together share a line, when both are asked one after the other.
    fn width(&self, field: &FieldDef) -> &'static str {
        let pairs = [
            ("first_name", " w3", "last_name", " w3"),
            ("postal_code", " w2", "city", " w4"),
            ("company", " w3", "org_number", " w3"),
        ];
        let follows = |left: &str, right: &str| {
            self.form.fields.windows(2).any(|two| two[0].name == left && two[1].name == right)
        };
        let pair = pairs.iter().find(|(left, _, right, _)| [left, right].contains(&&field.name.as_str()));
        match pair {
            Some((left, width, right, _)) if field.name == *left && follows(left, right) => width,
            Some((left, _, right, width)) if follows(left, right) => width,
            _ => "",
        }
    }

    fn attributes(&self, field: &FieldDef, id: &str, has_help: bool, has_error: bool) -> String {
        let mut out = String::new();
        let mut add = |name: &str, value: &str| out.push_str(&format!(" {name}=\"{}\"", escape(value)));
        if !matches!(field.kind, FieldKind::Checkbox | FieldKind::Select) {
            add("maxlength", &field.max_chars().to_string());
            if !field.placeholder.is_empty() {
                add("placeholder", &field.placeholder);
            }
        }
        if let Some(autocomplete) = autocomplete(field) {
            add("autocomplete", autocomplete);
        }
        if field.required {
            add("aria-required", "true");
            let code = match field.kind {
                FieldKind::Email => ErrorCode::EmailRequired,
                FieldKind::Select => ErrorCode::NotAChoice,
                FieldKind::Checkbox => ErrorCode::ConsentRequired,
                _ => ErrorCode::Required,
            };
            add("data-required", &message(code, field.max_chars(), self.locale));
        }
        if field.kind == FieldKind::Email {
            add("data-email", &message(ErrorCode::EmailShape, field.max_chars(), self.locale));
        }
        describe(&mut out, id, has_help, has_error);
        out
    }

    fn consent(&self, t: &'static Texts, consent: &funnel::form::ConsentDef) -> String {
        let name = consent.field();
        let error = self.error(&name);
        let id = format!("{}-{name}", self.id);
        let mut attributes = String::new();
        if consent.required {
            let told = message(ErrorCode::ConsentRequired, 0, self.locale);
            attributes = format!(" aria-required=\"true\" data-required=\"{}\"", escape(&told));
        }
        describe(&mut attributes, &id, false, error.is_some());
        draw(&FieldTemplate {
            t,
            name: &name,
            label: &consent.text,
            help: "",
            kind: "checkbox",
            is_box: true,
            class: " c",
            is_required: consent.required,
            // Never ticked beforehand; only what the visitor ticked before an error is kept.
            is_checked: self.state.is_some_and(|state| !value_of(state.values, &name).is_empty()),
            needs_choice: false,
            options: Vec::new(),
            value: "",
            attributes,
            error,
            id,
        })
    }
}

fn describe(attributes: &mut String, id: &str, has_help: bool, has_error: bool) {
    let mut described = Vec::new();
    if has_help {
        described.push(format!("{id}-h"));
    }
    if has_error {
        described.push(format!("{id}-e"));
        attributes.push_str(" aria-invalid=\"true\"");
    }
    if !described.is_empty() {
        attributes.push_str(&format!(" aria-describedby=\"{}\"", escape(&described.join(" "))));
    }
}

/// What the browser may fill in by itself (WHATWG autofill names).
fn autocomplete(field: &FieldDef) -> Option<&'static str> {
    match (field.kind, field.name.as_str()) {
        (FieldKind::Email, _) => Some("email"),
        (FieldKind::Phone, _) => Some("tel"),
        (_, "name") => Some("name"),
        (_, "first_name") => Some("given-name"),
        (_, "last_name") => Some("family-name"),
        (_, "company") => Some("organization"),
        (_, "address") => Some("street-address"),
        (_, "postal_code") => Some("postal-code"),
        (_, "city") => Some("address-level2"),
        _ => None,
    }
}
