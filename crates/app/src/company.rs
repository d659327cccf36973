//! The company: what it is called, where it is, what it counts in.

use base::{Currency, Locale};
use serde::{Deserialize, Serialize};
use store::{ConnectionTrait, Store};

use crate::{Actor, App, AppError, FieldProblem, Result, audit, permission::Permission, site};

const SETTING: &str = "company";
/// Longest name of a company, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// The most languages a company writes in.
pub const LOCALES_MAX: usize = 20;

/// Facts about the company that pages, mails and reports need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Company {
    /// As customers know it; empty before the first-run page is done.
    pub name: String,
    /// What reports count in.
    pub currency: Currency,
    /// IANA name of the zone that days begin in.
    pub timezone: String,
    /// The languages it writes in, the first one when nothing else is known.
    pub locales: Vec<Locale>,
    /// Where the public pages are reached from outside, without a slash at the end.
    pub base_url: String,
    /// Postal address, in the footer of every marketing mail.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub postal_address: String,
    /// Organisation number.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub org_number: String,
    /// Where customers can write.
    #[serde(default)]
    #[schema(default = json!(null))]
    pub contact_email: Option<base::Email>,
    /// Account that invoices are paid to.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub bank_account: String,
    /// Whether visitors are asked for a cookie. Without it nothing is stored in their browsers.
    #[serde(default)]
    #[schema(default = json!(false))]
    pub asks_tracking_consent: bool,
}

impl Default for Company {
    fn default() -> Self {
        Self {
            name: String::new(),
            currency: "NOK".parse().expect("NOK is a currency"),
            timezone: "Europe/Oslo".to_owned(),
            locales: vec![Locale::english()],
            base_url: String::new(),
            postal_address: String::new(),
            org_number: String::new(),
            contact_email: None,
            bank_account: String::new(),
            asks_tracking_consent: false,
        }
    }
}

impl Company {
    /// The language when nothing else is known.
    pub fn default_locale(&self) -> Locale {
        self.locales.first().cloned().unwrap_or_else(Locale::english)
    }

    /// The zone that days begin in.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.timezone).unwrap_or(jiff::tz::TimeZone::UTC)
    }

    /// What must be mended before it can be saved.
    pub fn problems(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push(FieldProblem::new("name", "required", "write the company's name"));
        }
        if self.name.chars().count() > NAME_CHARS_MAX {
            let message = format!("the name has at most {NAME_CHARS_MAX} characters");
            problems.push(FieldProblem::new("name", "too_long", message));
        }
        if jiff::tz::TimeZone::get(&self.timezone).is_err() {
            let message = "choose a time zone such as Europe/Oslo";
            problems.push(FieldProblem::new("timezone", "unknown", message));
        }
        if self.locales.is_empty() || self.locales.len() > LOCALES_MAX {
            problems.push(FieldProblem::new("locales", "count", format!("choose 1 to {LOCALES_MAX} languages")));
        }
        let is_web = |url: &str| url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"));
        if !self.base_url.is_empty() && !is_web(&self.base_url) {
            let message = "write the whole address, such as https://www.example.no";
            problems.push(FieldProblem::new("base_url", "url", message));
        }
        problems
    }
}

pub(crate) async fn load(store: &Store) -> Result<Company> {
    Ok(store::settings::find(store.reader(), SETTING).await?.unwrap_or_default())
}

pub(crate) async fn save(app: &App, conn: &impl ConnectionTrait, company: &Company) -> Result<()> {
    Ok(store::settings::save(conn, SETTING, company, app.now()).await?)
}

/// The company's settings.
pub fn get(app: &App, actor: &Actor) -> Result<Company> {
    actor.may(Permission::SettingsRead)?;
    Ok((*app.company()).clone())
}

/// Change the company's settings.
pub async fn update(app: &App, actor: &Actor, mut company: Company) -> Result<Company> {
    actor.may(Permission::SettingsWrite)?;
    company.base_url = company.base_url.trim_end_matches('/').to_owned();
    let problems = company.problems();
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    let tx = app.store.begin().await?;
    save(app, &tx, &company).await?;
    audit::record(app, &tx, actor, "company.update", "company", serde_json::json!({"name": company.name})).await?;
    tx.commit().await?;
    app.set_company(company.clone());
    // Pages show the company's name.
    site::refresh(app).await?;
    Ok(company)
}

/// Until the settings name an address, the program is reached where it listens.
pub fn assume_base_url(app: &App, base_url: &str) {
    let company = app.company();
    if company.base_url.is_empty() {
        app.set_company(Company { base_url: base_url.to_owned(), ..(*company).clone() });
    }
}
