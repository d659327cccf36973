//! Everything about a contact or a deal on one line, newest first: what the log knows and what colleagues did.
//!
//! Two lists are merged as they are read: the log's by its position, the activities' by time. The cursor holds the
//! place in each, so that a page neither loses nor repeats anything, whatever arrives in between.

use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, Timestamp, id};
use events::{PersonKey, Position};
use serde::{Deserialize, Serialize};
use store::activities::{Activity, Cursor, Filter, Kind};
use store::deals::Scope;

use super::{ActivityView, told, views, wrong_cursor};
use crate::fields::{Entity, Fields};
use crate::{
    Actor, App, AppError, Result, contacts::page_limit, deals, insights::TimelineEvent, permission::Permission,
};

/// Events of the log read for one page: a filter that finds little must not read for ever.
const SCAN_MAX: usize = 2_000;
const SCAN_BATCH: usize = 200;
/// What is planned, at the head of the first page.
pub const PLANNED_MAX: u64 = 50;
/// Deals of one contact that a rep may see.
const DEALS_MAX: u64 = 500;

/// What sort of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    Note,
    Call,
    Meeting,
    Task,
    File,
    /// E-mails that people wrote; mails sent by the program, opened, clicked.
    Mail,
    /// Visits.
    Web,
    /// Forms and what they bring.
    Form,
    /// Offers, orders and payments.
    Order,
    /// Deals and their stages.
    Deal,
    /// Whatever else the log knows.
    Other,
}

const KINDS: [(&str, TimelineKind); 11] = [
    ("note", TimelineKind::Note),
    ("call", TimelineKind::Call),
    ("meeting", TimelineKind::Meeting),
    ("task", TimelineKind::Task),
    ("file", TimelineKind::File),
    ("mail", TimelineKind::Mail),
    ("web", TimelineKind::Web),
    ("form", TimelineKind::Form),
    ("order", TimelineKind::Order),
    ("deal", TimelineKind::Deal),
    ("other", TimelineKind::Other),
];

impl TimelineKind {
    fn activity(self) -> Option<Kind> {
        match self {
            Self::Note => Some(Kind::Note),
            Self::Call => Some(Kind::Call),
            Self::Meeting => Some(Kind::Meeting),
            Self::Task => Some(Kind::Task),
            Self::File => Some(Kind::File),
            Self::Mail => Some(Kind::Email),
            _ => None,
        }
    }

    /// The kind of an event.
    fn of_event(name: &str) -> Self {
        match name {
            "Page Viewed" | "Outbound Link Clicked" | "File Downloaded" | "Video Watched" => Self::Web,
            "Form Viewed" | "Form Submitted" | "Lead Captured" | "Lead Magnet Downloaded" => Self::Form,
            "Offer Viewed" | "Checkout Started" => Self::Order,
            "Stage Entered" => Self::Deal,
            "Unsubscribed" => Self::Mail,
            _ if name.starts_with("Email ") => Self::Mail,
            _ if name.starts_with("Order ") => Self::Order,
            _ if name.starts_with("Deal ") => Self::Deal,
            _ => Self::Other,
        }
    }
}

/// Of whom, and which part.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct RecordTimelineQuery {
    /// A contact, `ctc_…`. One of the two must be named.
    pub contact: Option<Id<id::Contact>>,
    /// A deal, `dea_…`: what is about it, or about its contact and no other deal.
    pub deal: Option<Id<id::Deal>>,
    /// `note`, `call`, `meeting`, `task`, `file`, `mail`, `web`, `form`, `order`, `deal`, `other`; several with commas.
    pub kind: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent. A page may hold fewer and have others behind it.
    pub limit: Option<u64>,
}

/// One thing that happened: an activity, or an event of the log.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TimelineItem {
    pub kind: TimelineKind,
    /// What a colleague did.
    #[schema(required)]
    pub activity: Option<ActivityView>,
    /// What the log tells.
    #[schema(required)]
    pub event: Option<TimelineEvent>,
}

/// A page of a timeline, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecordTimeline {
    /// On the first page: what is still to be done, the earliest first, at most 50.
    pub planned: Vec<ActivityView>,
    pub items: Vec<TimelineItem>,
    /// Pass as `cursor` for what came before.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Where the two lists stand. What is at its end stays there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    log: Option<Position>,
    activity: Option<Cursor>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.log {
            Some(position) => write!(f, "{}~", position.0)?,
            None => write!(f, "~")?,
        }
        self.activity.map_or(Ok(()), |cursor| write!(f, "{cursor}"))
    }
}

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (log, activity) = text.split_once('~').ok_or(())?;
        let log = if log.is_empty() { None } else { Some(Position(log.parse().map_err(drop)?)) };
        let activity = if activity.is_empty() { None } else { Some(activity.parse()?) };
        Ok(Self { log, activity })
    }
}

/// Whose timeline it is.
struct Subject {
    contact: Id<id::Contact>,
    deal: Option<Id<id::Deal>>,
    /// Deals whose events are shown; none for all.
    deals: Option<HashSet<String>>,
}

/// A page of everything about a contact or a deal.
pub async fn of_record(app: &Arc<App>, actor: &Actor, query: RecordTimelineQuery) -> Result<RecordTimeline> {
    actor.may(Permission::ActivitiesRead)?;
    let kinds = query.kind.as_deref().map(parse_kinds).transpose()?;
    let place: Place = query.cursor.as_deref().map_or(Ok(Place::default()), str::parse).map_err(|()| wrong_cursor())?;
    let limit = usize::try_from(page_limit(query.limit)?).unwrap_or(usize::MAX);
    let subject = subject(app, actor, &query).await?;
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let filter = Filter {
        contact_id: Some(subject.contact),
        deal_id: subject.deal,
        kinds: kinds.as_ref().map(|kinds| kinds.iter().filter_map(|kind| kind.activity()).collect()),
        // Among all the rest the e-mail shows them itself.
        without_attachments: kinds.as_ref().is_none_or(|kinds| kinds.contains(&TimelineKind::Mail)),
        ..Filter::all(deals::scope(actor))
    };
    let planned = match query.cursor {
        Some(_) => Vec::new(),
        None => store::activities::agenda(app.store.reader(), &filter, PLANNED_MAX).await?,
    };
    let log = LogSide { app, subject: &subject, kinds: kinds.as_deref(), place: place.log, fields: &fields };
    let from_log = log.read(limit).await?;
    let done = Filter { is_open: Some(false), ..filter };
    let page = store::activities::list(app.store.reader(), &done, place.activity, limit as u64).await?;
    let activities_go_on = page.next_cursor.is_some();
    let merged = merge(from_log, page.items, activities_go_on, place, limit);
    let next_cursor = merged.goes_on.then(|| merged.place.to_string());
    Ok(RecordTimeline {
        planned: views(app, actor, planned).await?,
        items: shown(app, actor, merged.items).await?,
        next_cursor,
    })
}

fn parse_kinds(text: &str) -> Result<Vec<TimelineKind>> {
    let parse = |word: &str| {
        let found = KINDS.iter().find(|(name, _)| *name == word.trim()).map(|(_, kind)| *kind);
        found.ok_or_else(|| {
            let names = KINDS.map(|(name, _)| name).join(", ");
            AppError::invalid("kind", "unknown", format!("choose among {names}"))
        })
    };
    text.split(',').map(parse).collect()
}

async fn subject(app: &App, actor: &Actor, query: &RecordTimelineQuery) -> Result<Subject> {
    let conn = app.store.reader();
    let scope = deals::scope(actor);
    if let Some(id) = query.deal {
        let deal = store::deals::find(conn, id, scope).await?.ok_or(AppError::NotFound("deal"))?;
        return Ok(Subject { contact: deal.contact_id, deal: Some(id), deals: Some(HashSet::from([id.to_string()])) });
    }
    let contact = query
        .contact
        .ok_or_else(|| AppError::invalid("contact", "required", "name the contact or the deal whose timeline it is"))?;
    if store::contacts::find(conn, contact).await?.is_none() {
        return Err(AppError::NotFound("contact"));
    }
    let deals = match scope {
        Scope::All => None,
        scope => {
            let own = store::deals::Filter { contact_id: Some(contact), ..store::deals::Filter::all(scope) };
            let own = store::deals::list(conn, &own, store::deals::Sort::Newest, None, DEALS_MAX).await?;
            Some(own.items.iter().map(|deal| deal.id.to_string()).collect())
        }
    };
    Ok(Subject { contact, deal: None, deals })
}

/// An event, and the place behind it.
struct Told {
    kind: TimelineKind,
    event: TimelineEvent,
}

/// What was read of the log.
#[derive(Default)]
struct LogPage {
    told: Vec<Told>,
    /// How far it was read: before the first of `told` or behind the last.
    read_to: Option<Position>,
    /// When the event there happened, if others lie behind it.
    goes_on_before: Option<Timestamp>,
}

/// The log's side: what it tells of the person, without what the activities tell better.
struct LogSide<'a> {
    app: &'a App,
    subject: &'a Subject,
    kinds: Option<&'a [TimelineKind]>,
    place: Option<Position>,
    fields: &'a Fields,
}

impl LogSide<'_> {
    fn is_asked_for(&self) -> bool {
        let tells = |kind: &TimelineKind| kind.activity().is_none() || *kind == TimelineKind::Mail;
        self.kinds.is_none_or(|kinds| kinds.iter().any(tells))
    }

    fn is_shown(&self, kind: TimelineKind, event: &TimelineEvent) -> bool {
        if self.kinds.is_some_and(|kinds| !kinds.contains(&kind)) {
            return false;
        }
        if event.properties.get(told::PROPERTY).is_some_and(|value| value.as_str().is_some_and(is_activity)) {
            return false;
        }
        let deal = event.properties.get("deal").and_then(serde_json::Value::as_str);
        match (deal, &self.subject.deals) {
            (Some(deal), Some(known)) => known.contains(deal),
            _ => true,
        }
    }

    /// The next events.
    async fn read(&self, limit: usize) -> Result<LogPage> {
        let mut page = LogPage { read_to: self.place, ..LogPage::default() };
        let person = self.app.log.person(&PersonKey::contact(&self.subject.contact));
        let Some(person) = person.filter(|_| self.is_asked_for()) else { return Ok(page) };
        let mut read = 0;
        let mut at = None;
        while read < SCAN_MAX {
            let events = self.app.log.timeline(person, page.read_to, SCAN_BATCH).await?;
            let is_last = events.len() < SCAN_BATCH;
            for stored in events {
                if page.told.len() == limit {
                    page.goes_on_before = at;
                    return Ok(page);
                }
                page.read_to = Some(stored.position);
                at = Some(stored.event.at);
                read += 1;
                let event = TimelineEvent::of(stored, self.fields);
                let kind = TimelineKind::of_event(&event.event);
                if self.is_shown(kind, &event) {
                    page.told.push(Told { kind, event });
                }
            }
            if is_last {
                return Ok(page);
            }
        }
        page.goes_on_before = at;
        Ok(page)
    }
}

/// Whether a property names an activity of ours: events from elsewhere may have one of that name.
fn is_activity(text: &str) -> bool {
    text.parse::<Id<id::Activity>>().is_ok()
}

enum Merged {
    Event(Told),
    Activity(Box<Activity>),
}

struct MergedPage {
    items: Vec<Merged>,
    place: Place,
    goes_on: bool,
}

/// Take the later of the two heads until the page is full. What lies before where the log was left is not known yet:
/// there the page ends.
fn merge(
    log: LogPage,
    activities: Vec<Activity>,
    activities_go_on: bool,
    mut place: Place,
    limit: usize,
) -> MergedPage {
    let LogPage { told, read_to, goes_on_before } = log;
    let mut told = told.into_iter().peekable();
    let mut activities = activities.into_iter().peekable();
    let mut items = Vec::new();
    while items.len() < limit {
        let takes_event = match (told.peek(), activities.peek()) {
            (Some(told), Some(activity)) => told.event.at >= activity.at,
            (None, Some(activity)) if goes_on_before.is_some_and(|end| activity.at < end) => break,
            (None, None) => break,
            (told, _) => told.is_some(),
        };
        if takes_event {
            let Some(told) = told.next() else { break };
            place.log = Some(Position(told.event.position));
            items.push(Merged::Event(told));
        } else {
            let Some(activity) = activities.next() else { break };
            place.activity = Some(Cursor { at: activity.at.ms(), id: activity.id });
            items.push(Merged::Activity(Box::new(activity)));
        }
    }
    if told.peek().is_none() {
        // What was passed over on the way need not be read again.
        place.log = read_to;
    }
    let is_left = told.peek().is_some() || activities.peek().is_some();
    MergedPage { items, place, goes_on: is_left || goes_on_before.is_some() || activities_go_on }
}

async fn shown(app: &App, actor: &Actor, items: Vec<Merged>) -> Result<Vec<TimelineItem>> {
    let activities = items.iter().filter_map(|item| match item {
        Merged::Activity(activity) => Some((**activity).clone()),
        Merged::Event(_) => None,
    });
    let mut views = views(app, actor, activities.collect()).await?.into_iter();
    let item = |item: Merged| match item {
        Merged::Event(told) => TimelineItem { kind: told.kind, activity: None, event: Some(told.event) },
        Merged::Activity(activity) => {
            let kind = KINDS.iter().find(|(_, kind)| kind.activity() == Some(activity.kind));
            let kind = kind.map_or(TimelineKind::Other, |(_, kind)| *kind);
            TimelineItem { kind, activity: views.next(), event: None }
        }
    };
    Ok(items.into_iter().map(item).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        let places = [
            Place::default(),
            Place { log: Some(Position(7)), activity: None },
            Place { log: None, activity: Some(Cursor { at: -3, id: Id::from_uuid(uuid::Uuid::from_u128(5)) }) },
        ];
        for place in places {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for wrong in ["", "x~", "1", "~x"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
