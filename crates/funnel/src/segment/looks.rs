//! What is kept of the things people did: no more than rules look at.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::table::Table;
use crate::condition::{Seen, parts};
use crate::document::{Duration, EntersOn, has};

/// Something that rules look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The events, of which any counts.
    pub origins: Vec<Origin>,
    /// The property that is added up.
    pub sum_of: Option<String>,
    /// How old an event must be before it counts, in ms.
    pub(super) delay_ms: i64,
    pub(super) keeps: Keeps,
}

/// An event that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Its name.
    pub event: String,
    /// Properties that it must have.
    pub conditions: BTreeMap<String, Value>,
}

/// What is kept of the events of a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Keeps {
    /// The times of the latest so many.
    Latest(u32),
    /// The first, with its amount.
    First,
    /// The last, with its amount.
    Last,
    /// How many there were, and what their amounts come to.
    Total,
    /// Each with its amount, as long as some rule looks that far back.
    Each,
    /// How many there were, each half after a half-life.
    Fading(Duration),
}

/// Something that a person did, as far as a look sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deed {
    /// The person's number in the log.
    pub person: u32,
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Millionths of what the property said; 0 when none is added up.
    pub amount: i64,
}

impl Look {
    /// Whether an event is one of those.
    pub(super) fn takes(&self, name: &str, props: &Map<String, Value>) -> bool {
        self.origins.iter().any(|origin| origin.event == name && origin.has_all(props))
    }

    /// What a property counts.
    pub fn amount(&self, value: Option<&Value>) -> i64 {
        if self.sum_of.is_some() { parts(value) } else { 0 }
    }

    pub(super) fn deed(&self, person: u32, seen: &Seen) -> Option<Deed> {
        let amount = || self.amount(self.sum_of.as_ref().and_then(|of| seen.props.get(of)));
        self.takes(&seen.name, &seen.props).then(|| Deed { person, at_ms: seen.at.ms(), amount: amount() })
    }

    /// Whether its properties have to be read.
    pub(super) fn reads_props(&self) -> bool {
        self.sum_of.is_some() || self.origins.iter().any(|origin| !origin.conditions.is_empty())
    }
}

impl Origin {
    /// Whether a property may be this.
    pub fn takes(&self, property: &str, value: Option<&Value>) -> bool {
        self.conditions.get(property).is_none_or(|wanted| has(value, wanted))
    }

    fn has_all(&self, props: &Map<String, Value>) -> bool {
        EntersOn::has_all(&self.conditions, props)
    }
}

/// What a look keeps, of everybody. All that is put in has happened.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    Latest(Table<i64>),
    LatestOfMany(usize, HashMap<u32, Vec<i64>>),
    /// The first (or last) with its amount.
    One {
        is_first: bool,
        deeds: Table<(i64, i64)>,
    },
    Total(Table<(i64, i64)>),
    Each(HashMap<u32, Vec<(i64, i64)>>),
    Fading(Duration, Table<(i64, f64)>),
}

/// No time at all.
pub(super) const NEVER: i64 = i64::MIN;

/// How much is left of 1 after some time.
pub(super) fn faded(ms: i64, half_life: Duration) -> f64 {
    0.5f64.powf(ms as f64 / half_life.ms().max(1) as f64)
}

impl Kept {
    pub(super) fn new(keeps: Keeps) -> Self {
        match keeps {
            Keeps::Latest(0 | 1) => Self::Latest(Table::new(NEVER)),
            Keeps::Latest(times) => Self::LatestOfMany(times as usize, HashMap::new()),
            Keeps::First => Self::One { is_first: true, deeds: Table::new((NEVER, 0)) },
            Keeps::Last => Self::One { is_first: false, deeds: Table::new((NEVER, 0)) },
            Keeps::Total => Self::Total(Table::new((0, 0))),
            Keeps::Each => Self::Each(HashMap::new()),
            Keeps::Fading(half_life) => Self::Fading(half_life, Table::new((NEVER, 0.0))),
        }
    }

    /// Take a deed in. What is older than `oldest` is of no use to anybody.
    pub(super) fn add(&mut self, deed: Deed, oldest: i64) {
        let Deed { person, at_ms, amount } = deed;
        match self {
            Self::Latest(latest) => {
                if at_ms > latest.get(person) {
                    latest.set(person, at_ms);
                }
            }
            Self::LatestOfMany(most, latest) => {
                let times = latest.entry(person).or_default();
                let place = times.partition_point(|time| *time <= at_ms);
                if times.len() < *most {
                    times.insert(place, at_ms);
                } else if place > 0 {
                    times[..place].rotate_left(1);
                    times[place - 1] = at_ms;
                }
            }
            Self::One { is_first, deeds } => {
                let (had, sum) = deeds.get(person);
                let is_new = had == NEVER || if *is_first { at_ms < had } else { at_ms > had };
                // Of one instant the largest amount, so that the answer does not hang on the order of arrival.
                if is_new || (at_ms == had && amount > sum) {
                    deeds.set(person, (at_ms, amount));
                }
            }
            Self::Total(totals) => {
                let (count, sum) = totals.get(person);
                totals.set(person, (count + 1, sum.saturating_add(amount)));
            }
            Self::Each(all) => {
                if at_ms < oldest {
                    return;
                }
                let deeds = all.entry(person).or_default();
                let old = deeds.partition_point(|(at, _)| *at < oldest);
                deeds.drain(..old);
                let place = deeds.partition_point(|deed| *deed <= (at_ms, amount));
                deeds.insert(place, (at_ms, amount));
            }
            Self::Fading(half_life, sums) => {
                let (last, sum) = sums.get(person);
                let new = match last {
                    NEVER => (at_ms, 1.0),
                    _ if at_ms >= last => (at_ms, sum * faded(at_ms - last, *half_life) + 1.0),
                    _ => (last, sum + faded(last - at_ms, *half_life)),
                };
                sums.set(person, new);
            }
        }
    }

    /// Two people turned out to be one.
    pub(super) fn join(&mut self, from: u32, into: u32) {
        let deed = |at_ms, amount| Deed { person: into, at_ms, amount };
        match self {
            Self::Latest(latest) => {
                if let Some(at) = latest.take(from) {
                    self.add(deed(at, 0), NEVER);
                }
            }
            Self::LatestOfMany(_, latest) => {
                for at in latest.remove(&from).unwrap_or_default() {
                    self.add(deed(at, 0), NEVER);
                }
            }
            Self::One { deeds, .. } => {
                if let Some((at, amount)) = deeds.take(from) {
                    self.add(deed(at, amount), NEVER);
                }
            }
            Self::Total(totals) => {
                if let Some((count, sum)) = totals.take(from) {
                    let (had, has) = totals.get(into);
                    totals.set(into, (had + count, has.saturating_add(sum)));
                }
            }
            Self::Each(all) => {
                for (at, amount) in all.remove(&from).unwrap_or_default() {
                    self.add(deed(at, amount), NEVER);
                }
            }
            Self::Fading(half_life, sums) => {
                if let Some((at, sum)) = sums.take(from) {
                    let (last, has) = sums.get(into);
                    let new = match last {
                        NEVER => (at, sum),
                        _ if at >= last => (at, has * faded(at - last, *half_life) + sum),
                        _ => (last, has + sum * faded(last - at, *half_life)),
                    };
                    sums.set(into, new);
                }
            }
        }
    }
}
