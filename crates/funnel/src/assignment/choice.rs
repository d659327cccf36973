//! The choice of a person.

use base::{Id, Timestamp, id};

use super::{AssignmentRule, ChooseBy, NobodyThere};

/// Somebody who may get a deal, as things stand now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub user: Id<id::User>,
    /// Whether they are at work: within their hours, and not away.
    pub is_there: bool,
    /// When they are next, if they are not.
    pub there_at: Option<Timestamp>,
    /// Open deals that they have.
    pub open_deals: u64,
    /// When the rule gave them its last deal, as a number that grows; 0 for never.
    pub turn: u64,
}

/// Who gets a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This person, by the rule's way of choosing.
    Person(Id<id::User>),
    /// The one for when nobody is there.
    Fallback(Id<id::User>),
    /// Nobody yet; somebody comes to work at that moment, unless all have as many deals as they may have.
    Wait(Option<Timestamp>),
    /// Nobody by this rule.
    NextRule,
}

/// Choose. Turns go to whoever has waited longest, not to whoever had the fewest: who comes back from a holiday gets
/// their share from then on, not all that they missed. Those who are there at the same times get as many, give or
/// take one.
pub fn choose(rule: &AssignmentRule, candidates: &[Candidate]) -> Choice {
    let has_room = |candidate: &&Candidate| rule.deals_max.is_none_or(|most| candidate.open_deals < u64::from(most));
    let is_there = |candidate: &&Candidate| !rule.in_hours || candidate.is_there;
    let free = || candidates.iter().filter(has_room);
    let load = |candidate: &Candidate| if rule.choose_by == ChooseBy::Load { candidate.open_deals } else { 0 };
    // Of equals the first that is named: the order of the list decides, not chance.
    if let Some(best) = free().filter(is_there).min_by_key(|candidate| (load(candidate), candidate.turn)) {
        return Choice::Person(best.user);
    }
    match (rule.nobody_there, rule.fallback_id) {
        (NobodyThere::Fallback, Some(user)) => Choice::Fallback(user),
        (NobodyThere::NextRule | NobodyThere::Fallback, _) => Choice::NextRule,
        (NobodyThere::Wait, _) => Choice::Wait(free().filter_map(|candidate| candidate.there_at).min()),
    }
}
