//! Templates: the built-in ones, the company's own words over them, and what is chosen for a reader.

use base::{Email, Id, Locale, Timestamp, id};
use channels::mail::template::{SOURCE_BYTES_MAX, check, render};
use channels::mail::{Builtin, Part, Rendered, TemplateError, TemplateSource, builtin, sample};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::ConnectionTrait;
use store::templates::Template;

use super::{TestOutcome, context, letter, settings};
use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission};

/// With a lead magnet.
pub const LEAD_MAGNET: &str = "lead_magnet";
/// Whether an address is theirs.
pub const CONFIRM_EMAIL: &str = "confirm_email";
/// An order by invoice.
pub const ORDER_CONFIRMATION: &str = "order_confirmation";
/// To staff: a new lead.
pub const NEW_LEAD_NOTICE: &str = "new_lead_notice";
/// The test of the mail settings; the same for everybody.
pub(super) const SMTP_TEST: &str = "smtp_test";

/// Longest name of a template, in characters.
pub const NAME_CHARS_MAX: usize = 60;
/// The most templates kept, each language counted.
pub const TEMPLATES_MAX: u64 = 1000;

const BUILTINS: [(&str, Builtin); 4] = [
    (LEAD_MAGNET, Builtin::LeadMagnet),
    (CONFIRM_EMAIL, Builtin::ConfirmEmail),
    (ORDER_CONFIRMATION, Builtin::OrderConfirmation),
    (NEW_LEAD_NOTICE, Builtin::NewLead),
];
/// Names that templates of the program have or will have and that nobody else may take.
const RESERVED: [&str; 3] = [SMTP_TEST, "invite", "password_reset"];
/// The languages the built-in templates are written in.
const BUILTIN_LANGUAGES: [&str; 2] = ["en", "nb"];

fn builtin_named(name: &str) -> Option<Builtin> {
    BUILTINS.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
}

/// Whether the program brings a template of that name along.
pub(crate) fn is_builtin(name: &str) -> bool {
    builtin_named(name).is_some()
}

/// The names of the templates that the program brings along.
pub(crate) fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|(name, _)| *name)
}

/// The language in which the built-in templates serve a reader, if they do.
fn builtin_locale(locale: &Locale) -> Option<Locale> {
    let language = match locale.language() {
        "nb" | "nn" | "no" => "nb",
        "en" => "en",
        _ => return None,
    };
    language.parse().ok()
}

/// A template chosen for a reader.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub source: TemplateSource,
    /// The language it is written in.
    pub locale: Locale,
    pub is_saved: bool,
}

impl Chosen {
    /// How numbers and dates are written: the reader's own way when the words are in their language.
    pub(super) fn reading(&self, wish: &Locale) -> Locale {
        if self.locale.language() == wish.language() { wish.clone() } else { self.locale.clone() }
    }
}

/// A built-in template in the language that serves a reader best.
pub(super) fn builtin_for(name: Builtin, wish: &Locale) -> Chosen {
    let locale = builtin_locale(wish).unwrap_or_else(Locale::english);
    Chosen { source: builtin(name, &locale), locale, is_saved: false }
}

/// The template for a reader: in their language, else the company's, else English, else any; in each the
/// company's own words before the built-in ones.
pub(super) async fn choose(
    app: &App,
    conn: &impl ConnectionTrait,
    name: &str,
    wish: &Locale,
) -> Result<Option<Chosen>> {
    let saved = store::templates::of_name(conn, name).await?;
    Ok(chosen(&saved, name, &[wish.clone(), app.company().default_locale(), Locale::english()]))
}

fn chosen(saved: &[Template], name: &str, wishes: &[Locale]) -> Option<Chosen> {
    let offered: Vec<Locale> = saved.iter().map(|template| template.locale.clone()).collect();
    let own = |locale: &Locale| saved.iter().find(|template| template.locale == *locale).map(Chosen::from);
    let of_wish = |wish: &Locale| {
        let built_in = || builtin_named(name).zip(builtin_locale(wish)).map(|(builtin, at)| builtin_for(builtin, &at));
        wish.best_of(&offered).and_then(own).or_else(built_in)
    };
    wishes.iter().find_map(of_wish).or_else(|| saved.first().map(Chosen::from))
}

impl From<&Template> for Chosen {
    fn from(template: &Template) -> Self {
        let source = TemplateSource {
            subject: template.subject.clone(),
            preheader: template.preheader.clone(),
            mjml: template.mjml.clone(),
            text: template.plain.clone(),
        };
        Self { source, locale: template.locale.clone(), is_saved: true }
    }
}

/// The built-in template for a reader, to fall back on when the company's own cannot be filled in.
pub(super) fn fallback(app: &App, name: &str, wish: &Locale) -> Option<Chosen> {
    chosen(&[], name, &[wish.clone(), app.company().default_locale(), Locale::english()])
}

/// Fill a template in, on a thread that may take its time.
pub(super) async fn fill(source: TemplateSource, context: Value) -> Result<Result<Rendered, TemplateError>> {
    settings::blocking(move || render(&source, &context)).await
}

/// What a person edits.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    /// One line of Jinja.
    pub subject: String,
    /// One line of Jinja: what a mail client shows after the subject in its list.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub preheader: String,
    /// An MJML document with Jinja in it.
    pub mjml: String,
    /// The plain part in Jinja; made from the HTML when absent or blank.
    #[serde(default)]
    #[schema(default = json!(null))]
    pub text: Option<String>,
}

impl From<TemplateSource> for TemplateBody {
    fn from(source: TemplateSource) -> Self {
        Self { subject: source.subject, preheader: source.preheader, mjml: source.mjml, text: source.text }
    }
}

impl From<TemplateBody> for TemplateSource {
    fn from(body: TemplateBody) -> Self {
        Self { subject: body.subject, preheader: body.preheader, mjml: body.mjml, text: body.text }
    }
}

/// A template in all its languages.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplateSummary {
    /// What it is for.
    pub name: String,
    /// Whether the program brings it along; such a template can be reset, others can be removed.
    pub is_builtin: bool,
    pub locales: Vec<TemplateLocale>,
}

/// A language of a template.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplateLocale {
    pub locale: Locale,
    pub subject: String,
    /// Whether the company wrote it; else it is the built-in one.
    pub is_saved: bool,
    #[schema(required)]
    pub updated_at: Option<Timestamp>,
}

/// A template in one language.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TemplateView {
    /// Its id, once it is saved.
    #[schema(required)]
    pub id: Option<Id<id::Template>>,
    pub name: String,
    pub locale: Locale,
    /// Whether the program brings the name along.
    pub is_builtin: bool,
    /// Whether the company wrote it in this language.
    pub is_saved: bool,
    /// The language of the words, another one when this language is not written yet.
    pub source_locale: Locale,
    #[serde(flatten)]
    pub body: TemplateBody,
    #[schema(required)]
    pub updated_at: Option<Timestamp>,
    /// Facts of an invented company, as a template finds them: what can stand between `{{` and `}}`.
    #[schema(value_type = Object)]
    pub sample: Value,
}

/// All templates: the built-in ones first, then the company's own by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<TemplateSummary>> {
    actor.may(Permission::MessagesRead)?;
    let saved = store::templates::all(app.store.reader()).await?;
    let mut names: Vec<String> = BUILTINS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(saved.iter().map(|template| template.name.clone()).filter(|name| builtin_named(name).is_none()));
    names.dedup();
    Ok(names.into_iter().map(|name| summary(&saved, name)).collect())
}

fn summary(saved: &[Template], name: String) -> TemplateSummary {
    let own = saved.iter().filter(|template| template.name == name);
    let mut locales: Vec<TemplateLocale> = own
        .map(|template| TemplateLocale {
            locale: template.locale.clone(),
            subject: template.subject.clone(),
            is_saved: true,
            updated_at: Some(template.updated_at),
        })
        .collect();
    let built_in = builtin_named(&name);
    for (builtin_name, language) in built_in.into_iter().flat_map(|name| BUILTIN_LANGUAGES.map(|l| (name, l))) {
        let Ok(locale) = language.parse::<Locale>() else { continue };
        if !locales.iter().any(|written| written.locale == locale) {
            let subject = builtin(builtin_name, &locale).subject;
            locales.push(TemplateLocale { locale, subject, is_saved: false, updated_at: None });
        }
    }
    locales.sort_by(|a, b| a.locale.cmp(&b.locale));
    TemplateSummary { name, is_builtin: built_in.is_some(), locales }
}

fn sample_of(name: &str, locale: &Locale) -> Value {
    sample(builtin_named(name).unwrap_or(Builtin::LeadMagnet), locale)
}

/// A template in one language; where it is not written yet, the words to start from.
pub async fn get(app: &App, actor: &Actor, name: &str, locale: &Locale) -> Result<TemplateView> {
    actor.may(Permission::MessagesRead)?;
    let saved = store::templates::of_name(app.store.reader(), name).await?;
    let own = saved.iter().find(|template| template.locale == *locale);
    let start = match own {
        Some(own) => Chosen::from(own),
        None => {
            let wishes = [locale.clone(), app.company().default_locale(), Locale::english()];
            chosen(&saved, name, &wishes).ok_or(AppError::NotFound("template"))?
        }
    };
    Ok(TemplateView {
        id: own.map(|template| template.id),
        name: name.to_owned(),
        locale: locale.clone(),
        is_builtin: builtin_named(name).is_some(),
        is_saved: own.is_some(),
        source_locale: start.locale,
        body: start.source.into(),
        updated_at: own.map(|template| template.updated_at),
        sample: sample_of(name, locale),
    })
}

fn check_name(name: &str) -> Result<()> {
    let is_key = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= NAME_CHARS_MAX
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_key {
        let message =
            format!("name it with at most {NAME_CHARS_MAX} small letters, digits and _, such as spring_offer");
        return Err(AppError::invalid("name", "name", message));
    }
    if RESERVED.contains(&name) {
        return Err(AppError::invalid("name", "reserved", "this name is the program's own: choose another"));
    }
    Ok(())
}

/// What is wrong with a template, at its field.
pub(super) fn problem(error: TemplateError) -> AppError {
    let field = match error.part {
        Part::Subject => "subject",
        Part::Preheader => "preheader",
        Part::Body => "mjml",
        Part::Text => "text",
    };
    let message = match error.line {
        Some(line) => format!("line {line}: {}", error.message),
        None => error.message,
    };
    AppError::Invalid(vec![FieldProblem::new(field, "template", message)])
}

/// Save a template in one language, if it can be used.
pub async fn save(
    app: &App,
    actor: &Actor,
    name: &str,
    locale: &Locale,
    mut body: TemplateBody,
) -> Result<TemplateView> {
    actor.may(Permission::MessagesWrite)?;
    check_name(name)?;
    body.text = body.text.filter(|text| !text.trim().is_empty());
    let source = TemplateSource::from(body.clone());
    settings::blocking(move || check(&source)).await?.map_err(problem)?;
    let tx = app.store.begin().await?;
    if store::templates::count(&tx).await? >= TEMPLATES_MAX {
        let detail = format!("there are {TEMPLATES_MAX} templates: remove some first");
        return Err(AppError::conflict("too_many_templates", detail));
    }
    let template = Template {
        id: app.new_id(),
        name: name.to_owned(),
        locale: locale.clone(),
        subject: body.subject,
        preheader: body.preheader,
        mjml: body.mjml,
        plain: body.text,
        updated_at: app.now(),
    };
    store::templates::save(&tx, &template).await?;
    audit::record(app, &tx, actor, "template.save", format!("{name}/{locale}"), Value::Null).await?;
    tx.commit().await?;
    get(app, actor, name, locale).await
}

/// Remove the company's own words: a built-in template is as it was, another is gone in this language.
pub async fn reset(app: &App, actor: &Actor, name: &str, locale: &Locale) -> Result<()> {
    actor.may(Permission::MessagesWrite)?;
    let tx = app.store.begin().await?;
    if !store::templates::delete(&tx, name, locale).await? {
        return Err(AppError::NotFound("saved template"));
    }
    audit::record(app, &tx, actor, "template.reset", format!("{name}/{locale}"), Value::Null).await?;
    tx.commit().await?;
    Ok(())
}

/// What to show a template with.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = TemplatePreviewRequest)]
#[serde(deny_unknown_fields, default)]
pub struct PreviewRequest {
    /// Words not saved yet; the saved ones when absent.
    pub body: Option<TemplateBody>,
    /// Whose facts to fill in; an invented person's when absent.
    pub contact: Option<Id<id::Contact>>,
}

/// A template filled in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = TemplatePreview)]
pub struct Preview {
    pub subject: String,
    /// A whole HTML document. Show it in a sandboxed frame.
    pub html: String,
    /// The plain part.
    pub text: String,
    /// The language of the words.
    pub locale: Locale,
}

/// Show a template filled in.
pub async fn preview(
    app: &App,
    actor: &Actor,
    name: &str,
    locale: &Locale,
    request: PreviewRequest,
) -> Result<Preview> {
    actor.may(Permission::MessagesRead)?;
    let (chosen, facts) = example(app, actor, name, locale, request).await?;
    let locale = chosen.locale;
    let Rendered { subject, html, text } = fill(chosen.source, facts).await?.map_err(problem)?;
    Ok(Preview { subject, html, text, locale })
}

/// The words and the facts of a preview: invented ones, with the company's own and the contact's over them.
async fn example(
    app: &App,
    actor: &Actor,
    name: &str,
    locale: &Locale,
    request: PreviewRequest,
) -> Result<(Chosen, Value)> {
    let conn = app.store.reader();
    let chosen = match request.body {
        Some(body) => {
            check_name(name)?;
            Chosen { source: body.into(), locale: locale.clone(), is_saved: false }
        }
        None => choose(app, conn, name, locale).await?.ok_or(AppError::NotFound("template"))?,
    };
    let mut facts = sample_of(name, &chosen.locale);
    let settings = settings::load(conn).await?;
    for (key, value) in context::common(app, &settings, &chosen.reading(locale)) {
        facts[key] = value;
    }
    if let Some(contact) = request.contact {
        actor.may(Permission::ContactsRead)?;
        let contact = store::contacts::find(conn, contact).await?.ok_or(AppError::NotFound("contact"))?;
        facts["contact"] = context::contact(&contact);
    }
    Ok((chosen, facts))
}

/// Whom to send a test to, and with what.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateTest {
    /// The address.
    pub to: String,
    /// Words not saved yet; the saved ones when absent.
    #[serde(default)]
    pub body: Option<TemplateBody>,
    /// Whose facts to fill in; an invented person's when absent.
    #[serde(default)]
    pub contact: Option<Id<id::Contact>>,
}

/// Send a template to an address to see it there, now.
pub async fn test(app: &App, actor: &Actor, name: &str, locale: &Locale, request: TemplateTest) -> Result<TestOutcome> {
    actor.may(Permission::MessagesWrite)?;
    let TemplateTest { to, body, contact } = request;
    let to: Email =
        to.parse().map_err(|error: base::EmailError| AppError::invalid("to", "email", error.to_string()))?;
    let (chosen, facts) = example(app, actor, name, locale, PreviewRequest { body, contact }).await?;
    letter::test(app, actor, to, name, chosen, facts).await
}

/// Longest part of a template as written, in bytes, for the editor.
pub const PART_BYTES_MAX: usize = SOURCE_BYTES_MAX;

#[cfg(test)]
mod tests {
    use super::*;

    fn template(locale: &str) -> Template {
        Template {
            id: Id::from_uuid(Default::default()),
            name: LEAD_MAGNET.to_owned(),
            locale: locale.parse().unwrap(),
            subject: format!("saved {locale}"),
            preheader: String::new(),
            mjml: String::new(),
            plain: None,
            updated_at: Timestamp::from_ms(0),
        }
    }

    #[test]
    fn a_reader_gets_their_language_then_the_companys_then_english() {
        let saved = [template("sv"), template("en-GB")];
        let pick = |name: &str, wishes: &[&str]| {
            let wishes: Vec<Locale> = wishes.iter().map(|wish| wish.parse().unwrap()).collect();
            chosen(&saved, name, &wishes).map(|chosen| {
                let origin = if chosen.is_saved { "saved" } else { "built in" };
                format!("{origin} {}", chosen.locale)
            })
        };
        for (wishes, expected) in [
            (&["sv", "nb", "en"][..], "saved sv"),
            (&["sv-FI", "nb", "en"], "saved sv"),
            (&["nn", "sv", "en"], "built in nb"),
            (&["no", "sv", "en"], "built in nb"),
            (&["fi", "sv", "en"], "saved sv"),
            (&["fi", "da", "en"], "saved en-GB"),
            (&["en-US", "sv"], "saved en-GB"),
        ] {
            assert_eq!(pick(LEAD_MAGNET, wishes).as_deref(), Some(expected), "{wishes:?}");
        }
        assert_eq!(pick("spring_offer", &["fi", "da", "nb"]).as_deref(), Some("saved sv"), "better than nothing");
        assert!(chosen(&[], "spring_offer", &[Locale::english()]).is_none());
    }

    #[test]
    fn a_reader_of_the_same_language_keeps_their_way_of_writing_numbers() {
        let chosen = Chosen::from(&template("en"));
        assert_eq!(chosen.reading(&"en-GB".parse().unwrap()).as_str(), "en-GB");
        assert_eq!(chosen.reading(&"nb".parse().unwrap()).as_str(), "en");
    }

    #[test]
    fn names_are_keys() {
        for good in ["lead_magnet", "a", "spring_2026"] {
            check_name(good).unwrap();
        }
        for bad in ["", "Spring", "1st", "a-b", "smtp_test", "æ", &"a".repeat(61)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
