//! Random histories: what arrives at the log, in order of arrival.

use std::collections::BTreeSet;

use base::{Random, SeededRandom, Timestamp};
use events::{Link, NewEvent, PersonKey};
use serde_json::{Value, json};

/// When everything is told: after all that happens.
pub const NOW_MS: i64 = 1_770_000_000_000;
const DAY_MS: i64 = 86_400_000;
const QUARTER_MS: i64 = DAY_MS / 96;
/// 2016-03-01 and 2016-09-20: 50 days from either hold the changes of the clock in Norway, the United States and on
/// Lord Howe Island, in every year.
const SPRING_MS: i64 = 1_456_790_400_000;
const AUTUMN_MS: i64 = 1_474_329_600_000;
/// To 2025: zone data of two programs agree about what was, and not always about what is planned.
const YEARS: u64 = 10;
const LONG_DAYS: i64 = 50;
const SHORT_SECONDS: i64 = 120;
/// Minutes of the day in UTC at which days begin somewhere, in summer or winter.
const MIDNIGHTS_MIN: [i64; 12] = [0, 1_320, 1_380, 240, 300, 780, 810, 1_095, 180, 120, 60, 1_260];

/// The events of steps; others come as [`NOISE`].
pub const STEPS: [&str; 4] = ["a", "b", "c", "d"];
pub const NOISE: &str = "x";
pub const CHANNELS: [&str; 4] = ["ads", "Mail", "søk", "5"];
pub const PLANS: [&str; 3] = ["free", "pro", "team"];

/// One thing that happens to the log.
pub enum Act {
    Arrives(NewEvent),
    TakeBack(String),
}

pub struct History {
    pub acts: Vec<Act>,
    pub keys: Vec<PersonKey>,
    pub is_long: bool,
    /// No two events are of one instant.
    pub is_without_ties: bool,
    /// Times lie on this grid, most of them.
    pub unit_ms: i64,
    pub start_ms: i64,
    pub end_ms: i64,
    taken_ms: BTreeSet<i64>,
}

pub fn pick<T: Clone>(random: &SeededRandom, from: &[T]) -> T {
    from[random.below(from.len() as u64) as usize].clone()
}

pub fn chance(random: &SeededRandom, percent: u64) -> bool {
    random.below(100) < percent
}

impl Act {
    pub fn event(&self) -> Option<&NewEvent> {
        match self {
            Self::Arrives(event) => Some(event),
            Self::TakeBack(_) => None,
        }
    }

    /// As the other side reads it.
    pub fn told(&self) -> Value {
        let event = match self {
            Self::Arrives(event) => event,
            Self::TakeBack(source) => return json!({ "take_back": source }),
        };
        let links = event.links.iter().map(|link| match link {
            Link::Claim(key) => json!(["claim", key.as_str()]),
            Link::Merge(key) => json!(["merge", key.as_str()]),
        });
        json!({
            "id": event.message_id,
            "event": event.name,
            "ms": event.at.ms(),
            "key": event.person.as_str(),
            "links": links.collect::<Vec<_>>(),
            "props": event.props,
            "source": event.source,
        })
    }
}

impl History {
    pub fn new(random: &SeededRandom, is_long: bool) -> Self {
        let year = if chance(random, 50) { SPRING_MS } else { AUTUMN_MS } + random.below(YEARS) as i64 * 365 * DAY_MS;
        // Leap years move it by up to three days.
        let start_ms = year + (2 + random.below(7) as i64) * DAY_MS;
        let is_without_ties = chance(random, 50);
        let (unit_ms, length_ms) = match (is_long, is_without_ties) {
            (true, _) => (QUARTER_MS, LONG_DAYS * DAY_MS),
            (false, true) => (1_000, SHORT_SECONDS * 1_000),
            // So few moments that most people do several things in one.
            (false, false) => (5_000, SHORT_SECONDS * 1_000),
        };
        // Few people do much, many do little: some of those meet the edges of windows and instants.
        let most_keys = if chance(random, 50) { 20 } else { 250 };
        let mut history = Self {
            acts: Vec::new(),
            keys: keys(random, most_keys),
            is_long,
            is_without_ties,
            unit_ms,
            start_ms,
            end_ms: start_ms + length_ms,
            taken_ms: BTreeSet::new(),
        };
        history.fill(random);
        history
    }

    /// A moment of the grid.
    pub fn moment_ms(&self, random: &SeededRandom) -> i64 {
        if self.is_long && chance(random, 50) {
            let day = self.start_ms + random.below(LONG_DAYS as u64) as i64 * DAY_MS;
            return day + pick(random, &MIDNIGHTS_MIN) * 60_000;
        }
        let units = (self.end_ms - self.start_ms) / self.unit_ms;
        self.start_ms + random.below(units as u64) as i64 * self.unit_ms
    }

    /// When an event happens: on the grid or right beside it.
    fn instant_ms(&mut self, random: &SeededRandom) -> i64 {
        let mut at_ms = self.moment_ms(random) + pick(random, &[0, 0, 0, -1, 1]);
        while !self.taken_ms.insert(at_ms) && self.is_without_ties {
            at_ms += 1;
        }
        at_ms
    }

    fn fill(&mut self, random: &SeededRandom) {
        let events = 300 + random.below(700);
        // From hardly any links to so many that most people become one.
        let links = self.keys.len() as u64 * pick(random, &[1, 3, 6]) / 6;
        let mut arrivals = Vec::new();
        for number in 0..events {
            let at_ms = self.instant_ms(random);
            let event = self.event(random, number, at_ms, random.below(events) < links);
            arrivals.push((at_ms + self.delay_ms(random), event));
        }
        arrivals.sort_by_key(|(told_ms, _)| *told_ms);
        self.acts = arrivals.into_iter().map(|(_, event)| Act::Arrives(event)).collect();
        self.repeat_some(random);
        self.take_back_some(random);
    }

    /// Most are told soon, some late, a few last of all.
    fn delay_ms(&self, random: &SeededRandom) -> i64 {
        let length_ms = (self.end_ms - self.start_ms) as u64;
        let most_ms = match random.below(10) {
            0..7 => length_ms / 100,
            7..9 => length_ms / 4,
            _ => length_ms * 2,
        };
        random.below(most_ms) as i64
    }

    fn event(&self, random: &SeededRandom, number: u64, at_ms: i64, has_link: bool) -> NewEvent {
        let mut links = Vec::new();
        if has_link {
            for _ in 0..1 + random.below(2) {
                let key = pick(random, &self.keys);
                links.push(if chance(random, 50) { Link::Claim(key) } else { Link::Merge(key) });
            }
        }
        let name = if chance(random, 12) { NOISE } else { pick(random, &STEPS) };
        NewEvent {
            message_id: format!("m{number}"),
            name: name.to_owned(),
            at: Timestamp::from_ms(at_ms),
            received_at: Timestamp::from_ms(NOW_MS),
            person: pick(random, &self.keys),
            links,
            props: props(random).to_string(),
            person_props: None,
            source: chance(random, 15).then(|| "imp_1".to_owned()),
        }
    }

    /// The id of an event comes again, later, with whatever else: nothing of it may count.
    fn repeat_some(&mut self, random: &SeededRandom) {
        for _ in 0..self.acts.len() / 20 {
            let first = random.below(self.acts.len() as u64 - 1) as usize;
            let Some(message_id) = self.acts[first].event().map(|event| event.message_id.clone()) else { continue };
            let has_link = chance(random, 30);
            let at_ms = self.instant_ms(random);
            let repeat = NewEvent { message_id, source: None, ..self.event(random, 0, at_ms, has_link) };
            let place = first + 1 + random.below((self.acts.len() - first) as u64) as usize;
            self.acts.insert(place, Act::Arrives(repeat));
        }
    }

    /// An import goes, and with it the links that it told of; what comes later under its name is another.
    fn take_back_some(&mut self, random: &SeededRandom) {
        if !chance(random, 50) {
            return;
        }
        let place = random.below(self.acts.len() as u64) as usize;
        for act in &mut self.acts[place..] {
            if let Act::Arrives(event) = act {
                event.source = event.source.take().map(|_| "imp_2".to_owned());
            }
        }
        self.acts.insert(place, Act::TakeBack("imp_1".to_owned()));
    }
}

fn keys(random: &SeededRandom, most: u64) -> Vec<PersonKey> {
    let count = most / 2 + random.below(most / 2);
    let key = |number| {
        let space = ["anon", "anon", "anon", "user", "email"][number as usize % 5];
        PersonKey::parse(&format!("{space}:{number}")).unwrap()
    };
    (0..count).map(key).collect()
}

fn props(random: &SeededRandom) -> Value {
    let mut props = json!({});
    match random.below(10) {
        0..5 => props["channel"] = pick(random, &CHANNELS).into(),
        5 => props["channel"] = 5.into(),
        6 => props["channel"] = pick(random, &[json!(""), json!(null), json!(true), json!(2.5)]),
        _ => {}
    }
    if chance(random, 80) {
        props["plan"] = pick(random, &PLANS).into();
    }
    let quarters = random.below(40) as f64 / 4.0;
    match random.below(10) {
        0..6 => props["amount"] = quarters.into(),
        // As a CSV file brings it.
        6 => props["amount"] = quarters.to_string().into(),
        7 => props["amount"] = pick(random, &[json!("many"), json!(""), json!(null)]),
        _ => {}
    }
    props
}
