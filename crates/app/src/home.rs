//! Today, as it is now.

use base::{Locale, Money, Timestamp};
use events::Position;
use insight::funnel::FunnelAnswer;
use insight::query::{FunnelQuery, Query};
use insight::record::{Plan, Records, Value};
use serde::Serialize;
use serde_json::json;

use crate::{
    Actor, App, Result,
    fields::{Entity, Fields},
    insights::{self, TimelineEvent, labels},
    permission::Permission,
};

/// Events shown in the feed.
pub const RECENT_MAX: usize = 30;

/// The numbers of a day up to a moment of it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Different people who saw a page.
    pub visitors: u64,
    /// People captured.
    pub leads: u64,
    /// Orders placed.
    pub orders: u64,
    /// What the orders are worth, in the company's currency; orders in others are not in it.
    pub revenue: Money,
}

/// One thing that has just happened.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Happened {
    #[serde(flatten)]
    pub event: TimelineEvent,
    /// Name or address of the contact; empty for a visitor.
    pub label: String,
}

/// Today, and yesterday up to the same time of day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Home {
    pub today: Totals,
    pub yesterday_same_time: Totals,
    /// The first funnel over the last 30 days, by its stages.
    pub funnel: FunnelAnswer,
    /// The newest events, newest first.
    pub recent: Vec<Happened>,
    /// The place of the newest event: ask for what happens after it.
    pub position: u64,
}

const PAGE_VIEWED: &str = "Page Viewed";
const LEAD_CAPTURED: &str = "Lead Captured";
const ORDER_COMPLETED: &str = "Order Completed";

/// Today, as it is now.
pub async fn get(app: &App, actor: &Actor) -> Result<Home> {
    actor.may(Permission::InsightsRead)?;
    let position = *app.log.end().borrow();
    let (today_start, yesterday_start, yesterday_now) = days(app);
    let recent_after = Position(position.0.saturating_sub(RECENT_MAX as u64));
    let mut recent = happened_after(app, actor, recent_after).await?;
    recent.reverse();
    Ok(Home {
        today: totals(app, today_start, app.now().plus_ms(1)).await?,
        yesterday_same_time: totals(app, yesterday_start, yesterday_now).await?,
        funnel: funnel(app, &reader(app, actor).await?).await?,
        recent,
        position: position.0,
    })
}

/// Days that the funnel of the first screen looks back, and its conversion window.
const FUNNEL_DAYS: i64 = 30;

/// The language of whoever looks: a user's own, else the company's.
async fn reader(app: &App, actor: &Actor) -> Result<Locale> {
    let user = match actor.user_id() {
        Some(id) => store::users::find(app.store.reader(), id).await?,
        None => None,
    };
    Ok(user.map_or_else(|| app.company().default_locale(), |user| user.locale))
}

async fn funnel(app: &App, locale: &Locale) -> Result<FunnelAnswer> {
    let rules = app.running.rules();
    let Some(running) = rules.funnels.first() else { return Ok(empty()) };
    let steps: Vec<_> = running
        .doc
        .stages
        .iter()
        .map(|stage| {
            let name = stage.name.get(locale);
            let name = if name.is_empty() { stage.id.as_str() } else { name };
            json!({"event": stage.enters_on.event, "where": stage.enters_on.conditions, "name": name})
        })
        .collect();
    let window_s = FUNNEL_DAYS * 24 * 3600;
    let body = json!({
        "insight": "funnel",
        "steps": steps,
        "order": "ordered",
        "window_s": window_s,
        "from": app.now().plus_ms(-window_s * 1000),
        "to": app.now().plus_ms(1),
    });
    match insights::parse(body)? {
        Query::Funnel(query) => {
            let records = app.log.scan(&insight::funnel::plan(&query)).await?;
            insights::off_the_runtime(move || insight::funnel::funnel(&query, &records)).await
        }
        _ => Ok(empty()),
    }
}

fn empty() -> FunnelAnswer {
    insight::funnel::funnel(&FunnelQuery::of(&[]), &Records::default())
}

/// The numbers of today up to now.
pub async fn today(app: &App, actor: &Actor) -> Result<Totals> {
    actor.may(Permission::InsightsRead)?;
    totals(app, days(app).0, app.now().plus_ms(1)).await
}

/// What happened after a place of the log, oldest first, at most [`RECENT_MAX`].
pub async fn happened_after(app: &App, actor: &Actor, after: Position) -> Result<Vec<Happened>> {
    actor.may(Permission::InsightsRead)?;
    let events = app.log.read_after(after, RECENT_MAX).await?;
    let people: Vec<u32> = events.iter().map(|event| event.person).collect();
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let labels = labels(app, &fields, &people).await?;
    let happened = |event: events::StoredEvent| {
        let label = labels.get(&event.person).map(|label| label.text.clone()).unwrap_or_default();
        Happened { event: TimelineEvent::of(event, &fields), label }
    };
    Ok(events.into_iter().map(happened).collect())
}

/// Start of today and of yesterday in the company's zone, and now one calendar day ago: on a day that
/// clocks change, the same time of day is 23 or 25 hours away.
fn days(app: &App) -> (Timestamp, Timestamp, Timestamp) {
    let now = app.now().to_jiff().to_zoned(app.company().zone());
    let start = |zoned: &jiff::Zoned| zoned.start_of_day().unwrap_or_else(|_| zoned.clone()).timestamp();
    let yesterday = now.yesterday().unwrap_or_else(|_| now.clone());
    (
        Timestamp::from_jiff(start(&now)),
        Timestamp::from_jiff(start(&yesterday)),
        Timestamp::from_jiff(yesterday.timestamp()),
    )
}

async fn totals(app: &App, from: Timestamp, to: Timestamp) -> Result<Totals> {
    let names = [PAGE_VIEWED, LEAD_CAPTURED, ORDER_COMPLETED];
    let plan = Plan {
        names: Some(names.map(str::to_owned).to_vec()),
        columns: ["value", "currency"].map(str::to_owned).to_vec(),
        from: Some(from),
        to: Some(to),
        is_loose: false,
    };
    let records = app.log.scan(&plan).await?;
    let currency = app.company().currency;
    let scale = 10f64.powi(i32::try_from(currency.exponent()).unwrap_or(2));
    let minor: i64 = of(&records, ORDER_COMPLETED)
        .filter_map(|row| match (&row.values[0], &row.values[1]) {
            // Whole minor units: values of orders have at most as many decimals as the currency.
            (Value::Number(value), Value::Text(code)) if **code == *currency.code() => {
                Some((value * scale).round() as i64)
            }
            _ => None,
        })
        .sum();
    Ok(Totals {
        visitors: people(&records, PAGE_VIEWED),
        leads: people(&records, LEAD_CAPTURED),
        orders: of(&records, ORDER_COMPLETED).count() as u64,
        revenue: Money::new(minor, currency),
    })
}

fn of<'a>(records: &'a Records, name: &'a str) -> impl Iterator<Item = &'a insight::record::Record> {
    let is_named =
        move |row: &&insight::record::Record| records.names.get(row.name as usize).is_some_and(|n| **n == *name);
    records.rows.iter().filter(is_named)
}

/// Different people, in rows that are sorted by person.
fn people(records: &Records, name: &str) -> u64 {
    let mut last = None;
    of(records, name).filter(|row| last.replace(row.person) != Some(row.person)).count() as u64
}
