//! The audience with what it needs to follow the database and the log.

use std::collections::{HashMap, HashSet};

use base::{Id, Timestamp, id};
use events::{Lineage, Position};
use funnel::condition::Condition;
use funnel::score::Scoring;
use funnel::segment::{Audience, Definition, Moved};
use store::search::Place;
use uuid::Uuid;

/// The segment of a rule that is being written. Nobody is told who is in it.
pub(super) const DRAFT: Id<id::Segment> = Id::NIL;

/// Everybody, and how far they were followed.
pub(super) struct Keeper {
    pub(super) audience: Audience,
    /// How temperature is found, and in which zone contacts live of whom nothing is known.
    pub(super) basis: (Scoring, String),
    /// By number: the contact.
    pub(super) ids: Vec<Uuid>,
    pub(super) numbers: HashMap<Uuid, u32>,
    /// Contacts the log does not know yet.
    pub(super) unplaced: HashSet<u32>,
    /// Events up to here were taken in.
    pub(super) upto: Position,
    /// By look: events up to here were gathered.
    pub(super) gathered: HashMap<usize, Position>,
    pub(super) lineage: Lineage,
    /// Changes of the database up to here were taken in.
    pub(super) place: Place,
    /// Deals were handed on for so many questions.
    pub(super) deal_questions: usize,
    /// Whose a deal is, as far as deals are asked for.
    pub(super) deals: HashMap<Uuid, u32>,
    /// Segments whose people were chosen by hand.
    pub(super) chosen: HashSet<Id<id::Segment>>,
    /// What segments are called.
    pub(super) names: HashMap<Id<id::Segment>, String>,
    /// When a rule that is being written was last asked for.
    pub(super) drafted_at: Option<Timestamp>,
}

/// Who went into a segment or out of it, and by what.
pub(super) struct Change {
    pub(super) segment: Id<id::Segment>,
    pub(super) contact: Uuid,
    pub(super) is_in: bool,
}

impl Keeper {
    pub(super) fn new(
        audience: Audience,
        basis: (Scoring, String),
        (upto, lineage, place): (Position, Lineage, Place),
    ) -> Self {
        Self {
            audience,
            basis,
            ids: Vec::new(),
            numbers: HashMap::new(),
            unplaced: HashSet::new(),
            upto,
            gathered: HashMap::new(),
            lineage,
            place,
            deal_questions: 0,
            deals: HashMap::new(),
            chosen: HashSet::new(),
            names: HashMap::new(),
            drafted_at: None,
        }
    }

    /// The number of a contact, a new one when it is new.
    pub(super) fn number(&mut self, contact: Uuid) -> u32 {
        if let Some(number) = self.numbers.get(&contact) {
            return *number;
        }
        let number = self.ids.len() as u32;
        self.ids.push(contact);
        self.numbers.insert(contact, number);
        number
    }

    /// Contacts that are there.
    pub(super) fn people(&self) -> usize {
        (0..self.ids.len() as u32).filter(|who| self.audience.is_there(*who)).count()
    }

    /// A segment as it stands.
    pub(super) fn put(&mut self, id: Id<id::Segment>, name: &str, rule: Option<Condition>) -> Option<usize> {
        if rule.is_none() {
            self.chosen.insert(id);
        }
        self.names.insert(id, name.to_owned());
        match self.audience.put(&Definition { id, rule }) {
            Ok(place) => Some(place),
            Err(fault) => {
                // It was checked when it was saved.
                tracing::error!(segment = %id, %fault, "a segment cannot be followed");
                None
            }
        }
    }

    pub(super) fn remove(&mut self, id: Id<id::Segment>) {
        self.audience.remove(id);
        self.chosen.remove(&id);
        self.names.remove(&id);
    }

    /// What somebody is to be told of; not of rules that are being written.
    pub(super) fn changes(&self, moved: &[Moved]) -> Vec<Change> {
        let change = |moved: &Moved| {
            let segment = self.audience.id(moved.segment).filter(|id| *id != DRAFT)?;
            Some(Change { segment, contact: self.ids[moved.who as usize], is_in: moved.is_in })
        };
        moved.iter().filter_map(change).collect()
    }
}
