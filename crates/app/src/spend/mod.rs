//! What channels cost: written down by day, so that a report can say what a lead and a sale cost.
//!
//! Spend names no person, so consent has no say in it.

mod file;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use base::{Id, Money, Timestamp, id};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::page::Page;
use store::spend::{Filter, Place, Spend};

use crate::{Actor, App, AppError, FieldProblem, Result, audit, contacts::page_limit, permission::Permission};

pub use file::{FileOptions, Imported, RefusedLine, import_file};
pub use report::{ChannelCosts, OtherSpend, SpendReport, SpendReportQuery, report};

/// The most amounts of one request.
pub const ENTRIES_MAX: usize = 1_000;
/// The most days that one amount is spread over: a leap year.
pub const DAYS_MAX: usize = 366;
/// The most rows of one company: a hundred channels and campaigns for 27 years.
pub const ROWS_MAX: u64 = 1_000_000;
/// The most that one amount may be, in minor units. Times [`ROWS_MAX`] it still fits 64 bits.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000;
/// Longest id of a channel, in bytes.
pub const CHANNEL_BYTES_MAX: usize = 60;
/// Longest name of a campaign, in characters.
pub const CAMPAIGN_CHARS_MAX: usize = 200;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 500;
/// Years that spend is written down for.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// What a channel cost on a day.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SpendView {
    /// Its id.
    pub id: Id<id::Spend>,
    /// Calendar date in the company's zone, `YYYY-MM-DD`.
    pub day: String,
    /// The channel's id, as events carry it: `google-ads`.
    pub channel: String,
    /// The campaign; empty when the amount is for the channel as a whole.
    pub campaign: String,
    /// What it cost.
    pub amount: Money,
    /// What people should know about it.
    pub note: String,
    /// When it was last set.
    pub updated_at: Timestamp,
}

impl From<Spend> for SpendView {
    fn from(spend: Spend) -> Self {
        Self {
            id: spend.id,
            day: spend.day,
            channel: spend.channel,
            campaign: spend.campaign,
            amount: spend.amount,
            note: spend.note,
            updated_at: spend.updated_at,
        }
    }
}

/// What a channel cost: on a day, or over several days together.
#[derive(Debug, Clone, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendEntry {
    /// Calendar date in the company's zone, `YYYY-MM-DD`.
    pub day: String,
    /// The last day, inclusive, when the amount is for several days: it is spread evenly over them, to the last
    /// minor unit.
    #[serde(default)]
    pub until: Option<String>,
    /// The channel's id, `google-ads`, or its name.
    pub channel: String,
    /// What it cost, in any currency. Reports count the company's own and tell of others.
    pub amount: Money,
    /// The campaign; empty for the channel as a whole.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub campaign: String,
    /// What people should know about it.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub note: String,
}

/// Several amounts at once: 1 to 1000.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendEntries {
    /// The amounts. No two may be for the same day, channel, campaign and currency.
    pub items: Vec<SpendEntry>,
}

/// What was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpendSaved {
    /// Days that an amount was set for, those included that had one before.
    pub saved: usize,
}

/// Which spend a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct SpendQuery {
    /// From this day on, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Up to this day, inclusive.
    pub to: Option<String>,
    /// A channel's id.
    pub channel: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

/// A page of spend, the newest day first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SpendPage {
    pub items: Vec<SpendView>,
    /// Pass as `cursor` for the rows that follow.
    pub next_cursor: Option<String>,
    /// The sums of everything the filter shows, by currency.
    pub totals: Vec<Money>,
}

/// A page of spend.
pub async fn list(app: &App, actor: &Actor, query: SpendQuery) -> Result<SpendPage> {
    actor.may(Permission::SpendRead)?;
    let day = |text: Option<String>, field: &str| match text {
        None => Ok(None),
        Some(text) => read_day(&text, field).map(|date| Some(date.to_string())),
    };
    let filter = Filter { from: day(query.from, "from")?, to: day(query.to, "to")?, channel: query.channel };
    let after = query.cursor.as_deref().map(read_place).transpose()?;
    let conn = app.store.reader();
    let page = store::spend::list(conn, &filter, after.as_ref(), page_limit(query.limit)?).await?;
    let mut totals: Vec<Money> = Vec::new();
    for (_, money) in store::spend::sums(conn, &filter).await? {
        match totals.iter_mut().find(|sum| sum.currency == money.currency) {
            Some(sum) => *sum = sum.plus(money).map_err(|error| AppError::Internal(error.to_string()))?,
            None => totals.push(money),
        }
    }
    let Page { items, next_cursor } = page;
    Ok(SpendPage { items: items.into_iter().map(SpendView::from).collect(), next_cursor, totals })
}

fn read_place(cursor: &str) -> Result<Place> {
    let parse = || {
        let (day, id) = cursor.split_once('.')?;
        Some((day.parse::<Date>().ok()?.to_string(), id.parse().ok()?))
    };
    parse().ok_or_else(|| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given"))
}

fn read_day(text: &str, field: &str) -> Result<Date, FieldProblem> {
    match text.trim().parse::<Date>() {
        Ok(date) if YEARS.contains(&date.year()) => Ok(date),
        Ok(_) => {
            let message = format!("choose a day of the years {} to {}", YEARS.start(), YEARS.end());
            Err(FieldProblem::new(field, "range", message))
        }
        Err(_) => Err(FieldProblem::new(field, "date", "write the day as 2026-03-31")),
    }
}

impl From<FieldProblem> for AppError {
    fn from(problem: FieldProblem) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// Write down what a channel cost. What was set for the same day, channel, campaign and currency is replaced.
pub async fn set(app: &App, actor: &Actor, entry: SpendEntry) -> Result<SpendSaved> {
    actor.may(Permission::SpendWrite)?;
    let rows = rows_of(app, &entry, "").map_err(AppError::Invalid)?;
    let change = json!({
        "day": entry.day, "until": entry.until, "channel": rows[0].channel, "campaign": rows[0].campaign,
        "amount": entry.amount.to_string(),
    });
    save(app, actor, &rows, change).await
}

/// Write down several amounts, all or none: what is wrong is told of every one.
pub async fn set_many(app: &App, actor: &Actor, entries: SpendEntries) -> Result<SpendSaved> {
    actor.may(Permission::SpendWrite)?;
    let entries = entries.items;
    if !(1..=ENTRIES_MAX).contains(&entries.len()) {
        return Err(AppError::invalid("items", "count", format!("send 1 to {ENTRIES_MAX} amounts at once")));
    }
    let mut problems = Vec::new();
    let mut rows: Vec<Spend> = Vec::new();
    let mut seen = Seen::default();
    for (index, entry) in entries.iter().enumerate() {
        let path = format!("items[{index}].");
        match rows_of(app, entry, &path) {
            Err(found) => problems.extend(found),
            Ok(new) => match seen.add(&new, index) {
                Some(former) => {
                    let message =
                        format!("items[{former}] is for the same day, channel, campaign and currency: add them up");
                    problems.push(FieldProblem::new(format!("{path}day"), "repeated", message));
                }
                None => rows.extend(new),
            },
        }
    }
    if !problems.is_empty() {
        return Err(AppError::Invalid(problems));
    }
    let change = json!({"entries": entries.len(), "rows": rows.len()});
    save(app, actor, &rows, change).await
}

/// Which row is for what, to find a second one for the same.
#[derive(Default)]
struct Seen(HashMap<(String, String, String, &'static str), usize>);

impl Seen {
    /// The number of the former that one of the rows repeats; else they are remembered under this number.
    fn add(&mut self, rows: &[Spend], number: usize) -> Option<usize> {
        let key =
            |row: &Spend| (row.day.clone(), row.channel.clone(), row.campaign.clone(), row.amount.currency.code());
        if let Some(former) = rows.iter().find_map(|row| self.0.get(&key(row))) {
            return Some(*former);
        }
        self.0.extend(rows.iter().map(|row| (key(row), number)));
        None
    }
}

async fn save(app: &App, actor: &Actor, rows: &[Spend], change: serde_json::Value) -> Result<SpendSaved> {
    let tx = app.store.begin().await?;
    if store::spend::count(&tx).await? + rows.len() as u64 > ROWS_MAX {
        let detail = format!("a company keeps at most {ROWS_MAX} rows of spend: remove some of former years");
        return Err(AppError::conflict("too_many_rows", detail));
    }
    store::spend::set(&tx, rows).await?;
    audit::record(app, &tx, actor, "spend.set", "spend", change).await?;
    tx.commit().await?;
    Ok(SpendSaved { saved: rows.len() })
}

/// The rows of an entry, one a day; else everything that is wrong with it.
fn rows_of(app: &App, entry: &SpendEntry, path: &str) -> Result<Vec<Spend>, Vec<FieldProblem>> {
    let field = |name: &str| format!("{path}{name}");
    let mut problems = Vec::new();
    let days = days_of(entry, path).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    let channel = channel_id(app, &entry.channel).unwrap_or_else(|message| {
        problems.push(FieldProblem::new(field("channel"), "channel", message));
        String::new()
    });
    if !(0..=AMOUNT_MINOR_MAX).contains(&entry.amount.minor) {
        let most = Money::new(AMOUNT_MINOR_MAX, entry.amount.currency);
        problems.push(FieldProblem::new(field("amount"), "range", format!("write an amount from 0 to {most}")));
    }
    for (name, text, chars_max) in
        [("campaign", &entry.campaign, CAMPAIGN_CHARS_MAX), ("note", &entry.note, NOTE_CHARS_MAX)]
    {
        if text.trim().chars().count() > chars_max || text.chars().any(char::is_control) {
            let message = format!("write at most {chars_max} characters on one line");
            problems.push(FieldProblem::new(field(name), "length", message));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let amounts = entry.amount.split(&vec![1; days.len()]);
    let row = |(day, amount): (Date, Money)| Spend {
        id: app.new_id(),
        day: day.to_string(),
        channel: channel.clone(),
        campaign: entry.campaign.trim().to_owned(),
        amount,
        note: entry.note.trim().to_owned(),
        created_at: app.now(),
        updated_at: app.now(),
    };
    Ok(days.into_iter().zip(amounts).map(row).collect())
}

/// The days of an entry, at least one.
fn days_of(entry: &SpendEntry, path: &str) -> Result<Vec<Date>, FieldProblem> {
    let first = read_day(&entry.day, &format!("{path}day"))?;
    let Some(until) = &entry.until else { return Ok(vec![first]) };
    let field = format!("{path}until");
    let last = read_day(until, &field)?;
    if last < first {
        return Err(FieldProblem::new(field, "order", "the last day comes before the first: swap them"));
    }
    let days: Vec<Date> =
        first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).take(DAYS_MAX + 1).collect();
    if days.len() > DAYS_MAX {
        return Err(FieldProblem::new(field, "range", format!("spread an amount over at most {DAYS_MAX} days")));
    }
    Ok(days)
}

/// The id of a channel that somebody named: the id, or the name of one of the company's own in any language.
/// An id that no funnel knows is taken as it is: events may carry it.
fn channel_id(app: &App, text: &str) -> Result<String, String> {
    let wanted = text.trim();
    let channels = app.running.channels();
    let is_called = |name: &str| name.trim().to_lowercase() == wanted.to_lowercase();
    let known = channels.iter().find(|channel| is_called(&channel.id) || channel.name.texts().any(is_called));
    if let Some(known) = known.filter(|_| !wanted.is_empty()) {
        return Ok(known.id.clone());
    }
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if !wanted.is_empty() && wanted.len() <= CHANNEL_BYTES_MAX && wanted.chars().all(is_id) {
        return Ok(wanted.to_owned());
    }
    let known: Vec<&str> = channels.iter().map(|channel| channel.id.as_str()).collect();
    Err(format!(
        "write a channel's id (small letters, digits, hyphens) or the name of one of yours: {}",
        if known.is_empty() { "google-ads, newsletter".to_owned() } else { known.join(", ") }
    ))
}

/// Remove an amount.
pub async fn delete(app: &App, actor: &Actor, id: Id<id::Spend>) -> Result<()> {
    actor.may(Permission::SpendWrite)?;
    let tx = app.store.begin().await?;
    let row = store::spend::find(&tx, id).await?.ok_or(AppError::NotFound("amount"))?;
    store::spend::delete(&tx, id).await?;
    let change =
        json!({"day": row.day, "channel": row.channel, "campaign": row.campaign, "amount": row.amount.to_string()});
    audit::record(app, &tx, actor, "spend.delete", id, change).await?;
    tx.commit().await?;
    Ok(())
}
