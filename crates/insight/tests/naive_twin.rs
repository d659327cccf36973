//! The funnel against a twin that was written from the rules alone and tries everything: every start, every
//! way to fill the steps, every event of a zone. Small random histories with many ties.

mod twin;

use std::collections::BTreeMap;
use std::sync::Arc;

use base::Timestamp;
use insight::frame::MemorySource;
use insight::funnel::{At, funnel, funnel_from, people, plan};
use insight::query::{Attribution, Breakdown, BreakdownProps, EventNames, Exclusion, Filter, FunnelQuery, Order, Step};
use insight::record::{Record, Records, Value};
use proptest::prelude::*;
use twin::{Person, TwinEvent, TwinQuery, TwinStep};

/// Cases of a normal run; `PROPTEST_CASES` asks for more.
const CASES: u32 = 1_000;
/// Between the numbers of two people, so that some share a block of columns and others do not.
const APART: u32 = 40_000;

fn numbers() -> impl Iterator<Item = u32> {
    (0..).map(|person| person * APART)
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
    (0..14i64, name(), label(), label()).prop_map(|(at_s, name, v, h)| TwinEvent { at_s, name, v, h })
}

fn step() -> impl Strategy<Value = TwinStep> {
    let names = prop_oneof![
        5 => prop::sample::select(vec!["a", "b", "c"]).prop_map(|name| vec![name]),
        1 => Just(vec!["a", "b"]),
        1 => Just(vec!["a", "b", "c"]),
    ];
    let v = prop_oneof![5 => Just(None), 1 => Just(Some("1"))];
    (names, v).prop_map(|(names, v)| TwinStep { names, v })
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

fn question() -> impl Strategy<Value = TwinQuery> {
    let period = prop_oneof![3 => Just((None, None)), 1 => (0..5i64, 6..14i64).prop_map(|(a, b)| (Some(a), Some(b)))];
    let exclusions = prop::collection::vec((prop::sample::select(vec!["x", "y"]), 0..4usize, 0..4usize), 0..3);
    let parts = (prop::collection::vec(step(), 1..5), order(), 1..14i64, period, any::<bool>());
    (parts, exclusions, attribution(), prop::bool::weighted(0.2)).prop_map(|(parts, exclusions, attribution, hold)| {
        let (steps, order, window_s, (from_s, to_s), entry_only) = parts;
        let last = steps.len() - 1;
        let zones = exclusions.into_iter().filter(|_| last > 0).map(|(name, from, to)| match order {
            Order::Unordered => (name, 0, last),
            _ => (name, from % last, (from % last + 1 + to).min(last)),
        });
        let attribution = attribution.map(|attribution| match attribution {
            Attribution::Step(_) if order == Order::Unordered => Attribution::Step(0),
            Attribution::Step(step) => Attribution::Step(step % steps.len()),
            other => other,
        });
        TwinQuery { exclusions: zones.collect(), steps, order, window_s, from_s, to_s, entry_only, attribution, hold }
    })
}

fn real_query(twin: &TwinQuery) -> FunnelQuery {
    let filter = |v: Option<&str>| -> Filter {
        serde_json::from_value(v.map_or(serde_json::json!({}), |v| serde_json::json!({ "v": v }))).unwrap()
    };
    let names = |names: &[&str]| EventNames(names.iter().map(|name| (*name).to_owned()).collect());
    let steps = twin.steps.iter().map(|step| Step { event: names(&step.names), filter: filter(step.v), ..Step::of("") });
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
    query.reached = true;
    query.check().unwrap();
    query
}

/// Records as a log would bring them for the plan.
fn real_records(query: &FunnelQuery, persons: &[Vec<TwinEvent>]) -> Records {
    let plan = plan(query);
    let names: Vec<Arc<str>> = ["a", "b", "c", "x", "y", "z"].map(Arc::from).into();
    let mut rows = Vec::new();
    for (person, events) in persons.iter().enumerate() {
        for (position, event) in events.iter().enumerate() {
            let value = |label: Option<&str>| label.map_or(Value::Null, |label| Value::Text(label.into()));
            let values = plan.columns.iter().map(|column| match column.as_str() {
                "v" => value(event.v),
                _ => value(event.h),
            });
            let (at, person) = (Timestamp::from_ms(event.at_s * 1_000), person as u32 * APART);
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

fn counts(steps: usize, depths: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut counts = vec![0; steps];
    depths.for_each(|depth| counts[..depth].iter_mut().for_each(|count| *count += 1));
    counts
}

fn agree(twin_query: &TwinQuery, persons: &[Vec<TwinEvent>]) -> Result<(), TestCaseError> {
    let query = real_query(twin_query);
    let records = real_records(&query, persons);
    let answer = funnel(&query, &records);
    let twins: Vec<Person> = persons.iter().map(|events| twin::person(twin_query, events)).collect();

    let reached: BTreeMap<u32, u32> =
        numbers().zip(&twins).filter_map(|(person, twin)| Some((person, twin.whole.depth()? as u32))).collect();
    prop_assert_eq!(answer.reached.as_ref().unwrap(), &reached);
    let excluded: Vec<u32> =
        numbers().zip(&twins).filter(|(_, twin)| twin.whole.is_excluded()).map(|(person, _)| person).collect();
    prop_assert_eq!(answer.excluded.as_ref().unwrap(), &excluded);

    let steps = twin_query.steps.len();
    prop_assert_eq!(&answer.counts, &counts(steps, twins.iter().filter_map(|twin| twin.whole.depth())));
    for step in 0..steps {
        // The times of every person at every step.
        let mut wanted: Vec<(u32, i64, i64)> = numbers()
            .zip(&twins)
            .filter_map(|(person, twin)| Some((person, twin.whole.times()?[0], *twin.whole.times()?.get(step)?)))
            .collect();
        let converted = people(&query, &records, step, At::Converted, None);
        let seconds = |at: Option<Timestamp>| at.unwrap().ms() / 1_000;
        let mut got: Vec<_> =
            converted.iter().map(|p| (p.person, seconds(p.entered_at), seconds(p.reached_at))).collect();
        wanted.sort_unstable();
        got.sort_unstable();
        prop_assert_eq!(got, wanted, "times at step {}", step);
    }
    let mut wanted: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (value, outcome) in twins.iter().flat_map(|twin| &twin.by_value) {
        if let Some(depth) = outcome.depth() {
            let sums = wanted.entry(value.to_string()).or_insert_with(|| vec![0; steps]);
            sums[..depth].iter_mut().for_each(|count| *count += 1);
        }
    }
    prop_assert_eq!(&answer.breakdown, &twin_query.attribution.map(|_| wanted));
    for threads in [1, 2] {
        let source = MemorySource::new(&records, plan(&query).columns.len());
        prop_assert_eq!(funnel_from(&query, &source, threads), Ok(answer.clone()), "{} threads", threads);
    }
    Ok(())
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    config.cases = config.cases.max(CASES);
    config
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn the_funnel_equals_its_naive_twin(
        query in question(),
        persons in prop::collection::vec(prop::collection::vec(event(), 0..10), 1..4),
    ) {
        agree(&query, &persons)?;
    }
}
