//! Why somebody is in a segment or not, and where they have been.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Timestamp, id};
use events::PersonKey;
use funnel::condition::{Explained, Subject};
use funnel::score::rate;
use funnel::segment::{SCORE_FIELD, TEMPERATURE_FIELD};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use store::contacts::Contact;

use super::{ENTERED, LEFT, Stored, all, check_rule, gather};
use crate::permission::Permission;
use crate::{Actor, App, AppError, Result, contacts, deals, temperature};

/// Events of a contact that are looked through for stays in segments.
const EVENTS_MAX: usize = 5_000;
/// Events read at once.
const BATCH: usize = 500;
/// Stays that are shown.
const STAYS_MAX: usize = 100;

/// Whether a contact is in a segment, and why.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentAnswer {
    /// Whether the contact is in it.
    pub is_in: bool,
    /// Since when.
    #[schema(required)]
    pub since: Option<Timestamp>,
    /// What the rule says, part by part; none where somebody chose the people by hand.
    #[schema(required)]
    pub why: Option<Explained>,
    /// Whether only the newest 2,000 events were looked at to say why.
    pub is_cut: bool,
}

/// A segment that a contact is in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContactSegment {
    pub id: Id<id::Segment>,
    pub name: String,
    pub since: Timestamp,
}

/// Somebody entered a segment or left it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentStay {
    pub segment: String,
    /// What it was called then.
    pub name: String,
    pub is_in: bool,
    pub at: Timestamp,
}

/// The segments of a contact.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContactSegments {
    /// Those that the contact is in, by name.
    pub items: Vec<ContactSegment>,
    /// When the contact entered and left segments, newest first; the last hundred times.
    pub history: Vec<SegmentStay>,
}

/// Whether a contact is in a segment, and why.
pub async fn explain(
    app: &Arc<App>,
    actor: &Actor,
    id: Id<id::Segment>,
    contact: Id<id::Contact>,
) -> Result<SegmentAnswer> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    let segments = all(conn).await?;
    let segment = segments.iter().find(|segment| segment.id == id).ok_or(AppError::NotFound("segment"))?;
    let contact = store::contacts::find(conn, contact).await?.ok_or(AppError::NotFound("contact"))?;
    let stays = store::segments::of_contact(conn, contact.id).await?;
    let since = stays.iter().find(|stay| stay.segment_id == id).map(|stay| stay.entered_at);
    let Some(rule) = &segment.rule else {
        return Ok(SegmentAnswer { is_in: since.is_some(), since, why: None, is_cut: false });
    };
    check_rule(conn, actor, id, rule, &segments).await?;
    let (events, is_cut) = temperature::events_of(app, contact.id).await?;
    let zone = zone_of(app, &contact);
    let mut known = Known::of(app, &contact).await?;
    let inside: Vec<_> = stays.iter().map(|stay| stay.segment_id).collect();
    let rules = app.running.rules();
    let scoring = rules.funnels.first().and_then(|funnel| funnel.doc.scoring.clone()).unwrap_or_default();
    let plain = Subject { zone: &zone, ..Subject::new(&known.fields, &events, app.now()) };
    let score = rate(&scoring, &Subject { deals: &known.deals, segments: &inside, ..plain });
    known.fields.insert(SCORE_FIELD.to_owned(), score.points.into());
    known.fields.insert(TEMPERATURE_FIELD.to_owned(), score.temperature.as_str().into());
    let plain = Subject { zone: &zone, ..Subject::new(&known.fields, &events, app.now()) };
    let why = rule.explain(&Subject { deals: &known.deals, segments: &inside, ..plain });
    Ok(SegmentAnswer { is_in: since.is_some(), since, why: Some(why), is_cut })
}

/// What rules can ask of a contact, but for events.
struct Known {
    fields: Map<String, Value>,
    deals: Vec<Map<String, Value>>,
}

impl Known {
    async fn of(app: &App, contact: &Contact) -> Result<Self> {
        let conn = app.store.reader();
        let mut fields = contacts::known_fields(contact);
        let consents = store::contacts::consents(conn, contact.id).await?;
        gather::tell_consents(&mut fields, &consents);
        let rules = app.running.rules();
        let deals = store::deals::of_contacts(conn, &[contact.id.uuid()]).await?;
        Ok(Self { fields, deals: deals.iter().map(|deal| deals::told_fields(&rules, deal, None)).collect() })
    }
}

fn zone_of(app: &App, contact: &Contact) -> TimeZone {
    let named = gather::zone_name(contact).and_then(|name| TimeZone::get(name).ok());
    named.unwrap_or_else(|| app.company().zone())
}

/// The segments of a contact, and when the contact entered and left any.
pub async fn of_contact(app: &Arc<App>, actor: &Actor, contact: Id<id::Contact>) -> Result<ContactSegments> {
    actor.may(Permission::ContactsRead)?;
    let conn = app.store.reader();
    store::contacts::find(conn, contact).await?.ok_or(AppError::NotFound("contact"))?;
    let names: HashMap<Id<id::Segment>, String> =
        all(conn).await?.into_iter().map(|segment: Stored| (segment.id, segment.name)).collect();
    let stays = store::segments::of_contact(conn, contact).await?;
    let item = |stay: store::segments::Member| {
        let name = names.get(&stay.segment_id)?.clone();
        Some(ContactSegment { id: stay.segment_id, name, since: stay.entered_at })
    };
    let mut items: Vec<ContactSegment> = stays.into_iter().filter_map(item).collect();
    items.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(ContactSegments { items, history: history(app, contact).await? })
}

async fn history(app: &App, contact: Id<id::Contact>) -> Result<Vec<SegmentStay>> {
    let Some(person) = app.log.person(&PersonKey::contact(&contact)) else { return Ok(Vec::new()) };
    let (mut found, mut before, mut read) = (Vec::new(), None, 0);
    while read < EVENTS_MAX && found.len() < STAYS_MAX {
        let batch = app.log.timeline(person, before, BATCH).await?;
        let Some(last) = batch.last() else { break };
        before = Some(last.position);
        read += batch.len();
        let stays = batch.into_iter().filter(|stored| stored.event.name == ENTERED || stored.event.name == LEFT);
        found.extend(stays.map(|stored| {
            let props: Map<String, Value> = serde_json::from_str(&stored.event.props).unwrap_or_default();
            let text = |name: &str| props.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let is_in = stored.event.name == ENTERED;
            SegmentStay { segment: text("segment"), name: text("segment_name"), is_in, at: stored.event.at }
        }));
    }
    found.truncate(STAYS_MAX);
    Ok(found)
}
