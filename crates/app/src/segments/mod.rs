//! Segments: people who have something in common.
//!
//! A rule says who is in one, and [`live`] keeps that up to date; or somebody chooses its people by hand. Who enters
//! or leaves is told to the log, so that everything that can follow from an event can follow from it.

mod explain;
mod follow;
mod gather;
mod keeper;
mod live;
mod people;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Timestamp, id};
use funnel::condition::Condition;
use funnel::segment::{Definition, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::segments::Segment;

use crate::fields::{Entity, Fields};
use crate::permission::Permission;
use crate::{Actor, App, AppError, FieldProblem, Result, audit};

pub use explain::{ContactSegment, ContactSegments, SegmentAnswer, SegmentStay, explain, of_contact};
#[cfg(any(test, feature = "testing"))]
pub use live::is_behind;
pub use live::{Live, step};
pub use people::{PeopleSegmentRequest, SegmentPeople, choose, from_people};

/// Most segments of a company.
pub const SEGMENTS_MAX: u64 = 500;
/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;
/// People shown of a rule that is being written.
const SAMPLE: usize = 10;

/// The names of what is told to the log.
pub const ENTERED: &str = "Segment Entered";
/// See [`ENTERED`].
pub const LEFT: &str = "Segment Left";

/// A segment.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SegmentView {
    pub id: Id<id::Segment>,
    /// What people call it; no two are called the same.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it; none where somebody chooses its people by hand.
    #[schema(required)]
    pub rule: Option<Condition>,
    /// How many people are in it.
    pub people: u64,
    /// Whether that is so by the rule as it stands; a new rule takes a moment to be counted.
    pub is_counted: bool,
    /// Segments whose rules ask for this one.
    pub used_by: Vec<Id<id::Segment>>,
    /// Counts the changes: pass it as `base_version` so as not to write over somebody else's.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A segment as it is to be.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentRequest {
    /// 1 to 120 characters, unlike every other segment's.
    pub name: String,
    /// At most 1,000 characters.
    #[serde(default)]
    pub description: String,
    /// Who is in it; left out where its people are chosen by hand, which cannot be changed later.
    #[serde(default)]
    pub rule: Option<Condition>,
    /// The version that was changed: refused when somebody has changed it since.
    #[serde(default)]
    pub base_version: Option<i64>,
}

/// A rule that is being written.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentDraft {
    pub rule: Condition,
    /// The segment that it is to be the rule of, where there is one.
    #[serde(default)]
    pub id: Option<Id<id::Segment>>,
}

/// Who would be in a segment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentPreview {
    /// How many people.
    pub people: u64,
    /// Of how many contacts.
    pub of: u64,
    /// Some of them.
    pub sample: Vec<SegmentPerson>,
    /// How long it took to find them, in ms.
    pub took_ms: u64,
}

/// Somebody in a segment.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SegmentPerson {
    pub contact: Id<id::Contact>,
    /// Name, else the address.
    pub name: String,
}

type Stored = Segment<Condition>;

async fn all(conn: &impl store::ConnectionTrait) -> Result<Vec<Stored>> {
    Ok(store::segments::all(conn).await?)
}

fn definition(segment: &Stored) -> Definition {
    Definition { id: segment.id, rule: segment.rule.clone() }
}

async fn view(app: &App, segment: Stored, all: &[Stored]) -> Result<SegmentView> {
    let people = store::segments::count_members(app.store.reader(), segment.id).await?;
    let asks = |other: &&Stored| other.rule.as_ref().is_some_and(|rule| rule.segments().contains(&segment.id));
    let used_by = all.iter().filter(asks).map(|other| other.id).collect();
    let is_counted = segment.rule.is_none() || app.segments.is_counted(segment.id, segment.version);
    let Segment { id, name, description, rule, version, created_at, updated_at } = segment;
    Ok(SegmentView { id, name, description, rule, people, is_counted, used_by, version, created_at, updated_at })
}

/// All segments, by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<SegmentView>> {
    actor.may(Permission::ContactsRead)?;
    let segments = all(app.store.reader()).await?;
    let mut views = Vec::with_capacity(segments.len());
    for segment in &segments {
        views.push(view(app, segment.clone(), &segments).await?);
    }
    Ok(views)
}

/// One segment.
pub async fn get(app: &App, actor: &Actor, id: Id<id::Segment>) -> Result<SegmentView> {
    actor.may(Permission::ContactsRead)?;
    let segments = all(app.store.reader()).await?;
    let found = segments.iter().find(|segment| segment.id == id).cloned().ok_or(AppError::NotFound("segment"))?;
    view(app, found, &segments).await
}

fn refused(fault: &Fault, names: &HashMap<Id<id::Segment>, String>) -> AppError {
    let name = |id: &Id<id::Segment>| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let (code, message) = match fault {
        Fault::Unknown(_) => ("unknown", fault.to_string()),
        Fault::Cycle(id) => ("cycle", format!("{} would depend on itself: take it out of the rule", name(id))),
        Fault::TooMany => ("too_many", fault.to_string()),
        Fault::TooFar => ("range", fault.to_string()),
        Fault::Field(_) => ("field", fault.to_string()),
    };
    AppError::invalid("rule", code, message)
}

/// Whether a rule can be followed beside all others, and asks for nothing that is hidden from whoever writes it.
async fn check_rule(
    conn: &impl store::ConnectionTrait,
    actor: &Actor,
    id: Id<id::Segment>,
    rule: &Condition,
    segments: &[Stored],
) -> Result<()> {
    let of_contacts = Fields::load(conn, actor, Entity::Contact).await?;
    let of_deals = Fields::load(conn, actor, Entity::Deal).await?;
    let hidden = hidden_field(rule, &of_contacts, &of_deals);
    if let Some(field) = hidden {
        return Err(AppError::invalid("rule", "hidden", format!("your role does not see {field}: ask without it")));
    }
    let others = segments.iter().filter(|other| other.id != id).map(definition);
    let mut definitions: Vec<Definition> = others.collect();
    definitions.push(Definition { id, rule: Some(rule.clone()) });
    let names = segments.iter().map(|segment| (segment.id, segment.name.clone())).collect();
    funnel::segment::check(&definitions).map_err(|(_, fault)| refused(&fault, &names))
}

fn hidden_field(rule: &Condition, of_contacts: &Fields, of_deals: &Fields) -> Option<String> {
    match rule {
        Condition::Field(test) => {
            let is_hidden = match test.field.split_once('.') {
                Some(("contact", name)) => {
                    of_contacts.is_hidden(name) || of_contacts.is_hidden(&format!("fields.{name}"))
                }
                Some(("deal", name)) => of_deals.is_hidden(name) || of_deals.is_hidden(&format!("fields.{name}")),
                _ => false,
            };
            is_hidden.then(|| test.field.clone())
        }
        Condition::Event(test) => {
            let summed = test.sum.iter().map(|sum| &sum.of);
            test.conditions.keys().chain(summed).find(|property| of_contacts.hides_property(property)).cloned()
        }
        _ => rule.parts().iter().find_map(|part| hidden_field(part, of_contacts, of_deals)),
    }
}

fn checked(request: &SegmentRequest) -> Result<String> {
    let name = request.name.trim().to_owned();
    let mut problems = Vec::new();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let message = format!("write a name of 1 to {NAME_CHARS_MAX} characters");
        problems.push(FieldProblem::new("name", "length", message));
    }
    if request.description.chars().count() > DESCRIPTION_CHARS_MAX {
        let message = format!("write at most {DESCRIPTION_CHARS_MAX} characters");
        problems.push(FieldProblem::new("description", "length", message));
    }
    if problems.is_empty() { Ok(name) } else { Err(AppError::Invalid(problems)) }
}

fn refuse_taken(segments: &[Stored], id: Id<id::Segment>, name: &str) -> Result<()> {
    match segments.iter().any(|other| other.id != id && other.name == name) {
        true => Err(AppError::invalid("name", "taken", "there is a segment of that name: choose another one")),
        false => Ok(()),
    }
}

/// Add a segment.
pub async fn create(app: &Arc<App>, actor: &Actor, request: SegmentRequest) -> Result<SegmentView> {
    actor.may(Permission::SegmentsWrite)?;
    let name = checked(&request)?;
    let tx = app.store.begin().await?;
    let segment = added(app, &tx, actor, name, request.description, request.rule).await?;
    tx.commit().await?;
    app.segments.note(segment.id);
    get(app, actor, segment.id).await
}

async fn added(
    app: &App,
    tx: &store::Tx,
    actor: &Actor,
    name: String,
    description: String,
    rule: Option<Condition>,
) -> Result<Stored> {
    let now = app.now();
    let segment = Segment { id: app.new_id(), name, description, rule, version: 1, created_at: now, updated_at: now };
    let segments = all(tx).await?;
    if segments.len() as u64 >= SEGMENTS_MAX {
        let detail = format!("there are at most {SEGMENTS_MAX} segments: remove some first");
        return Err(AppError::conflict("too_many", detail));
    }
    refuse_taken(&segments, segment.id, &segment.name)?;
    if let Some(rule) = &segment.rule {
        check_rule(tx, actor, segment.id, rule, &segments).await?;
    }
    store::segments::insert(tx, &segment).await?;
    audit::record(app, tx, actor, "segment.create", segment.id, json!({"name": segment.name})).await?;
    Ok(segment)
}

/// Write a segment anew. Who is in it by the new rule is found in the background.
pub async fn update(
    app: &Arc<App>,
    actor: &Actor,
    id: Id<id::Segment>,
    request: SegmentRequest,
) -> Result<SegmentView> {
    actor.may(Permission::SegmentsWrite)?;
    let name = checked(&request)?;
    let tx = app.store.begin().await?;
    let before: Stored = store::segments::find_for_update(&tx, id).await?.ok_or(AppError::NotFound("segment"))?;
    if request.base_version.is_some_and(|version| version != before.version) {
        let detail = "somebody has changed this segment since you opened it: load it again";
        return Err(AppError::conflict("version_passed", detail));
    }
    if before.rule.is_some() != request.rule.is_some() {
        let message = "people are chosen by hand or by a rule: make another segment for the other way";
        return Err(AppError::invalid("rule", "kind", message));
    }
    let segments = all(&tx).await?;
    refuse_taken(&segments, id, &name)?;
    if let Some(rule) = &request.rule {
        check_rule(&tx, actor, id, rule, &segments).await?;
    }
    let (description, rule) = (request.description, request.rule);
    let after =
        Segment { name, description, rule, version: before.version + 1, updated_at: app.now(), ..before.clone() };
    store::segments::update(&tx, &after).await?;
    let told =
        |segment: &Stored| json!({"name": segment.name, "description": segment.description, "rule": segment.rule});
    let detail = json!({"before": told(&before), "after": told(&after)});
    audit::record(app, &tx, actor, "segment.update", id, detail).await?;
    tx.commit().await?;
    app.segments.note(id);
    get(app, actor, id).await
}

/// Remove a segment that no other asks for.
pub async fn delete(app: &Arc<App>, actor: &Actor, id: Id<id::Segment>) -> Result<()> {
    actor.may(Permission::SegmentsWrite)?;
    let tx = app.store.begin().await?;
    let segments = all(&tx).await?;
    let asks = |other: &&Stored| other.rule.as_ref().is_some_and(|rule| rule.segments().contains(&id));
    if let Some(other) = segments.iter().find(asks) {
        let detail = format!("the rule of {} asks for this segment: change that first", other.name);
        return Err(AppError::conflict("used", detail));
    }
    if !store::segments::delete(&tx, id).await? {
        return Err(AppError::NotFound("segment"));
    }
    audit::record(app, &tx, actor, "segment.delete", id, Value::Null).await?;
    tx.commit().await?;
    app.segments.note(id);
    Ok(())
}

/// Who would be in a segment.
pub async fn preview(app: &Arc<App>, actor: &Actor, draft: SegmentDraft) -> Result<SegmentPreview> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let segments = all(conn).await?;
    let id = draft.id.unwrap_or(keeper::DRAFT);
    check_rule(conn, actor, id, &draft.rule, &segments).await?;
    let found = live::draft(app, draft.rule, SAMPLE).await?;
    let fields = Fields::load(conn, actor, Entity::Contact).await?;
    let mut contacts = store::contacts::find_many(conn, &found.sample).await?;
    contacts.sort_unstable_by_key(|contact| contact.id);
    contacts.iter_mut().for_each(|contact| crate::contacts::blank_hidden(contact, &fields));
    let sample = contacts.iter().map(|contact| SegmentPerson { contact: contact.id, name: contact.display_name() });
    Ok(SegmentPreview { people: found.people, of: found.of, sample: sample.collect(), took_ms: found.took_ms })
}
