//! What a contact is known to have done: the part of the log that the gates of one deal look at.

use std::sync::Arc;

use base::{Id, Timestamp, id};
use events::{AT_AHEAD_MS_MAX, PersonKey, Position, StoredEvent};
use funnel::condition::Seen;
use funnel::document::{FunnelDoc, Gate, Since};

use crate::{App, Result};

/// Events read at once.
const BATCH: usize = 1_000;
/// The most events that are looked at, newest first. What lies before them opens no gate.
pub const EVIDENCE_EVENTS_MAX: usize = 20_000;

/// Events of one person, newest first, and how far they reach.
#[derive(Clone)]
pub(crate) struct Known {
    contact: Id<id::Contact>,
    person: Option<u32>,
    /// The end of the log when it was read.
    end: Position,
    /// The place of the newest.
    newest: Option<Position>,
    /// What was told to us since then is here.
    since: Timestamp,
    events: Arc<[StoredEvent]>,
}

/// Since when a document must know what a deal's contact did: always, when it counts over all time.
pub(super) fn needed_since(doc: &FunnelDoc, opened_at: Timestamp) -> Timestamp {
    let gates = || doc.stages.iter().filter_map(|stage| stage.gate.as_ref());
    let asks_ever = |gate: &Gate| gate.evidence.iter().any(|rule| rule.since == Since::Ever);
    let counts_all = doc.stages.iter().any(|stage| stage.enters_on.occurrence > 1);
    if counts_all || gates().any(asks_ever) { Timestamp::from_ms(0) } else { opened_at }
}

impl Known {
    /// Read what a contact did that was told to us since a moment.
    pub(crate) async fn read(app: &App, contact: Id<id::Contact>, since: Timestamp) -> Result<Self> {
        let end = *app.log.end().borrow();
        let person = app.log.person(&PersonKey::contact(&contact));
        let nothing = Self { contact, person, end, newest: None, since, events: [].into() };
        let Some(person) = person else { return Ok(nothing) };
        let mut events: Vec<StoredEvent> = Vec::new();
        // What is told ahead of its time may be dated after what is told later.
        let oldest_told = since.plus_ms(-AT_AHEAD_MS_MAX);
        while events.len() < EVIDENCE_EVENTS_MAX {
            let before = events.last().map(|event| event.position);
            let batch = app.log.timeline(person, before, BATCH).await?;
            let is_last =
                batch.len() < BATCH || batch.last().is_some_and(|event| event.event.received_at < oldest_told);
            events.extend(batch);
            if is_last {
                break;
            }
        }
        Ok(Self { newest: events.first().map(|event| event.position), events: events.into(), ..nothing })
    }

    /// What is known now, in a transaction that holds the deal. The log is read before the transaction opens, so that
    /// nobody waits for it; whatever came in between is found here: a look in memory, and only if the person did
    /// something meanwhile the log is read again. So the gates see the deal, its contact and its consents as they are
    /// under the lock, and with them all that was told about the person until then: a deposit that is taken back while
    /// a deal moves either comes before the move, which then sees it, or after it.
    pub(super) async fn fresh(self, app: &App, contact: Id<id::Contact>, since: Timestamp) -> Result<Self> {
        let person = app.log.person(&PersonKey::contact(&contact));
        let is_same = self.contact == contact && self.person == person && self.since <= since;
        if is_same && self.end == *app.log.end().borrow() {
            return Ok(self);
        }
        let newest = match person {
            Some(person) if is_same => app.log.timeline(person, None, 1).await?.first().map(|event| event.position),
            _ => None,
        };
        if is_same && newest == self.newest { Ok(self) } else { Self::read(app, contact, since).await }
    }

    /// What a document looks at. Events of an import count only if they are older than the deal: history that it
    /// begins with. Later ones could be taken back, which no move could be; they would open gates for whoever may import.
    pub(super) fn seen(&self, doc: &FunnelDoc, opened_at: Timestamp) -> Vec<Told> {
        let told = self.events.iter().filter(|event| is_looked_at(doc, &event.event.name)).map(|event| Told {
            position: event.position,
            seen: Seen {
                name: event.event.name.clone(),
                // A clock that is ahead: it happened when we were told.
                at: event.event.at.min(event.event.received_at),
                props: serde_json::from_str(&event.event.props).unwrap_or_default(),
            },
            is_imported: event.event.source.is_some(),
        });
        told.filter(|told| !told.is_imported || told.seen.at < opened_at).collect()
    }
}

/// An event and its place in the log.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) position: Position,
    pub(super) seen: Seen,
    is_imported: bool,
}

/// Whether a document looks at events of a name: they lead to a stage, or its gates ask for them.
pub(super) fn is_looked_at(doc: &FunnelDoc, name: &str) -> bool {
    doc.occurrence_max(name) > 0 || is_asked_for(doc, name) || is_undoing(doc, name)
}

fn is_asked_for(doc: &FunnelDoc, name: &str) -> bool {
    let mut gates = doc.stages.iter().filter_map(|stage| stage.gate.as_ref());
    gates.any(|gate| gate.evidence.iter().any(|rule| rule.event == name))
}

/// Whether events of a name take evidence back.
pub(super) fn is_undoing(doc: &FunnelDoc, name: &str) -> bool {
    let mut gates = doc.stages.iter().filter_map(|stage| stage.gate.as_ref());
    gates.any(|gate| gate.evidence.iter().any(|rule| !rule.undone_by.is_empty() && rule.undone_by == name))
}
