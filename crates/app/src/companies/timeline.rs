//! What the people of a company did, in one list.

use std::collections::HashMap;

use base::{Id, id};
use events::{PersonKey, Position};
use serde::Serialize;

use crate::contacts::{self, page_limit};
use crate::fields::{Entity, Fields};
use crate::insights::TimelineEvent;
use crate::permission::Permission;
use crate::{Actor, App, AppError, Result};

/// The people whose events are told: the newest ones.
pub const PEOPLE_MAX: u64 = 100;

/// One thing that somebody of the company did.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CompanyEvent {
    #[serde(flatten)]
    pub event: TimelineEvent,
    /// Who did it.
    pub contact_id: Id<id::Contact>,
    /// Their name.
    pub contact_name: String,
}

/// A page of what the people of a company did, the last to reach the log first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CompanyTimeline {
    pub items: Vec<CompanyEvent>,
    /// Pass as `cursor` for what came before.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// Whether everybody of the company is in it; else the newest 100 people are.
    pub is_complete: bool,
}

/// What the people of a company did, newest first.
pub async fn timeline(
    app: &App,
    actor: &Actor,
    id: Id<id::Company>,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<CompanyTimeline> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    if store::companies::find(conn, id).await?.is_none() || fields.is_hidden("company_id") {
        return Err(AppError::NotFound("company"));
    }
    let wrong_cursor = || AppError::invalid("cursor", "cursor", "pass next_cursor as it was given");
    let before = cursor.map(|text| text.parse().map(Position).map_err(|_| wrong_cursor())).transpose()?;
    let limit = usize::try_from(page_limit(limit)?).unwrap_or(usize::MAX);
    let mut ids = store::companies::people(conn, id, PEOPLE_MAX + 1).await?;
    let is_complete = ids.len() as u64 <= PEOPLE_MAX;
    ids.truncate(usize::try_from(PEOPLE_MAX).unwrap_or(usize::MAX));
    let people = store::contacts::find_many(conn, &ids).await?;
    let mut names = HashMap::new();
    let mut items = Vec::new();
    for mut contact in people {
        contacts::blank_hidden(&mut contact, &fields);
        names.insert(contact.id, contact.display_name());
        let Some(person) = app.log.person(&PersonKey::contact(&contact.id)) else { continue };
        // Each brings as many as the page has at most: whatever is on it is among them.
        let events = app.log.timeline(person, before, limit + 1).await?;
        items.extend(events.into_iter().map(|event| (contact.id, TimelineEvent::of(event, &fields))));
    }
    items.sort_by_key(|(_, event)| std::cmp::Reverse(event.position));
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| has_more).map(|(_, event)| event.position.to_string());
    let named = |(contact_id, event): (Id<id::Contact>, TimelineEvent)| {
        let contact_name = names.get(&contact_id).cloned().unwrap_or_default();
        CompanyEvent { event, contact_id, contact_name }
    };
    Ok(CompanyTimeline { items: items.into_iter().map(named).collect(), next_cursor, is_complete })
}
