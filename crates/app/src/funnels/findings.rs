//! What a check finds in funnels: in one as it runs, in a document that is still being written, and every night in all.

use std::collections::HashMap;

use base::{Id, Locale, Money, Timestamp, id};
use funnel::document::{self, FunnelDoc, Patch, Place, ReadError, locate};
use funnel::lint::{self, Value};
use funnel::localized::Localized;
use funnel::page;
use serde::{Deserialize, Serialize};
use store::funnels::findings::Found;

use super::facts::{self, Figures};
use crate::{Actor, App, AppError, FieldProblem, Result, permission::Permission};

/// Findings of one answer: a document with more has one fault that stands behind them.
pub const FINDINGS_MAX: usize = 500;
/// For so long a finding counts as new.
pub const NEW_FOR_DAYS: i64 = 7;
/// The rule of what is wrong with the shape of a document.
const SHAPE: &str = "shape";
/// The rule of a text that cannot be read as a document.
const UNREADABLE: &str = "unreadable";

/// Something to mend, in words.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FindingView {
    /// The id of the rule; stays the same over versions. `shape`: the document itself is malformed; `unreadable`: the
    /// text is no document.
    #[schema(value_type = String)]
    pub rule: &'static str,
    /// How bad it is.
    pub severity: lint::Severity,
    /// Where: `stages[2].gate.requires[0]`; for content beside the document `pages.free-check`, `messages.welcome`.
    pub path: String,
    /// What the words are filled in with.
    #[schema(value_type = Object)]
    pub values: std::collections::BTreeMap<&'static str, Value>,
    /// What it costs in a month, as far as the figures say.
    #[schema(required)]
    pub cost_per_month: Option<Money>,
    /// What mends it when somebody presses a button.
    #[schema(required)]
    pub fix: Option<Patch>,
    /// What is the matter.
    pub what: String,
    /// Why that costs sales.
    pub why: String,
    /// How to mend it.
    pub mend: String,
    /// Where it stands in the text, when a text was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<Place>,
}

/// What was found, the worst and dearest first.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FindingList {
    /// At most 500.
    pub items: Vec<FindingView>,
}

/// A document to check: as data, or as the YAML that a person writes.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = FunnelCheckRequest)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// The document.
    #[serde(default)]
    pub document: Option<FunnelDoc>,
    /// Its YAML: findings then name line and column.
    #[serde(default)]
    pub source: Option<String>,
}

/// What is found in a funnel as it runs.
pub async fn of_funnel(app: &App, actor: &Actor, id: Id<id::Funnel>, locale: &Locale) -> Result<FindingList> {
    actor.may(Permission::FunnelsRead)?;
    let funnel = facts::running(app, id).ok_or(AppError::NotFound("funnel"))?;
    Ok(FindingList { items: of_document(app, &funnel.doc, locale, Figures::Recent).await? })
}

/// What is found in a document that does not run. Nothing is kept.
pub async fn check(app: &App, actor: &Actor, request: CheckRequest, locale: &Locale) -> Result<FindingList> {
    actor.may(Permission::FunnelsRead)?;
    match request {
        CheckRequest { document: Some(doc), source: None } => {
            Ok(FindingList { items: of_document(app, &doc, locale, Figures::Recent).await? })
        }
        CheckRequest { document: None, source: Some(source) } => {
            let doc = match FunnelDoc::from_yaml(&source) {
                Ok(doc) => doc,
                Err(error) => return Ok(FindingList { items: vec![unreadable(error)] }),
            };
            let mut items = of_document(app, &doc, locale, Figures::Recent).await?;
            for item in &mut items {
                item.place = locate(&source, &item.path);
            }
            Ok(FindingList { items })
        }
        _ => Err(AppError::invalid("document", "one_of", "send a document or its source")),
    }
}

/// The JSON Schema of the document, for editors.
pub fn schema(actor: &Actor) -> Result<serde_json::Value> {
    actor.may(Permission::FunnelsRead)?;
    Ok(document::schema())
}

/// A text that is no document.
pub fn unreadable(error: ReadError) -> FindingView {
    FindingView { place: error.place, ..malformed(UNREADABLE, lint::Severity::Error, error.path, error.message) }
}

fn malformed(rule: &'static str, severity: lint::Severity, path: String, what: String) -> FindingView {
    FindingView {
        rule,
        severity,
        path,
        values: std::collections::BTreeMap::new(),
        cost_per_month: None,
        fix: None,
        what,
        why: String::new(),
        mend: String::new(),
        place: None,
    }
}

/// What is wrong with the shape of a document alone, in words.
pub fn faults(doc: &FunnelDoc) -> Vec<FindingView> {
    let severity = |severity: page::Severity| match severity {
        page::Severity::Error => lint::Severity::Error,
        page::Severity::Advice => lint::Severity::Advice,
    };
    let faults = document::faults(doc).into_iter();
    faults.map(|fault| malformed(SHAPE, severity(fault.severity), fault.path, fault.message)).collect()
}

/// A finding of a rule in words. Names are said in the reader's language.
pub fn in_words(finding: lint::Finding, locale: &Locale) -> FindingView {
    let text = finding.text(locale);
    let lint::Finding { rule, severity, path, values, cost_per_month, fix } = finding;
    let (what, why, mend) = (text.what, text.why, text.mend);
    FindingView { rule, severity, path, values, cost_per_month, fix, what, why, mend, place: None }
}

/// Everything to mend in a document, by what is known of the company.
pub(super) async fn of_document(
    app: &App,
    doc: &FunnelDoc,
    locale: &Locale,
    figures: Figures,
) -> Result<Vec<FindingView>> {
    let company = facts::gather(app, doc, figures).await?;
    let mut findings = faults(doc);
    findings.extend(lint::check(doc, &company.facts()).into_iter().map(|finding| in_words(finding, locale)));
    findings.sort_by_key(|finding| finding.severity);
    findings.truncate(FINDINGS_MAX);
    Ok(findings)
}

/// Refuse a document with an error: each is named with its place and its mend, in the company's language.
pub(super) async fn refuse_errors(app: &App, doc: &FunnelDoc, prefix: &str) -> Result<()> {
    let locale = app.company().default_locale();
    let mut found = of_document(app, doc, &locale, Figures::Recent).await?;
    found.retain(|finding| finding.severity == lint::Severity::Error);
    if found.is_empty() {
        return Ok(());
    }
    let problem = |finding: FindingView| {
        let message = format!("{} {}", finding.what, finding.mend).trim_end().to_owned();
        FieldProblem::new(format!("{prefix}{}", finding.path), "funnel", message)
    };
    Err(AppError::Invalid(found.into_iter().map(problem).collect()))
}

/// How it stands with one funnel, by the last nightly check.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FindingSummary {
    /// Which funnel.
    pub funnel_id: Id<id::Funnel>,
    /// What addresses call it.
    pub slug: String,
    /// What people call it.
    pub title: Localized,
    /// What keeps it from running as it should.
    pub errors: u64,
    /// What loses sales.
    pub warnings: u64,
    /// What could be better.
    pub advice: u64,
    /// How many of them were first found in the last seven days.
    pub new: u64,
    /// What the dearest of them costs in a month. Not their sum: two findings often lose the same people.
    #[schema(required)]
    pub cost_per_month: Option<Money>,
    /// When it was checked.
    pub checked_at: Timestamp,
}

/// How it stands with all funnels that run.
pub async fn summary(app: &App, actor: &Actor) -> Result<Vec<FindingSummary>> {
    actor.may(Permission::FunnelsRead)?;
    let found = store::funnels::findings::all(app.store.reader()).await?;
    let since = app.now().plus_ms(-NEW_FOR_DAYS * DAY_MS);
    let checked_at = last_check(app).await?;
    let rules = app.running.rules();
    let summary = |funnel: &store::funnels::Funnel| {
        let own: Vec<&Found> = found.iter().filter(|found| found.funnel_id == funnel.id).collect();
        let count = |is: &dyn Fn(&Found) -> bool| own.iter().filter(|found| is(found)).count() as u64;
        FindingSummary {
            funnel_id: funnel.id,
            slug: funnel.doc.id.clone(),
            title: funnel.doc.title.clone(),
            errors: count(&|found| found.severity == "error"),
            warnings: count(&|found| found.severity == "warning"),
            advice: count(&|found| found.severity == "advice"),
            new: count(&|found| found.first_found_at > since),
            cost_per_month: own.iter().filter_map(|found| found.cost_per_month).max_by_key(|cost| cost.minor),
            checked_at: own.first().map_or(checked_at.unwrap_or(funnel.updated_at), |found| found.found_at),
        }
    };
    Ok(rules.funnels.iter().map(summary).collect())
}

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Where the time of the last check is kept.
const SETTING: &str = "funnel_check";
/// The hour of the company's day from which on it is checked: the night's imports are in, and nobody is at work yet.
const HOUR: i8 = 4;

async fn last_check(app: &App) -> Result<Option<Timestamp>> {
    Ok(store::settings::find(app.store.reader(), SETTING).await?)
}

/// Check all funnels once a day, over live data.
pub(crate) async fn nightly(app: &App) -> Result<()> {
    let day = |at: Timestamp| at.to_jiff().to_zoned(app.company().zone());
    let now = day(app.now());
    if let Some(last) = last_check(app).await?.map(day)
        && (last.date() >= now.date() || now.hour() < HOUR)
    {
        return Ok(());
    }
    check_all(app).await
}

/// Check all funnels and keep what was found. What was found before keeps the day it was first found.
pub async fn check_all(app: &App) -> Result<()> {
    let rules = app.running.rules();
    let locale = app.company().default_locale();
    let mut checked = Vec::with_capacity(rules.funnels.len());
    for funnel in &rules.funnels {
        checked.push((funnel.id, of_document(app, &funnel.doc, &locale, Figures::Fresh).await?));
    }
    let tx = app.store.begin().await?;
    let before: HashMap<(Id<id::Funnel>, String, String), Timestamp> = store::funnels::findings::all(&tx)
        .await?
        .into_iter()
        .map(|found| ((found.funnel_id, found.rule, found.path), found.first_found_at))
        .collect();
    let now = app.now();
    for (funnel_id, findings) in checked {
        let mut found: Vec<Found> = Vec::new();
        for finding in findings {
            // A rule may tell of one place twice, in other words.
            if found.iter().any(|known| known.rule == finding.rule && known.path == finding.path) {
                continue;
            }
            let key = (funnel_id, finding.rule.to_owned(), finding.path);
            let first_found_at = before.get(&key).copied().unwrap_or(now);
            found.push(Found {
                funnel_id,
                rule: key.1,
                path: key.2,
                severity: severity_word(finding.severity).to_owned(),
                cost_per_month: finding.cost_per_month,
                first_found_at,
                found_at: now,
            });
        }
        store::funnels::findings::replace(&tx, funnel_id, &found).await?;
    }
    store::settings::save(&tx, SETTING, &now, now).await?;
    tx.commit().await?;
    Ok(())
}

/// How bad it is, in a word.
pub fn severity_word(severity: lint::Severity) -> &'static str {
    match severity {
        lint::Severity::Error => "error",
        lint::Severity::Warning => "warning",
        lint::Severity::Advice => "advice",
    }
}
