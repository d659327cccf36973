//! How near a contact is to buying, and which kind of buyer they are, each with its reasons.
//!
//! Nothing is kept: what fades with every hour is worked out when somebody looks, from the newest events of the log.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use base::{Id, id};
use events::PersonKey;
use funnel::condition::{Explained, Seen, Subject};
use funnel::localized::Localized;
use funnel::score::{Score, rate};
use serde::{Deserialize, Serialize};

use crate::{Actor, App, AppError, Result, contacts, permission::Permission};

/// The newest events that are looked at; what lies before has faded to nearly nothing.
pub const EVENTS_MAX: usize = 2_000;
/// Events read at once.
const BATCH: usize = 500;

/// By which funnel's rules.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct TemperatureQuery {
    /// A funnel, `fun_…`; the first one when absent.
    pub funnel: Option<Id<id::Funnel>>,
}

/// How near a contact is to buying, and which personas they belong to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ContactTemperature {
    /// The funnel whose rules were asked.
    pub funnel_id: Id<id::Funnel>,
    /// The score, and which part gave what.
    pub score: Score,
    /// Every persona of the funnel that has a rule.
    pub personas: Vec<PersonaMatch>,
    /// Whether only the newest 2,000 events were looked at.
    pub is_cut: bool,
}

/// Whether a contact belongs to a persona.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PersonaMatch {
    /// What the funnel calls it.
    pub id: String,
    /// What people call it.
    pub name: Localized,
    /// Whether they belong to it, and why.
    #[serde(flatten)]
    pub why: Explained,
}

/// The temperature of a contact now.
pub async fn of_contact(
    app: &Arc<App>,
    actor: &Actor,
    id: Id<id::Contact>,
    query: TemperatureQuery,
) -> Result<ContactTemperature> {
    actor.may(Permission::ContactsRead)?;
    let contact = store::contacts::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("contact"))?;
    let rules = app.running.rules();
    let funnel = match query.funnel {
        Some(id) => rules.funnels.iter().find(|funnel| funnel.id == id),
        None => rules.funnels.first(),
    };
    let funnel = funnel.ok_or(AppError::NotFound("funnel"))?;
    let (events, is_cut) = events_of(app, id).await?;
    let fields = contacts::known_fields(&contact);
    let zone = app.company().zone();
    let subject = Subject { zone: &zone, ..Subject::new(&fields, &events, app.now()) };
    let scoring = funnel.doc.scoring.clone().unwrap_or_default();
    let matched = |persona: &funnel::document::Persona| {
        let why = persona.explain(&subject)?;
        Some(PersonaMatch { id: persona.id.clone(), name: persona.name.clone(), why })
    };
    Ok(ContactTemperature {
        funnel_id: funnel.id,
        score: rate(&scoring, &subject),
        personas: funnel.doc.personas.iter().filter_map(matched).collect(),
        is_cut,
    })
}

/// What a contact did, and whether there was more than is looked at.
pub(crate) async fn events_of(app: &App, id: Id<id::Contact>) -> Result<(Vec<Seen>, bool)> {
    let Some(person) = app.log.person(&PersonKey::contact(&id)) else { return Ok((Vec::new(), false)) };
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let batch = app.log.timeline(person, before, BATCH).await?;
        let Some(last) = batch.last() else { return Ok((seen, false)) };
        before = Some(last.position);
        for event in batch {
            if seen.len() == EVENTS_MAX {
                return Ok((seen, true));
            }
            let props = serde_json::from_str(&event.event.props).unwrap_or_default();
            seen.push(Seen { name: event.event.name, at: event.event.at, props });
        }
    }
}
