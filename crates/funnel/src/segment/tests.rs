use std::collections::{BTreeMap, BTreeSet};

use base::{Id, Timestamp, id};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::condition::tests::any_condition;
use crate::condition::{EventTest, FieldTest, Seen, Subject, Test};
use crate::document::Duration;
use crate::score::{ConditionPoints, Engagement, EventPoints, Recency, Scoring, Trust, rate};

const START: i64 = 1_774_700_000_000;
const SEGMENTS: usize = 4;
const CONTACTS: u32 = 4;

fn segment(number: usize) -> Id<id::Segment> {
    Id::from_uuid(format!("01890000-0000-7000-8000-00000000000{number}").parse().unwrap())
}

fn scoring() -> Scoring {
    let points =
        |did: &str, points, at_most| EventPoints { did: did.to_owned(), conditions: BTreeMap::new(), points, at_most };
    let known = Condition::Field(FieldTest { field: "contact.a".to_owned(), tests: vec![Test::Known(true)] });
    let lately = Condition::Event(EventTest { within: Some(Duration::days(3)), ..EventTest::of("C") });
    Scoring {
        recency: Recency { weight: 35, half_life: Duration::days(2), events: Vec::new() },
        engagement: Engagement {
            weight: 45,
            half_life: Duration::days(3),
            full_at: 20,
            points: vec![points("A", 4, Some(9)), points("B", 7, None)],
        },
        trust: Trust {
            weight: 20,
            full_at: 20,
            points: vec![ConditionPoints { when: known, points: 6 }, ConditionPoints { when: lately, points: 11 }],
        },
        warm_from: 30,
        hot_from: 60,
    }
}

/// What happens to an audience.
#[derive(Debug, Clone)]
enum Step {
    Contact { who: u32, person: Option<u32>, zone: Option<usize> },
    Gone(u32),
    Field { who: u32, name: char, value: Value },
    Deals { who: u32, stages: Vec<u8> },
    Event { person: u32, name: char, hours_ago: i64, n: i64 },
    Join { from: u32, into: u32 },
    Wait { minutes: i64 },
    Rule { number: usize, rule: Condition },
    Choose { who: u32, is_in: bool },
}

const ZONES: [&str; 3] = ["Europe/Oslo", "America/New_York", "Pacific/Kiritimati"];

/// Segment 0 is chosen by hand; a rule may ask for those before it.
fn any_rule(number: usize) -> impl Strategy<Value = Condition> {
    let deal = (0u8..3).prop_map(|stage| {
        let test = FieldTest { field: "deal.stage".to_owned(), tests: vec![Test::Is(Value::from(stage))] };
        Condition::Deal(Box::new(Condition::Field(test)))
    });
    let of_field = |field: &str, test| Condition::Field(FieldTest { field: field.to_owned(), tests: vec![test] });
    let score = (any::<bool>(), 0i64..80).prop_map(move |(is_score, least)| match is_score {
        true => of_field(SCORE_FIELD, Test::AtLeast(least.into())),
        false => of_field(TEMPERATURE_FIELD, Test::Is("warm".into())),
    });
    let other = (0..number).prop_map(|other| Condition::Segment(segment(other)));
    let leaf = prop_oneof![4 => any_condition(), 1 => deal, 1 => score, 1 => other];
    prop::collection::vec(leaf, 1..3).prop_map(Condition::All)
}

fn any_step() -> impl Strategy<Value = Step> {
    let who = 0..CONTACTS;
    let person = 0u32..6;
    prop_oneof![
        2 => (who.clone(), prop::option::of(person.clone()), prop::option::of(0usize..3))
            .prop_map(|(who, person, zone)| Step::Contact { who, person, zone }),
        1 => who.clone().prop_map(Step::Gone),
        2 => (who.clone(), prop::char::range('a', 'c'), prop_oneof![Just(Value::Null), (-5i64..5).prop_map(Value::from)])
            .prop_map(|(who, name, value)| Step::Field { who, name, value }),
        1 => (who.clone(), prop::collection::vec(0u8..3, 0..3)).prop_map(|(who, stages)| Step::Deals { who, stages }),
        8 => (person.clone(), prop::char::range('A', 'C'), -40i64..240, -2i64..6)
            .prop_map(|(person, name, hours_ago, n)| Step::Event { person, name, hours_ago, n }),
        1 => (person.clone(), person).prop_map(|(from, into)| Step::Join { from, into }),
        4 => (1i64..3_000).prop_map(|minutes| Step::Wait { minutes }),
        2 => (1..SEGMENTS).prop_flat_map(|number| any_rule(number).prop_map(move |rule| Step::Rule { number, rule })),
        1 => (who, any::<bool>()).prop_map(|(who, is_in)| Step::Choose { who, is_in }),
    ]
}

/// Somebody, as the naive twin knows them.
#[derive(Debug, Clone, Default)]
struct Known {
    is_there: bool,
    person: Option<u32>,
    zone: Option<usize>,
    fields: Map<String, Value>,
    deals: Vec<Map<String, Value>>,
}

/// All that was ever told, and everything asked of it anew each time.
#[derive(Debug, Default)]
struct Twin {
    known: [Known; CONTACTS as usize],
    events: Vec<(u32, Seen)>,
    rules: BTreeMap<usize, Condition>,
    chosen: BTreeSet<u32>,
    into: BTreeMap<u32, u32>,
    now: i64,
}

impl Twin {
    fn person(&self, person: u32) -> u32 {
        self.into.get(&person).map_or(person, |into| self.person(*into))
    }

    /// The segments of a contact; none where a score is so near a whole number that fractions decide.
    fn segments(&self, who: u32) -> Option<Vec<usize>> {
        let known = &self.known[who as usize];
        if !known.is_there {
            return Some(Vec::new());
        }
        let person = known.person.map(|person| self.person(person));
        let is_theirs = |event: &&(u32, Seen)| Some(self.person(event.0)) == person;
        let events: Vec<Seen> = self.events.iter().filter(is_theirs).map(|(_, seen)| seen.clone()).collect();
        let zone = TimeZone::get(known.zone.map_or("Asia/Kathmandu", |zone| ZONES[zone])).unwrap();
        let mut fields = known.fields.clone();
        let now = Timestamp::from_ms(self.now);
        let score = rate(&scoring(), &Subject { zone: &zone, ..Subject::new(&known.fields, &events, now) });
        let sum: f64 = score.parts.iter().map(|part| part.points).sum();
        let asks_score = self.rules.values().any(|rule| rule.fields().iter().any(|field| field.starts_with("metric.")));
        if asks_score && (sum - sum.round()).abs() < 1e-6 && sum > 1e-6 {
            return None;
        }
        fields.insert(SCORE_FIELD.to_owned(), score.points.into());
        fields.insert(TEMPERATURE_FIELD.to_owned(), score.temperature.as_str().into());
        let mut places: Vec<usize> = self.chosen.contains(&who).then_some(0).into_iter().collect();
        for (number, rule) in &self.rules {
            let segments: Vec<_> = places.iter().map(|place| segment(*place)).collect();
            let of_events = Subject::new(&fields, &events, now);
            let subject = Subject { deals: &known.deals, segments: &segments, zone: &zone, ..of_events };
            if rule.is_met(&subject) {
                places.push(*number);
            }
        }
        Some(places)
    }
}

/// The two side by side.
struct Both {
    audience: Audience,
    twin: Twin,
}

impl Both {
    fn new() -> Self {
        let mut audience = Audience::new(scoring(), TimeZone::get("Asia/Kathmandu").unwrap());
        audience.put(&Definition { id: segment(0), rule: None }).unwrap();
        Self { audience, twin: Twin { now: START, ..Twin::default() } }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.twin.now)
    }

    /// What a keeper of an audience does after the rules have changed.
    fn gather(&mut self) {
        let now = self.now();
        let missing: Vec<(usize, Look, Option<Timestamp>)> =
            self.audience.missing_looks(now).into_iter().map(|(at, look, since)| (at, look.clone(), since)).collect();
        for (at, look, since) in missing {
            let told = self.twin.events.iter().filter(|(_, seen)| since.is_none_or(|since| seen.at >= since));
            let deeds: Vec<Deed> =
                told.filter_map(|(person, seen)| look.deed(self.twin.person(*person), seen)).collect();
            let mut gathering = self.audience.gathering(at, now);
            gathering.add(deeds);
            self.audience.finish(gathering);
        }
        self.audience.missing_fields();
        for (who, known) in (0u32..).zip(&self.twin.known) {
            self.audience.set_fields(who, &known.fields);
            self.audience.set_deals(who, &known.deals);
        }
    }

    fn step(&mut self, step: &Step) {
        let now = self.now();
        let Self { audience, twin } = self;
        match step {
            Step::Contact { who, person, zone } => {
                let person = person.map(|person| twin.person(person));
                let known = &mut twin.known[*who as usize];
                (known.is_there, known.person, known.zone) = (true, person, *zone);
                audience.set_contact(*who, person, zone.map(|zone| ZONES[zone]));
                audience.set_fields(*who, &known.fields);
                audience.set_deals(*who, &known.deals);
                audience.look_again(*who, now);
            }
            Step::Gone(who) => {
                twin.known[*who as usize] = Known::default();
                twin.chosen.remove(who);
                audience.remove_contact(*who);
                audience.set_fields(*who, &Map::new());
                audience.look_again(*who, now);
            }
            Step::Field { who, name, value } => {
                let fields = &mut twin.known[*who as usize].fields;
                fields.insert(format!("contact.{name}"), value.clone());
                audience.set_fields(*who, fields);
                audience.look_again(*who, now);
            }
            Step::Deals { who, stages } => {
                let deal = |stage: &u8| json!({"deal.stage": stage}).as_object().cloned().unwrap();
                twin.known[*who as usize].deals = stages.iter().map(deal).collect();
                audience.set_deals(*who, &twin.known[*who as usize].deals);
                audience.look_again(*who, now);
            }
            Step::Event { person, name, hours_ago, n } => {
                let at = now.plus_ms(-hours_ago * 3_600_000);
                let props = json!({"n": n, "o": n % 3}).as_object().cloned().unwrap();
                let seen = Seen { name: name.to_string(), at, props };
                let person = twin.person(*person);
                twin.events.push((person, seen.clone()));
                audience.take(person, &seen, now, |_| true);
            }
            Step::Join { from, into } => {
                let (from, into) = (twin.person(*from), twin.person(*into));
                if from != into {
                    twin.into.insert(from, into);
                    audience.join(from, into, now);
                }
            }
            Step::Wait { minutes } => {
                twin.now += minutes * 60_000;
                audience.tick(Timestamp::from_ms(twin.now));
            }
            Step::Rule { number, rule } => {
                let place = audience.put(&Definition { id: segment(*number), rule: Some(rule.clone()) });
                // A rule may ask for one that is not there yet: then all stays as it was.
                if let Ok(place) = place {
                    twin.rules.insert(*number, rule.clone());
                    self.gather();
                    self.audience.look_at_all(place, now);
                }
            }
            Step::Choose { who, is_in } => {
                let is_there = twin.known[*who as usize].is_there;
                if *is_in && is_there {
                    twin.chosen.insert(*who)
                } else {
                    twin.chosen.remove(who)
                };
                audience.choose(0, *who, *is_in);
                audience.look_again(*who, now);
            }
        }
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        for who in 0..CONTACTS {
            let Some(wanted) = self.twin.segments(who) else { continue };
            let is_in =
                |number: &usize| self.audience.place(segment(*number)).is_some_and(|at| self.audience.is_in(at, who));
            let found: Vec<usize> = (0..SEGMENTS).filter(is_in).collect();
            prop_assert_eq!(found, wanted, "contact {} at {}", who, self.now());
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever happens in whatever order: who is in a segment is what its rule says of all that is known.
    #[test]
    fn following_finds_what_asking_anew_finds(steps in prop::collection::vec(any_step(), 1..40)) {
        let mut both = Both::new();
        for step in &steps {
            both.step(step);
            both.compare()?;
        }
    }

    /// Nothing changes before the moment at which the audience says that something may.
    #[test]
    fn it_knows_when_to_look_again(steps in prop::collection::vec(any_step(), 1..30)) {
        let mut both = Both::new();
        steps.iter().for_each(|step| both.step(step));
        for _ in 0..5 {
            let Some(due) = both.audience.next_due() else { break };
            both.twin.now = both.twin.now.max(due.ms() - 1);
            both.compare()?;
            both.twin.now = both.twin.now.max(due.ms());
            both.audience.tick(both.now());
            both.compare()?;
        }
    }
}

fn rule(text: &str) -> Condition {
    serde_yaml_ng::from_str(text).unwrap()
}

#[test]
fn who_was_active_in_7_days_leaves_when_the_seventh_day_ends_where_they_live() {
    let mut both = Both::new();
    let at = "2026-03-24T09:00:00Z".parse::<Timestamp>().unwrap();
    both.twin.now = at.ms();
    for (who, zone) in [(0, 0), (1, 1)] {
        both.step(&Step::Contact { who, person: Some(who), zone: Some(zone) });
    }
    both.step(&Step::Rule { number: 1, rule: rule("{ did: A, in_last: 7 days }") });
    for person in [0, 1] {
        both.step(&Step::Event { person, name: 'A', hours_ago: 0, n: 1 });
    }
    // In Oslo clocks go forward on the 29th: the seventh day ends at 22:00 UTC instead of 23:00.
    let ends = ["2026-03-30T22:00:00Z", "2026-03-31T04:00:00Z"].map(|text| text.parse::<Timestamp>().unwrap());
    let before = both.audience.tick(ends[0].plus_ms(-1));
    assert_eq!(before, []);
    let left = both.audience.tick(ends[0]);
    assert_eq!(left, [Moved { segment: 1, who: 0, is_in: false }]);
    assert_eq!(both.audience.tick(ends[1].plus_ms(-1)), []);
    assert_eq!(both.audience.tick(ends[1]), [Moved { segment: 1, who: 1, is_in: false }]);
    assert_eq!(both.audience.next_due(), None);
}

#[test]
fn rules_that_hang_on_themselves_or_on_nothing_are_refused() {
    let mut audience = Audience::new(scoring(), TimeZone::UTC);
    let of = |number: usize| Condition::Not(Box::new(Condition::Segment(segment(number))));
    let mut put = |number, rule| audience.put(&Definition { id: segment(number), rule: Some(rule) });
    assert_eq!(put(1, of(2)), Err(Fault::Unknown(segment(2))));
    assert_eq!(put(1, of(1)), Err(Fault::Cycle(segment(1))));
    assert_eq!(put(1, rule("all: []")), Ok(0));
    assert_eq!(put(2, of(1)), Ok(1));
    assert_eq!(put(3, of(2)), Ok(2));
    assert_eq!(put(1, of(3)), Err(Fault::Cycle(segment(1))));
    assert_eq!(put(1, rule("{ did: A, in_last: 5000 days }")), Err(Fault::TooFar));
    let far = put(1, rule("{ field: deal.stage, is: won }")).unwrap_err().to_string();
    assert!(far.contains("deal.stage"), "{far}");
}
