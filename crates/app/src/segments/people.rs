//! Segments whose people somebody chooses by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::{Id, id};
use insight::people::PEOPLE_MAX;
use serde::Deserialize;
use serde_json::json;
use store::segments::Member;

use super::{NAME_CHARS_MAX, SegmentView, Stored, added, follow, get};
use crate::facts;
use crate::insights::{self, PeopleQuery};
use crate::permission::Permission;
use crate::{Actor, App, AppError, Result, audit};

/// Most people put in or taken out with one request.
pub const CHOSEN_MAX: usize = 1_000;
/// People put in with one statement of facts.
const WRITTEN: usize = 1_000;

/// People to be put into a segment, and to be taken out.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentPeople {
    /// Contacts who are to be in it.
    pub add: Vec<Id<id::Contact>>,
    /// Contacts who are not to be in it.
    pub remove: Vec<Id<id::Contact>>,
}

/// The people behind a number, to be made a segment.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleSegmentRequest {
    /// What the segment is to be called.
    pub name: String,
    /// At most 1,000 characters.
    #[serde(default)]
    pub description: String,
    /// Which people of which number.
    pub people: PeopleQuery,
}

/// Put people into a segment, or take them out.
pub async fn choose(app: &Arc<App>, actor: &Actor, id: Id<id::Segment>, request: SegmentPeople) -> Result<SegmentView> {
    actor.may(Permission::SegmentsWrite)?;
    let SegmentPeople { add, remove } = request;
    if add.len() + remove.len() > CHOSEN_MAX {
        return Err(AppError::invalid("add", "too_many", format!("name at most {CHOSEN_MAX} people at once")));
    }
    let tx = app.store.begin().await?;
    let segment: Stored = store::segments::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("segment"))?;
    if segment.rule.is_some() {
        let detail = "a rule says who is in this segment: change the rule, or make a segment of chosen people";
        return Err(AppError::conflict("by_rule", detail));
    }
    let add: BTreeSet<_> = add.into_iter().collect();
    let remove: BTreeSet<_> = remove.into_iter().filter(|contact| !add.contains(contact)).collect();
    let asked: Vec<_> = add.union(&remove).copied().collect();
    let there = store::contacts::existing(&tx, &asked).await?;
    if let Some(missing) = asked.iter().find(|contact| !there.contains(&contact.uuid())) {
        return Err(AppError::invalid("add", "unknown", format!("there is no contact {missing}: load the list again")));
    }
    let inside = store::segments::inside(&tx, id, &asked).await?;
    let enters: Vec<_> = add.into_iter().filter(|contact| !inside.contains(&contact.uuid())).collect();
    let leaves: Vec<_> = remove.into_iter().filter(|contact| inside.contains(&contact.uuid())).collect();
    write(app, &tx, &segment, &enters, &leaves).await?;
    let detail = json!({"add": enters, "remove": leaves});
    audit::record(app, &tx, actor, "segment.people", id, detail).await?;
    tx.commit().await?;
    app.segments.note(id);
    app.bell.ring();
    get(app, actor, id).await
}

async fn write(
    app: &App,
    tx: &store::Tx,
    segment: &Stored,
    enters: &[Id<id::Contact>],
    leaves: &[Id<id::Contact>],
) -> Result<()> {
    let now = app.now();
    let member = |contact: &Id<id::Contact>| Member { segment_id: segment.id, contact_id: *contact, entered_at: now };
    let entered: Vec<Member> = enters.iter().map(member).collect();
    store::segments::enter(tx, &entered).await?;
    let left: Vec<_> = leaves.iter().map(|contact| contact.uuid()).collect();
    store::segments::leave(tx, segment.id, &left).await?;
    let told = |is_in| {
        let named = (segment.id, segment.name.as_str());
        move |contact: &Id<id::Contact>| follow::told(is_in, *contact, named, now)
    };
    let facts = enters.iter().map(told(true)).chain(leaves.iter().map(told(false)));
    facts::record_all(app, tx, facts.collect()).await
}

/// Make the people behind a number a segment: those who are contacts, as they are now.
pub async fn from_people(app: &Arc<App>, actor: &Actor, request: PeopleSegmentRequest) -> Result<SegmentView> {
    actor.may(Permission::SegmentsWrite)?;
    let PeopleSegmentRequest { name, description, people } = request;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(AppError::invalid("name", "length", format!("write a name of 1 to {NAME_CHARS_MAX} characters")));
    }
    let contacts = insights::contacts_behind(app, actor, people, PEOPLE_MAX).await?;
    let tx = app.store.begin().await?;
    let segment = added(app, &tx, actor, name, description, None).await?;
    let there = store::contacts::existing_of_many(&tx, &contacts).await?;
    let contacts: Vec<_> = contacts.into_iter().filter(|contact| there.contains(&contact.uuid())).collect();
    for some in contacts.chunks(WRITTEN) {
        write(app, &tx, &segment, some, &[]).await?;
    }
    tx.commit().await?;
    app.segments.note(segment.id);
    app.bell.ring();
    get(app, actor, segment.id).await
}
