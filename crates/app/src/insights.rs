//! Questions to the event log, and the people behind the answers.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Timestamp, id};
use events::{PersonKey, Position, StoredEvent};
use insight::people::{PEOPLE_MAX, PeopleKind, Place};
use insight::query::Query;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contacts::{self, page_limit};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result, permission::Permission};

/// The most values of a property that are listed.
pub const VALUES_MAX: usize = 200;

/// Read somebody's question. What is hidden from them can be no part of it: the answer would tell it.
pub async fn read(app: &App, actor: &Actor, body: Value) -> Result<Query> {
    let query = parse(body)?;
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    match query.plan().columns.iter().find(|property| fields.hides_property(property)) {
        None => Ok(query),
        Some(property) => {
            let message = format!("your role does not see {property}: ask without it");
            Err(AppError::invalid(property.clone(), "hidden", message))
        }
    }
}

/// Read a question, naming the field that is wrong.
pub fn parse(body: Value) -> Result<Query> {
    Query::parse(body).map_err(|error| AppError::invalid(error.field, "query", error.message))
}

/// Answer a question, as it stands now.
pub async fn query(app: &App, actor: &Actor, query: &Query) -> Result<Value> {
    actor.may(Permission::InsightsRead)?;
    let answer = app.log.answer(&query.clone().asked_at(app.now())).await?;
    serde_json::to_value(answer).map_err(|error| AppError::Internal(error.to_string()))
}

/// Mathematics over millions of rows must not hold up the requests of others.
pub(crate) async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.to_string()))
}

/// Which people of which number.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleQuery {
    /// The question: any insight but paths.
    #[schema(value_type = Query)]
    pub query: Value,
    /// Funnel: the step, counted from 0.
    #[serde(default)]
    pub step: Option<usize>,
    /// Which of the people there; those who came there when left out.
    #[serde(default)]
    pub kind: PeopleKind,
    /// Funnel: only those counted in this value of the breakdown. Trend: only those with events of this value. Time in
    /// stage: the stage.
    #[serde(default)]
    pub value: Option<String>,
    /// Trend, lifecycle: when the bucket begins; retention: when the period of the cohort does; as the answer's
    /// `starts` say. Funnel with a `trend`: only those who entered in the period that begins then.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Retention: the place in the row of the cohort; 0, all of the cohort, when left out.
    #[serde(default)]
    pub cell: Option<usize>,
    /// Trend: the series, counted from 0; the first when left out.
    #[serde(default)]
    pub series: Option<usize>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows on a page: 1 to 500, 50 when absent.
    #[serde(default)]
    pub limit: Option<u64>,
}

/// A person behind a number.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PersonView {
    /// Number of the person in the log.
    pub person: u32,
    /// The contact, when the person is one.
    #[schema(required)]
    pub contact_id: Option<Id<id::Contact>>,
    /// Name or address of the contact; the caller's id of a known person; empty for a visitor.
    pub label: String,
    /// When the person entered the funnel; did it first in the bucket; entered the cohort or the stage.
    #[schema(required)]
    pub entered_at: Option<Timestamp>,
    /// When the person reached the step, or the last one before being lost; did it last in the bucket; left the stage.
    #[schema(required)]
    pub reached_at: Option<Timestamp>,
    /// The value of the breakdown the person counts in.
    #[schema(required)]
    pub value: Option<String>,
}

/// A page of people.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PeoplePage {
    pub items: Vec<PersonView>,
    /// Pass as `cursor` for the rows that follow.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many people there are in all; of which the first 100,000 can be listed.
    pub total: usize,
}

/// The contacts behind a number, at most so many.
pub(crate) async fn contacts_behind(
    app: &App,
    actor: &Actor,
    request: PeopleQuery,
    most: usize,
) -> Result<Vec<Id<id::Contact>>> {
    actor.may(Permission::ContactsRead)?;
    let PeopleQuery { query, step, kind, value, at, cell, series, cursor: _, limit: _ } = request;
    let question = question(app, read(app, actor, query).await?, &Place { step, kind, value, at, cell, series })?;
    let found = app.log.people(&question, most).await?;
    let mut contacts: Vec<_> = found.rows.iter().filter_map(|person| contact_of(app, person.person)).collect();
    contacts.sort_unstable();
    contacts.dedup();
    Ok(contacts)
}

/// The people behind a number.
pub async fn people(app: &App, actor: &Actor, request: PeopleQuery) -> Result<PeoplePage> {
    actor.may(Permission::ContactsRead)?;
    let PeopleQuery { query, step, kind, value, at, cell, series, cursor, limit } = request;
    let question = question(app, read(app, actor, query).await?, &Place { step, kind, value, at, cell, series })?;
    let wrong_cursor = || AppError::invalid("cursor", "cursor", "pass next_cursor as it was given");
    let start: usize = cursor.as_deref().map_or(Ok(0), str::parse).map_err(|_| wrong_cursor())?;
    let limit = usize::try_from(page_limit(limit)?).unwrap_or(usize::MAX);
    let end = start.saturating_add(limit).min(PEOPLE_MAX);
    let found = app.log.people(&question, end).await?;
    let total = found.total;
    let shown: Vec<_> = found.rows.into_iter().take(end).skip(start).collect();
    let numbers: Vec<u32> = shown.iter().map(|person| person.person).collect();
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let labels = labels(app, &fields, &numbers).await?;
    let items = shown
        .into_iter()
        .map(|person| {
            let label = labels.get(&person.person).cloned().unwrap_or_default();
            PersonView {
                person: person.person,
                contact_id: label.contact_id,
                label: label.text,
                entered_at: person.entered_at,
                reached_at: person.reached_at,
                value: person.value.map(|value| value.to_string()),
            }
        })
        .collect();
    let next_cursor = (end < total.min(PEOPLE_MAX)).then(|| end.to_string());
    Ok(PeoplePage { items, next_cursor, total })
}

/// The people at a place of the answer to a question, as it stands now, as a question.
pub(crate) fn question(app: &App, query: Query, place: &Place) -> Result<insight::people::PeopleQuery> {
    insight::people::PeopleQuery::new(query.asked_at(app.now()), place)
        .map_err(|error| AppError::invalid(error.field, "query", error.message))
}

/// What a person is called.
#[derive(Debug, Clone, Default)]
pub struct Label {
    /// The contact, when the person is one.
    pub contact_id: Option<Id<id::Contact>>,
    /// Name or address of the contact; the caller's id of a known person; empty for a visitor.
    pub text: String,
}

/// The contact of a person of the log, if it is one. A person merged from several contacts is the oldest.
pub fn contact_of(app: &App, person: u32) -> Option<Id<id::Contact>> {
    let contact = |key: PersonKey| key.as_str().strip_prefix("contact:").and_then(|id| id.parse().ok());
    app.log.keys(person).into_iter().filter_map(contact).min()
}

/// What people are called, for whoever may see those fields of contacts.
pub async fn labels(app: &App, fields: &Fields, people: &[u32]) -> Result<HashMap<u32, Label>> {
    let hides_email = fields.is_hidden("email");
    let is_shown = |key: &&PersonKey| {
        let is_hidden_email = hides_email && key.as_str().starts_with("email:");
        !key.is_anonymous() && !key.as_str().starts_with("contact:") && !is_hidden_email
    };
    let mut labels: HashMap<u32, Label> = HashMap::new();
    for &person in people {
        let contact_id = contact_of(app, person);
        let known = |key: &PersonKey| key.as_str().split_once(':').map(|(_, id)| id.to_owned());
        let keys = app.log.keys(person);
        let text = keys.iter().find(is_shown).and_then(known);
        labels.insert(person, Label { contact_id, text: text.unwrap_or_default() });
    }
    let ids: Vec<_> = labels.values().filter_map(|label| label.contact_id).collect();
    let mut contacts = store::contacts::find_many(app.store.reader(), &ids).await?;
    contacts.iter_mut().for_each(|contact| contacts::blank_hidden(contact, fields));
    let names: HashMap<_, _> = contacts.iter().map(|contact| (contact.id, contact.display_name())).collect();
    for label in labels.values_mut() {
        if let Some(name) = label.contact_id.and_then(|id| names.get(&id)) {
            label.text.clone_from(name);
        } else {
            // A contact that was removed is a person without a name.
            label.contact_id = None;
        }
    }
    Ok(labels)
}

/// What the log holds, for those who build a question.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Catalog {
    /// Event names, commonest first.
    pub events: Vec<EventCount>,
    /// Property names, of the event asked for or of all, commonest first.
    pub properties: Vec<String>,
}

/// An event name and how often it happened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EventCount {
    pub name: String,
    pub count: u64,
}

/// Event names and property names.
pub async fn catalog(app: &App, actor: &Actor, event: Option<&str>) -> Result<Catalog> {
    actor.may(Permission::InsightsRead)?;
    let names = app.log.names().await?;
    let events = names.into_iter().map(|(name, count)| EventCount { name, count }).collect();
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let mut properties = app.log.properties(event).await?;
    properties.retain(|property| !fields.hides_property(property));
    Ok(Catalog { events, properties })
}

/// One thing a person did.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TimelineEvent {
    /// Its place in the log.
    pub position: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// Number of the person in the log.
    pub person: u32,
    /// What is known about it.
    #[schema(value_type = Object)]
    pub properties: Value,
}

impl TimelineEvent {
    /// An event as somebody sees it who may see those fields of contacts.
    pub(crate) fn of(stored: StoredEvent, fields: &Fields) -> Self {
        // The log checked that it is an object when it took it in.
        let mut properties = serde_json::from_str(&stored.event.props).unwrap_or(Value::Null);
        fields.seen_properties(&mut properties);
        Self {
            position: stored.position.0,
            at: stored.event.at,
            event: stored.event.name,
            person: stored.person,
            properties,
        }
    }
}

/// A page of a timeline, newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Timeline {
    pub items: Vec<TimelineEvent>,
    /// Pass as `cursor` for what came before.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The contact, when the person is one.
    #[schema(required)]
    pub contact_id: Option<Id<id::Contact>>,
}

/// What a person did, newest first.
pub async fn timeline(
    app: &App,
    actor: &Actor,
    person: u32,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Timeline> {
    actor.may(Permission::ContactsRead)?;
    let wrong_cursor = || AppError::invalid("cursor", "cursor", "pass next_cursor as it was given");
    let before = cursor.map(|text| text.parse().map(Position).map_err(|_| wrong_cursor())).transpose()?;
    let limit = usize::try_from(page_limit(limit)?).unwrap_or(usize::MAX);
    let mut events = app.log.timeline(person, before, limit + 1).await?;
    let has_more = events.len() > limit;
    events.truncate(limit);
    let next_cursor = events.last().filter(|_| has_more).map(|event| event.position.0.to_string());
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let items = events.into_iter().map(|event| TimelineEvent::of(event, &fields)).collect();
    Ok(Timeline { items, next_cursor, contact_id: contact_of(app, person) })
}

/// What a contact did, newest first.
pub async fn contact_timeline(
    app: &Arc<App>,
    actor: &Actor,
    contact: Id<id::Contact>,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Timeline> {
    actor.may(Permission::ContactsRead)?;
    match app.log.person(&PersonKey::contact(&contact)) {
        Some(person) => timeline(app, actor, person, cursor, limit).await,
        None => Ok(Timeline { items: Vec::new(), next_cursor: None, contact_id: Some(contact) }),
    }
}
