//! Whether what must have happened has happened, and whether consents are current.

use base::Timestamp;

use super::{Consent, Deal, Evidence, Reason};
use crate::document::{ConsentRule, EvidenceRule, Since};

pub(super) fn event_block(
    rule: &EvidenceRule,
    deal: &Deal<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Option<Reason> {
    let begin = match rule.since {
        Since::Deal => Some(deal.opened_at),
        Since::Stage => Some(deal.entered_at),
        Since::Ever => None,
    };
    let fresh = rule.within.map(|within| now.plus_ms(-within.ms()));
    let counts_since = begin.max(fresh);
    let past = || evidence.events.iter().filter(move |seen| seen.at <= now);
    let undone_at =
        past().filter(|seen| !rule.undone_by.is_empty() && seen.name == rule.undone_by).map(|seen| seen.at).max();
    let of_kind = || past().filter(|seen| rule.is_met(&seen.name, &seen.props));
    // What comes in the same instant as what takes it back is taken back: of two readings the safe one.
    let counts =
        |at: Timestamp| counts_since.is_none_or(|since| at >= since) && undone_at.is_none_or(|undone| at > undone);
    let times = u32::try_from(of_kind().filter(|seen| counts(seen.at)).count()).unwrap_or(u32::MAX);
    if times >= rule.times {
        return None;
    }
    let last_at = of_kind().map(|seen| seen.at).max();
    Some(Reason::EventMissing {
        event: rule.event.clone(),
        conditions: rule.conditions.clone(),
        times,
        needed: rule.times,
        counts_since,
        last_at,
        undone_at: undone_at.filter(|undone| last_at.is_some_and(|last| last <= *undone)),
    })
}

pub(super) fn consent_block(rule: &ConsentRule, consents: &[Consent], now: Timestamp) -> Option<Reason> {
    let given = consents.iter().filter(|consent| consent.purpose == rule.purpose && consent.given_at <= now);
    let last = given.max_by_key(|consent| consent.given_at);
    let withdrawn_at = last.and_then(|consent| consent.withdrawn_at).filter(|at| *at <= now);
    let expires_at = last.zip(rule.within).map(|(consent, within)| consent.given_at.plus_ms(within.ms()));
    let expired_at = expires_at.filter(|at| *at < now);
    if last.is_some() && withdrawn_at.is_none() && expired_at.is_none() {
        return None;
    }
    let given_at = last.map(|consent| consent.given_at);
    Some(Reason::ConsentMissing { purpose: rule.purpose.clone(), given_at, withdrawn_at, expired_at })
}
