//! The funnel against a twin that was written from the rules alone and tries everything: every start, every
//! way to fill the steps, every event of a zone. Small random histories with many ties.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::twin::{self, Fate, Person, TwinEvent, TwinQuery, TwinStep, Units};
use base::Timestamp;
use insight::frame::{AT_MS_MAX, MemorySource};
use insight::funnel::{At, FunnelAnswer, funnel, funnel_from, people, plan};
use insight::query::{
    Attribution, Breakdown, BreakdownProps, Count, Entry, EventNames, Exclusion, Filter, FunnelQuery, Order, Step,
    ValueOf,
};
use insight::record::{Record, Records, Value};
use proptest::prelude::*;

/// Cases of a normal run; the environment variable asks for another number, `SUPPILO_FUNNELS=10000` for a night.
const CASES: u32 = 1_000;
const CASES_VARIABLE: &str = "SUPPILO_FUNNELS";
/// Between the numbers of two people: neighbours, those of a block, and those of others.
fn apart() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![1, 9_000, 40_000])
}

fn numbers(apart: u32) -> impl Iterator<Item = u32> {
    (0..).map(move |person| person * apart)
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![3 => Just(Order::Ordered), 2 => Just(Order::Strict), 2 => Just(Order::Unordered)]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("a"), 4 => Just("b"), 3 => Just("c"), 1 => Just("z"), 1 => Just("x"), 1 => Just("y")]
}

fn label() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![2 => Just(None), 2 => Just(Some("1")), 2 => Just(Some("2"))]
}

fn event() -> impl Strategy<Value = TwinEvent> {
    (0..14i64, name(), label(), label(), 0..4i64).prop_map(|(at_s, name, v, h, n)| TwinEvent { at_s, name, v, h, n })
}

fn step() -> impl Strategy<Value = TwinStep> {
    let names = prop_oneof![
        5 => prop::sample::select(vec!["a", "b", "c"]).prop_map(|name| vec![name]),
        1 => Just(vec!["a", "b"]),
        1 => Just(vec!["a", "b", "c"]),
    ];
    let v = prop_oneof![5 => Just(None), 1 => Just(Some("1"))];
    let window = prop::option::weighted(0.4, 1..6i64);
    (names, v, prop::bool::weighted(0.4), window).prop_map(|(names, v, optional, window_s)| TwinStep {
        names,
        v,
        optional,
        window_s,
    })
}

fn attribution() -> impl Strategy<Value = Option<Attribution>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(Attribution::FirstTouch)),
        1 => Just(Some(Attribution::LastTouch)),
        1 => Just(Some(Attribution::AllEvents)),
        2 => (0..4usize).prop_map(|step| Some(Attribution::Step(step))),
    ]
}

fn units() -> impl Strategy<Value = Units> {
    prop_oneof![
        6 => Just(Units::People),
        2 => Just(Units::Totals),
        1 => Just(Units::Sessions),
        1 => Just(Units::Prop),
    ]
}

fn question() -> impl Strategy<Value = TwinQuery> {
    let period = prop_oneof![3 => Just((None, None)), 1 => (0..5i64, 6..14i64).prop_map(|(a, b)| (Some(a), Some(b)))];
    let exclusions = prop::collection::vec((prop::sample::select(vec!["x", "y"]), 0..4usize, 0..4usize), 0..3);
    let parts = (prop::collection::vec(step(), 1..5), order(), 1..14i64, period, any::<bool>());
    let depth = (prop::bool::weighted(0.4), units(), prop::bool::weighted(0.2));
    (parts, exclusions, attribution(), prop::bool::weighted(0.2), depth).prop_map(
        |(parts, exclusions, attribution, hold, (is_flexible, units, first_ever))| {
            let (mut steps, order, window_s, (from_s, to_s), entry_only) = parts;
            let last = steps.len() - 1;
            let is_flexible = is_flexible && order == Order::Ordered;
            for (index, step) in steps.iter_mut().enumerate() {
                step.optional &= is_flexible && index > 0 && index < last;
                step.window_s = step.window_s.filter(|_| is_flexible && index > 0);
            }
            let is_flexible = steps.iter().any(|step| step.optional || step.window_s.is_some());
            let zones = exclusions.into_iter().filter(|_| last > 0 && !is_flexible);
            let zones = zones.map(|(name, from, to)| match order {
                Order::Unordered => (name, 0, last),
                _ => (name, from % last, (from % last + 1 + to).min(last)),
            });
            let attribution = attribution.map(|attribution| match attribution {
                Attribution::Step(_) if order == Order::Unordered => Attribution::Step(0),
                Attribution::Step(step) if steps[step % steps.len()].optional => Attribution::Step(last),
                Attribution::Step(step) => Attribution::Step(step % steps.len()),
                other => other,
            });
            let units = if order == Order::Ordered || units != Units::Totals { units } else { Units::People };
            TwinQuery {
                exclusions: zones.collect(),
                steps,
                order,
                window_s,
                from_s,
                to_s,
                entry_only,
                attribution,
                hold: hold && units != Units::Prop,
                units,
                first_ever: first_ever && order != Order::Unordered,
            }
        },
    )
}

/// Questions that are swept over columns: steps that share no event, and nothing held.
fn swept_question() -> impl Strategy<Value = TwinQuery> {
    let names = Just(vec!["a", "b", "c"]).prop_shuffle();
    (question(), names, 2..4usize, prop::bool::weighted(0.5)).prop_map(|(mut query, names, count, has_exclusions)| {
        let plain = |name: &'static str| TwinStep { names: vec![name], v: None, optional: false, window_s: None };
        let filters: Vec<_> = query.steps.iter().map(|step| step.v).collect();
        query.steps = names.into_iter().take(count).map(plain).collect();
        query.steps.iter_mut().zip(filters).for_each(|(step, v)| step.v = v);
        query.exclusions.retain(|_| has_exclusions);
        for (_, from, to) in &mut query.exclusions {
            (*from, *to) = if query.order == Order::Unordered {
                (0, count - 1)
            } else {
                let from = *from % (count - 1);
                (from, from + 1 + *to % (count - 1 - from))
            };
        }
        query.attribution = query.attribution.map(|attribution| match attribution {
            Attribution::Step(step) => Attribution::Step(step % count),
            other => other,
        });
        (query.hold, query.units, query.first_ever) = (false, Units::People, false);
        query
    })
}

/// With room between them, so that few share an instant.
fn swept_event() -> impl Strategy<Value = TwinEvent> {
    (0..40i64, event()).prop_map(|(at_s, event)| TwinEvent { at_s, ..event })
}

fn real_query(twin: &TwinQuery) -> FunnelQuery {
    let filter = |v: Option<&str>| -> Filter {
        serde_json::from_value(v.map_or(serde_json::json!({}), |v| serde_json::json!({ "v": v }))).unwrap()
    };
    let names = |names: &[&str]| EventNames(names.iter().map(|name| (*name).to_owned()).collect());
    let steps = twin.steps.iter().map(|step| Step {
        event: names(&step.names),
        filter: filter(step.v),
        name: None,
        optional: step.optional,
        window_s: step.window_s.map(|s| s as u64),
    });
    let exclusions = twin.exclusions.iter().map(|(name, from_step, to_step)| Exclusion {
        event: names(&[name]),
        filter: Filter::default(),
        from_step: *from_step,
        to_step: *to_step,
    });
    let breakdown = |attribution| Breakdown { prop: BreakdownProps::of("v"), attribution, top: None };
    let mut query = FunnelQuery::of(&["a"]);
    query.steps = steps.collect();
    query.order = twin.order;
    query.window_s = twin.window_s as u64;
    query.from = twin.from_s.map(|s| Timestamp::from_ms(s * 1_000));
    query.to = twin.to_s.map(|s| Timestamp::from_ms(s * 1_000));
    query.entry_only = twin.entry_only;
    query.exclusions = exclusions.collect();
    query.breakdown = twin.attribution.map(breakdown);
    query.hold = if twin.hold { vec!["h".to_owned()] } else { Vec::new() };
    query.count = match twin.units {
        Units::People => Count::People,
        Units::Totals => Count::Totals,
        Units::Sessions => Count::Sessions,
        Units::Prop => Count::Prop("h".to_owned()),
    };
    query.entry = if twin.first_ever { Entry::FirstEver } else { Entry::Any };
    query.value = (twin.order != Order::Unordered).then(|| ValueOf { prop: "n".to_owned() });
    query.reached = true;
    query.check().unwrap();
    query
}

/// Records as a log would bring them for the plan.
fn real_records(query: &FunnelQuery, persons: &[Vec<TwinEvent>], apart: u32) -> Records {
    let plan = plan(query);
    let names: Vec<Arc<str>> = ["a", "b", "c", "x", "y", "z"].map(Arc::from).into();
    let mut rows = Vec::new();
    for (person, events) in persons.iter().enumerate() {
        for (position, event) in events.iter().enumerate() {
            let value = |label: Option<&str>| label.map_or(Value::Null, |label| Value::Text(label.into()));
            let values = plan.columns.iter().map(|column| match column.as_str() {
                "v" => value(event.v),
                "n" => Value::Number(event.n as f64),
                _ => value(event.h),
            });
            let (at, person) = (Timestamp::from_ms(event.at_s * 1_000), person as u32 * apart);
            let is_wanted = plan.names.as_ref().is_none_or(|names| names.iter().any(|name| name == event.name));
            if is_wanted && plan.from.is_none_or(|from| at >= from) && plan.to.is_none_or(|to| at < to) {
                let name = names.iter().position(|name| **name == *event.name).unwrap() as u32;
                let (at_ms, position) = (at.ms(), position as u64);
                rows.push(Record { person, at_ms, position, name, values: values.collect() });
            }
        }
    }
    rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
    Records { names, rows }
}

/// How many took each step.
fn counts<'a>(steps: usize, fates: impl Iterator<Item = &'a Fate> + Clone) -> Vec<u64> {
    (0..steps).map(|step| fates.clone().filter(|fate| fate.took(step).is_some()).count() as u64).collect()
}

fn agree(twin_query: &TwinQuery, persons: &[Vec<TwinEvent>], apart: u32) -> Result<(), TestCaseError> {
    let query = real_query(twin_query);
    let records = real_records(&query, persons, apart);
    let answer = funnel(&query, &records);
    let twins: Vec<(u32, Person)> = numbers(apart)
        .zip(persons)
        .flat_map(|(person, events)| twin::units(twin_query, events).into_iter().map(move |twin| (person, twin)))
        .collect();

    let mut reached: BTreeMap<u32, u32> = BTreeMap::new();
    for (person, depth) in twins.iter().filter_map(|(person, twin)| Some((*person, twin.whole.depth()? as u32))) {
        let deepest = reached.entry(person).or_default();
        *deepest = depth.max(*deepest);
    }
    prop_assert_eq!(answer.reached.as_ref().unwrap(), &reached);
    let out = twins.iter().filter(|(_, twin)| twin.whole.is_excluded()).map(|(person, _)| *person);
    prop_assert_eq!(answer.excluded_count, out.clone().count() as u64);
    prop_assert_eq!(answer.excluded.as_ref().unwrap(), &out.collect::<BTreeSet<u32>>().into_iter().collect::<Vec<_>>());

    let steps = twin_query.steps.len();
    prop_assert_eq!(&answer.counts, &counts(steps, twins.iter().map(|(_, twin)| &twin.whole)));
    for step in 0..steps {
        // The times of every person at every step.
        let mut wanted: Vec<(u32, i64, i64)> = twins
            .iter()
            .filter_map(|(person, twin)| Some((*person, twin.whole.took(0)?, twin.whole.took(step)?)))
            .collect();
        let converted = people(&query, &records, step, At::Converted, None);
        let seconds = |at: Option<Timestamp>| at.unwrap().ms() / 1_000;
        let mut got: Vec<_> =
            converted.iter().map(|p| (p.person, seconds(p.entered_at), seconds(p.reached_at))).collect();
        wanted.sort_unstable();
        got.sort_unstable();
        prop_assert_eq!(got, wanted, "times at step {}", step);
        let lost = people(&query, &records, step, At::Dropped, None).len() as u64;
        prop_assert_eq!(lost, answer.dropped[step]);
        if query.value.is_some() {
            let tried = twins.iter().filter_map(|(_, twin)| twin.whole.tried());
            let sum: i64 = tried.filter_map(|tried| tried.amounts.get(step)).sum();
            prop_assert_eq!(answer.steps[step].value_sum, Some(sum as f64), "value at step {}", step);
        }
    }
    let mut wanted: BTreeMap<String, Vec<&Fate>> = BTreeMap::new();
    for (value, fate) in twins.iter().flat_map(|(_, twin)| &twin.by_value).filter(|(_, fate)| fate.depth().is_some()) {
        wanted.entry(value.to_string()).or_default().push(fate);
    }
    let wanted = wanted.into_iter().map(|(value, fates)| (value, counts(steps, fates.into_iter()))).collect();
    prop_assert_eq!(&answer.breakdown, &twin_query.attribution.map(|_| wanted));
    // What more is asked decides the way that columns go: with amounts row by row, without them list by list, person
    // by person or all at once.
    let without_value = FunnelQuery { value: None, ..query.clone() };
    let counts_only = FunnelQuery { reached: false, ..without_value.clone() };
    for query in [query, without_value, counts_only] {
        let records = real_records(&query, persons, apart);
        let source = MemorySource::new(&records, plan(&query).columns.len());
        let answer = Ok(funnel(&query, &records));
        for threads in [1, 2] {
            prop_assert_eq!(&funnel_from(&query, &source, threads), &answer, "{} threads", threads);
        }
    }
    Ok(())
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let asked = std::env::var(CASES_VARIABLE).ok().and_then(|number| number.parse().ok());
    config.cases = asked.unwrap_or_else(|| config.cases.max(CASES));
    config
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn the_funnel_equals_its_naive_twin(
        mut query in question(),
        mut persons in prop::collection::vec(prop::collection::vec(event(), 0..10), 1..4),
        apart in apart(),
    ) {
        if query.units == Units::Sessions {
            // In steps of ten minutes: three of them end a session.
            query.stretch(600);
            persons.iter_mut().flatten().for_each(|event| event.at_s *= 600);
        }
        agree(&query, &persons, apart)?;
    }

    #[test]
    fn sweeps_equal_the_naive_twin(
        query in swept_question(),
        persons in prop::collection::vec(prop::collection::vec(swept_event(), 0..16), 1..5),
        apart in apart(),
    ) {
        agree(&query, &persons, apart)?;
    }

    /// One person's window never reaches into the first events of the next.
    #[test]
    fn people_at_both_ends_of_time_are_kept_apart(
        mut query in swept_question(),
        persons in prop::collection::vec(prop::collection::vec(event(), 0..6), 2..4),
    ) {
        (query.from_s, query.to_s) = (None, None);
        let query = real_query(&query);
        let mut records = real_records(&query, &persons, 1);
        for row in records.rows.iter_mut().filter(|row| row.person % 2 == 0) {
            row.at_ms += AT_MS_MAX - 15_000;
        }
        let source = MemorySource::new(&records, plan(&query).columns.len());
        prop_assert_eq!(funnel_from(&query, &source, 1), Ok(funnel(&query, &records)));
    }
}

/// The window of the first person reaches, as numbers go, to what the second did in the first seconds of all.
#[test]
fn no_window_reaches_the_next_person() {
    for order in [Order::Ordered, Order::Strict, Order::Unordered] {
        let mut query = FunnelQuery::of(&["a", "b"]);
        (query.window_s, query.order, query.reached) = (7, order, true);
        let names: Vec<Arc<str>> = ["a", "b"].map(Arc::from).into();
        let row = |person, at_ms, name| Record { person, at_ms, position: 0, name, values: Default::default() };
        let rows = vec![row(0, AT_MS_MAX - 2_000, 0), row(1, 2_000, 1), row(1, 15_000, 0)];
        let records = Records { names, rows };
        let source = MemorySource::new(&records, 0);
        let answer = funnel_from(&query, &source, 1).unwrap();
        assert_eq!(answer.counts, [2, 0], "{order:?}");
        assert_eq!(answer, funnel(&query, &records));
    }
}

/// Of one instant what matches no step comes last: it breaks the attempt after a step, and is too late before one.
#[test]
fn an_event_at_the_edge_of_a_strict_gap_is_taken_in_step_order() {
    let mut query = FunnelQuery::of(&["a", "b"]);
    (query.order, query.reached) = (Order::Strict, true);
    let names: Vec<Arc<str>> = ["a", "b", "z"].map(Arc::from).into();
    let row = |person, at_ms, name| Record { person, at_ms, position: 0, name, values: Default::default() };
    for (other_ms, counts) in [(1_000, [1, 0]), (1_500, [1, 0]), (2_000, [1, 1]), (2_500, [1, 1])] {
        let mut rows = vec![row(7, 1_000, 0), row(7, 2_000, 1), row(7, other_ms, 2)];
        rows.sort_by_key(|row| row.at_ms);
        let records = Records { names: names.clone(), rows };
        let answer = funnel_from(&query, &MemorySource::new(&records, 0), 1).unwrap();
        assert_eq!(answer.counts, counts, "z at {other_ms}");
        assert_eq!(answer, funnel(&query, &records));
    }
}

/// Every history of five events that are a second or two apart or of one instant, each of a person.
fn short_histories(names: &[&str]) -> Records {
    const EVENTS: u32 = 5;
    let count = names.len() as u32;
    let mut rows = Vec::new();
    for person in 0..count.pow(EVENTS) << (EVENTS - 1) {
        let kinds = (0..EVENTS).map(|position| (person >> (EVENTS - 1)) / count.pow(position) % count);
        let leaps = (0..EVENTS).map(|position| person << 1 >> position & 1);
        let events: Vec<(u32, u32)> = kinds.zip(leaps).collect();
        // What shares an instant has no order of arrival: one order of it is enough.
        if events.windows(2).any(|pair| pair[1].1 == 0 && pair[1].0 < pair[0].0) {
            continue;
        }
        let mut at_ms = 1_000_000;
        for (position, (name, leap)) in (0..).zip(events) {
            // With a longer way to the last one windows end in between, too.
            at_ms += i64::from(leap) * if position + 1 == u64::from(EVENTS) { 2_000 } else { 1_000 };
            rows.push(Record { person, at_ms, position, name, values: Default::default() });
        }
    }
    rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
    Records { names: names.iter().map(|name| Arc::from(*name)).collect(), rows }
}

/// The people of whom two answers say something else, with what they did.
fn differing(one: &FunnelAnswer, two: &FunnelAnswer, records: &Records) -> Vec<String> {
    let (Some(one), Some(two)) = (&one.reached, &two.reached) else { return Vec::new() };
    let mut people = records.rows.chunk_by(|one, two| one.person == two.person).map(|rows| (rows[0].person, rows));
    let differing = people.by_ref().filter(|(person, _)| one.get(person) != two.get(person)).take(5);
    let told = differing.map(|(person, rows)| {
        let event = |row: &Record| format!("{}@{}", records.names[row.name as usize], row.at_ms / 1_000);
        format!("{:?}: {:?} or {:?}", rows.iter().map(event).collect::<Vec<_>>(), one.get(&person), two.get(&person))
    });
    told.collect()
}

/// Random histories seldom are what a rule needs to be seen: these are all that are short.
#[test]
fn every_short_history_is_swept_by_the_rules() {
    type Zones = &'static [(&'static str, usize, usize)];
    let records = short_histories(&["a", "b", "c", "x", "y"]);
    let source = MemorySource::new(&records, 0);
    let questions: [(Order, Zones); 9] = [
        (Order::Strict, &[]),
        (Order::Unordered, &[]),
        (Order::Ordered, &[]),
        (Order::Ordered, &[("x", 0, 1)]),
        (Order::Ordered, &[("x", 1, 2)]),
        (Order::Ordered, &[("x", 0, 2)]),
        (Order::Ordered, &[("x", 0, 1), ("y", 1, 2)]),
        (Order::Ordered, &[("x", 0, 2), ("y", 0, 1)]),
        (Order::Ordered, &[("x", 1, 2), ("y", 1, 2)]),
    ];
    for (order, zones) in questions {
        for window_s in [2, 100] {
            let mut query = FunnelQuery::of(&["a", "b", "c"]);
            (query.order, query.window_s, query.reached) = (order, window_s, true);
            let exclusion = |(name, from_step, to_step): &(&str, usize, usize)| Exclusion {
                event: EventNames(vec![(*name).to_owned()]),
                filter: Filter::default(),
                from_step: *from_step,
                to_step: *to_step,
            };
            query.exclusions = zones.iter().map(exclusion).collect();
            let walked = funnel(&query, &records);
            let swept = funnel_from(&query, &source, 2).unwrap();
            assert_eq!(differing(&swept, &walked, &records), [""; 0], "{order:?} {zones:?} {window_s}");
            assert!(swept == walked, "{order:?} {zones:?} {window_s}");
            query.reached = false;
            let counted = FunnelAnswer { reached: None, excluded: None, ..walked };
            assert!(funnel_from(&query, &source, 2).unwrap() == counted, "{order:?} {zones:?} {window_s}");
        }
    }
}
