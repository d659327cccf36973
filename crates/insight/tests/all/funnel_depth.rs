//! What funnels answer beside their counts: values, pairs of properties, conversion over time and by when people
//! entered, a second period. What a person's attempt is, the naive twin says; these take the people as given.

use std::convert::Infallible;
use std::sync::Arc;

use base::Timestamp;
use insight::frame::MemorySource;
use insight::funnel::{At, PersonAtStep, funnel, people};
use insight::people::{PeopleQuery, Place};
use insight::query::{FunnelQuery, Query};
use insight::record::{Plan, Record, Records, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// 2026-03-20T00:00:00Z; the clock changes in Oslo nine days later.
const T0_MS: i64 = 1_773_964_800_000;
const HOUR_MS: i64 = 3_600_000;
const APART: u32 = 40_000;

/// Who, when in hours, what, and its properties `v`, `w` and `n`.
type Row = (u32, i64, &'static str, Option<&'static str>, Option<&'static str>, i32);

fn text(at_ms: i64) -> String {
    Timestamp::from_ms(at_ms).to_string()
}

fn hour(hour: i64) -> String {
    text(T0_MS + hour * HOUR_MS)
}

fn records(plan: &Plan, rows: &[Row]) -> Records {
    let names: Vec<Arc<str>> = ["a", "b", "c"].map(Arc::from).into();
    let mut found = Vec::new();
    for (position, (person, hour, name, v, w, n)) in rows.iter().enumerate() {
        let at_ms = T0_MS + hour * HOUR_MS;
        let is_named = plan.names.as_ref().is_none_or(|names| names.iter().any(|known| known == name));
        let is_inside = plan.from.is_none_or(|from| at_ms >= from.ms()) && plan.to.is_none_or(|to| at_ms < to.ms());
        if !is_named || !is_inside {
            continue;
        }
        let label = |label: &Option<&str>| label.map_or(Value::Null, |label| Value::Text(label.into()));
        let values = plan.columns.iter().map(|column| match column.as_str() {
            "v" => label(v),
            "w" => label(w),
            _ => Value::Number(f64::from(*n) / 10.0),
        });
        let name = names.iter().position(|known| **known == **name).unwrap() as u32;
        let (person, position) = (person * APART, position as u64);
        found.push(Record { person, at_ms, position, name, values: values.collect() });
    }
    found.sort_by_key(|row| (row.person, row.at_ms, row.position));
    Records { names, rows: found }
}

/// The answer, the same from records and from columns.
fn ask(body: Json, rows: &[Row]) -> Json {
    let answer = Query::parse(body).unwrap().answer_with(|query| {
        let records = records(&query.plan(), rows);
        let answer = query.answer(&records);
        let source = MemorySource::new(&records, query.plan().columns.len());
        for threads in [1, 3] {
            assert_eq!(query.answer_from(&source, threads), Ok(answer.clone()), "{query:?}");
        }
        Ok::<_, Infallible>(answer)
    });
    serde_json::to_value(answer.unwrap()).unwrap()
}

fn row() -> impl Strategy<Value = Row> {
    let label = || prop::sample::select(vec![None, Some("x"), Some("y"), Some("[\"x\",\"y\"]")]);
    (0..6u32, 0..400i64, prop::sample::select(vec!["a", "b", "c"]), label(), label(), -50..100i32)
}

/// A funnel of three steps, the second of which may sometimes be skipped.
fn body() -> impl Strategy<Value = Json> {
    let count = prop::sample::select(vec![json!("people"), json!("totals"), json!("sessions"), json!({"prop": "v"})]);
    let now = prop::option::of(150..500i64);
    (any::<bool>(), count, any::<bool>(), 1..120i64, now).prop_map(|(optional, count, entry_only, window, now)| {
        let mut body = json!({"steps": [{"event": "a"}, {"event": "b", "optional": optional}, {"event": "c"}],
            "count": count, "entry_only": entry_only, "window_s": window * 3_600,
            "from": hour(30), "to": hour(350)});
        if let Some(now) = now {
            body["now"] = json!(hour(now));
        }
        body
    })
}

/// Everybody who entered, with the last required step they took and when they took the third.
fn entered(query: &FunnelQuery, rows: &[Row]) -> Vec<(i64, Option<i64>)> {
    let records = records(&insight::funnel::plan(query), rows);
    let of = |step| people(query, &records, step, At::Converted, None);
    let mut through: Vec<PersonAtStep> = of(2);
    let ms = |at: Option<Timestamp>| at.unwrap().ms();
    let entry = |person: PersonAtStep| {
        let is_same = |other: &PersonAtStep| (other.person, other.entered_at) == (person.person, person.entered_at);
        // Two attempts of a person may begin in one instant: each is taken once.
        let done = through.iter().position(is_same).map(|place| ms(through.remove(place).reached_at));
        (ms(person.entered_at), done)
    };
    of(0).into_iter().map(entry).collect()
}

/// Until when a person was seen.
fn known_until(query: &FunnelQuery) -> i64 {
    let now = query.now.map_or(i64::MAX, Timestamp::ms);
    if query.entry_only { now } else { now.min(query.to.unwrap().ms()) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_period_has_those_who_entered_in_it(
        rows in prop::collection::vec(row(), 0..60),
        mut body in body(),
        interval in prop::sample::select(vec!["day", "week", "month"]),
    ) {
        body["trend"] = json!({"interval": interval, "time_zone": "Europe/Oslo"});
        let query = FunnelQuery::parse(body.clone()).unwrap();
        let given = ask(body, &rows);
        let points = given["trend"].as_array().unwrap();
        let starts: Vec<i64> = points
            .iter()
            .map(|point| point["start"].as_str().unwrap().parse::<Timestamp>().unwrap().ms())
            .collect();
        let window_ms = query.window_s as i64 * 1_000;
        let entered = entered(&query, &rows);
        for (index, point) in points.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(i64::MAX);
            let mine: Vec<_> = entered.iter().filter(|(at, _)| (starts[index]..end).contains(at)).collect();
            let done = mine.iter().filter(|(_, done)| done.is_some()).count();
            prop_assert_eq!((&point["counts"][0], &point["counts"][2]), (&json!(mine.len()), &json!(done)));
            let conversion = (!mine.is_empty()).then(|| done as f64 / mine.len() as f64);
            prop_assert_eq!(point["conversion"].as_f64(), conversion);
            let under_way =
                mine.iter().any(|(at, done)| done.is_none() && known_until(&query).saturating_sub(window_ms) <= *at);
            prop_assert_eq!(&point["is_unfinished"], &json!(under_way));
            let place = Place { step: Some(2), at: Some(Timestamp::from_ms(starts[index])), ..Place::default() };
            let people = PeopleQuery::new(Query::Funnel(query.clone()), &place).unwrap();
            let records = records(people.plan(), &rows);
            prop_assert_eq!(people.answer(&records, 0).total, done);
        }
        for step in 0..3 {
            let sum: u64 = points.iter().map(|point| point["counts"][step].as_u64().unwrap()).sum();
            prop_assert_eq!(&given["counts"][step], &json!(sum));
        }
    }

    #[test]
    fn conversion_grows_as_kaplan_and_meier_say(rows in prop::collection::vec(row(), 0..60), mut body in body()) {
        body["survival"] = json!(true);
        let query = FunnelQuery::parse(body.clone()).unwrap();
        let given = ask(body, &rows);
        let window_ms = query.window_s as i64 * 1_000;
        let seen: Vec<(i64, bool)> = entered(&query, &rows)
            .into_iter()
            .map(|(at, done)| match done {
                Some(done) => (done - at, true),
                None => (known_until(&query).saturating_sub(at).clamp(0, window_ms), false),
            })
            .collect();
        let (mut stays, mut median) = (1.0, None);
        let mut points = given["survival"]["points"].as_array().unwrap().iter().peekable();
        if let Some(first) = points.next_if(|first| first["converted"] == 0.0) {
            prop_assert_eq!((&first["s"], &first["at_risk"]), (&json!(0.0), &json!(seen.len())));
        }
        let mut times: Vec<i64> = seen.iter().filter(|(_, done)| *done).map(|(ms, _)| *ms).collect();
        times.sort_unstable();
        times.dedup();
        for at in times {
            let there = seen.iter().filter(|(ms, _)| *ms >= at).count();
            let done = seen.iter().filter(|(ms, done)| *ms == at && *done).count();
            stays *= 1.0 - done as f64 / there as f64;
            let point = points.next().unwrap();
            prop_assert_eq!((&point["s"], &point["at_risk"]), (&json!(at as f64 / 1_000.0), &json!(there)));
            prop_assert!((point["converted"].as_f64().unwrap() - (1.0 - stays)).abs() < 1e-9);
            median = median.or((stays <= 0.5 + 1e-9).then_some(at as f64 / 1_000.0));
        }
        prop_assert!(points.next().is_none());
        prop_assert_eq!(given["survival"]["median_s"].as_f64(), median);
    }

    /// Two properties are split by as one is that holds both texts.
    #[test]
    fn a_pair_of_properties_is_one_value(
        rows in prop::collection::vec(row(), 0..60),
        attribution in prop::sample::select(vec!["first_touch", "last_touch", "all_events", "step:0", "step:2"]),
        order in prop::sample::select(vec!["ordered", "strict"]),
    ) {
        let pair = |v: Option<&str>, w: Option<&str>| json!([v.unwrap_or(""), w.unwrap_or("")]).to_string();
        let joined = |(person, at, name, v, w, n): Row| {
            let both: &'static str = if v.is_none() && w.is_none() { "" } else { pair(v, w).leak() };
            (person, at, name, Some(both).filter(|both| !both.is_empty()), None, n)
        };
        let body = |prop: Json| json!({"steps": [{"event": "a"}, {"event": "b"}, {"event": "c"}], "order": order,
            "breakdown": {"prop": prop, "attribution": attribution, "top": 3}, "window_s": 360_000,
            "value": {"prop": "n"}});
        let given = ask(body(json!(["v", "w"])), &rows);
        let mut wanted = ask(body(json!("v")), &rows.into_iter().map(joined).collect::<Vec<_>>());
        let breakdown = wanted["breakdown"].as_object_mut().unwrap();
        if let Some(none) = breakdown.remove("") {
            breakdown.insert("[\"\",\"\"]".to_owned(), none);
        }
        prop_assert_eq!(&given["breakdown"], &wanted["breakdown"]);
        prop_assert_eq!(&given["rest"], &wanted["rest"]);
        prop_assert_eq!(&given["steps"], &wanted["steps"]);
        for line in given["breakdown_steps"].as_array().unwrap() {
            prop_assert_eq!(&line["value"], &json!(line["values"].to_string()));
            prop_assert_eq!(&given["breakdown"][line["value"].as_str().unwrap()], &line["counts"]);
        }
    }

    /// A second period is answered as if it were asked for alone.
    #[test]
    fn a_second_period_is_the_same_question(
        rows in prop::collection::vec(row(), 0..60),
        mut funnel in body(),
        kind in 0..3usize,
    ) {
        let (from, to) = (hour(0), hour(200));
        let mut body = match kind {
            0 => {
                funnel["survival"] = json!(true);
                funnel["trend"] = json!({});
                funnel
            }
            1 => json!({"insight": "trend", "event": "a", "from": hour(100), "to": hour(300), "moving_average": 2}),
            _ => json!({"insight": "retention", "event": "a", "from": hour(100), "period": "day", "periods": 4}),
        };
        let first = ask(body.clone(), &rows);
        let mut other = body.clone();
        other["from"] = json!(from);
        if kind < 2 {
            other["to"] = json!(to);
        }
        let mut second = ask(other, &rows);
        body["compare"] = json!({"from": from, "to": to});
        let mut both = ask(body, &rows);
        second.as_object_mut().unwrap().remove("insight");
        prop_assert_eq!(both.as_object_mut().unwrap().remove("compared").unwrap(), second);
        for step in both.get_mut("steps").and_then(Json::as_array_mut).into_iter().flatten() {
            step.as_object_mut().unwrap().retain(|key, _| !key.starts_with("change"));
        }
        prop_assert_eq!(both, first);
    }
}

fn simple(events: &[(u32, i64, &'static str, i32)]) -> Vec<Row> {
    events.iter().map(|(person, hour, name, n)| (*person, *hour, *name, None, None, *n)).collect()
}

#[test]
fn an_optional_step_is_no_leak_and_the_next_step_counts_from_it() {
    let rows = simple(&[
        (1, 0, "a", 0),
        (1, 1, "b", 25),
        (1, 4, "c", 100),
        (2, 0, "a", 0),
        (2, 2, "c", 50),
        (3, 0, "a", 0),
        (3, 5, "b", 10),
        (4, 0, "a", 0),
    ]);
    let given = ask(
        json!({"steps": [{"event": "a"}, {"event": "b", "optional": true}, {"event": "c"}], "value": {"prop": "n"}}),
        &rows,
    );
    assert_eq!(given["counts"], json!([4, 2, 2]));
    assert_eq!(given["dropped"], json!([0, 0, 2]));
    assert_eq!(given["conversion_from_prev"], json!([1.0, 0.5, 0.5]));
    // b after 1 and 5 hours; c 3 hours after b, and 2 after a.
    assert_eq!(given["avg_s"], json!([null, 3.0 * 3_600.0, 2.5 * 3_600.0]));
    let step = &given["steps"][2];
    assert_eq!((&step["value_sum"], &step["value_mean"]), (&json!(15.0), &json!(7.5)));
    assert_eq!((&step["p25_s"], &step["p75_s"]), (&json!(2.25 * 3_600.0), &json!(2.75 * 3_600.0)));
    assert_eq!((given["steps"][1]["optional"].as_bool(), step["optional"].as_bool()), (Some(true), None));
}

#[test]
fn what_is_counted_makes_the_difference() {
    // Three looks and one order; the next day a look, an order and an order without a look.
    let rows = simple(&[
        (1, 0, "a", 0),
        (1, 0, "a", 0),
        (1, 0, "a", 0),
        (1, 0, "b", 0),
        (1, 24, "a", 0),
        (1, 24, "b", 0),
        (1, 30, "b", 0),
    ]);
    let counts =
        |count: &str| ask(json!({"steps": [{"event": "a"}, {"event": "b"}], "count": count}), &rows)["counts"].clone();
    assert_eq!(counts("people"), json!([1, 1]));
    // The order without a look goes to a look of the day before.
    assert_eq!(counts("totals"), json!([4, 3]));
    assert_eq!(counts("sessions"), json!([2, 2]));
}

#[test]
fn only_the_first_look_ever_begins_an_attempt() {
    let rows = simple(&[(1, 0, "a", 0), (1, 40, "a", 0), (1, 41, "b", 0), (2, 40, "a", 0), (2, 41, "b", 0)]);
    let body = |entry: &str| json!({"steps": [{"event": "a"}, {"event": "b"}], "entry": entry, "from": hour(30), "to": hour(90)});
    assert_eq!(ask(body("any"), &rows)["counts"], json!([2, 2]));
    assert_eq!(ask(body("first_ever"), &rows)["counts"], json!([1, 1]));
}

/// 100 of 1,000 then and 130 of 1,000 now: the figures of R's `prop.test` and of Newcombe's interval.
#[test]
fn what_changed_has_an_interval_and_a_chance() {
    let mut rows = Vec::new();
    for person in 0..1_000u32 {
        for (at, through) in [(0, 100), (200, 130)] {
            rows.push((person, at, "a", 0));
            if person < through {
                rows.push((person, at + 1, "b", 0));
            }
        }
    }
    let body = json!({"steps": [{"event": "a"}, {"event": "b"}], "window_s": 7_200, "from": hour(200), "to": hour(300),
        "compare": {"from": hour(0), "to": hour(100)}});
    let given = ask(body, &simple(&rows));
    assert_eq!((&given["counts"], &given["compared"]["counts"]), (&json!([1000, 130]), &json!([1000, 100])));
    let change = &given["steps"][1]["change"];
    let close = |field: &str, wanted: f64| {
        let got = change[field].as_f64().unwrap();
        assert!((got - wanted).abs() < 1e-9, "{field}: {got}");
    };
    close("diff", 0.03);
    close("ci_low", 0.002_002_348_715_28);
    close("ci_high", 0.058_070_485_022_2);
    close("p_value", 0.035_488_450_466_474_71);
    assert!(given["steps"][0].get("change").is_none());
}

#[test]
fn a_long_curve_is_thinned_out_from_its_first_point_to_its_last() {
    let rows = (0..2_000u32).flat_map(|person| {
        let person = person % 2_000;
        [(person, 0, "a", 0), (person, i64::from(person) + 1, "b", 0)]
    });
    let body = json!({"steps": [{"event": "a"}, {"event": "b"}], "window_s": 10_000_000, "survival": true});
    let query = FunnelQuery::parse(body).unwrap();
    let records = records(&insight::funnel::plan(&query), &simple(&rows.collect::<Vec<_>>()));
    let survival = funnel(&query, &records).survival.unwrap();
    assert_eq!(survival.points.len(), 500);
    assert_eq!((survival.points[0].s, survival.points[1].s, survival.points[499].s), (0.0, 3_600.0, 7_200_000.0));
    assert!(survival.points.windows(2).all(|pair| pair[0].s < pair[1].s && pair[0].converted < pair[1].converted));
    assert_eq!(survival.median_s, Some(3_600_000.0));
}

#[test]
fn limits_name_their_field() {
    let wrong = |change: Json| {
        let mut query = json!({"steps": [{"event": "a"}, {"event": "b"}, {"event": "c"}]});
        query.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Query::parse(query).map(|query| panic!("{query:?}")).unwrap_err().field
    };
    let steps = |change: Json, place: usize| {
        let mut steps = json!([{"event": "a"}, {"event": "b"}, {"event": "c"}]);
        steps[place].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        steps
    };
    let optional = || steps(json!({"optional": true}), 1);
    assert_eq!(wrong(json!({"steps": steps(json!({"optional": true}), 0)})), "steps[0].optional");
    assert_eq!(wrong(json!({"steps": steps(json!({"optional": true}), 2)})), "steps[2].optional");
    assert_eq!(wrong(json!({"steps": optional(), "order": "strict"})), "steps[1].optional");
    assert_eq!(wrong(json!({"steps": steps(json!({"window_s": 5}), 0)})), "steps[0].window_s");
    assert_eq!(wrong(json!({"steps": steps(json!({"window_s": 0}), 1)})), "steps[1].window_s");
    assert_eq!(wrong(json!({"steps": steps(json!({"window_s": 5}), 1), "order": "unordered"})), "steps[1].window_s");
    let exclusions = json!([{"event": "x", "from_step": 0, "to_step": 2}]);
    assert_eq!(wrong(json!({"steps": optional(), "exclusions": exclusions})), "exclusions");
    let by_step = json!({"prop": "v", "attribution": "step:1"});
    assert_eq!(wrong(json!({"steps": optional(), "breakdown": by_step})), "breakdown.attribution");
    assert_eq!(wrong(json!({"breakdown": {"prop": ["v", "w", "n"]}})), "breakdown.prop");
    assert_eq!(wrong(json!({"breakdown": {"prop": []}})), "breakdown.prop");
    assert_eq!(wrong(json!({"breakdown": {"prop": ["v", ""]}})), "breakdown.prop");
    assert_eq!(wrong(json!({"entry": "first_ever", "order": "unordered"})), "entry");
    assert_eq!(wrong(json!({"entry": "last"})), "entry");
    assert_eq!(wrong(json!({"count": "totals", "order": "strict"})), "count");
    assert_eq!(wrong(json!({"count": "visits"})), "count");
    assert_eq!(wrong(json!({"count": {"prop": ""}})), "count.prop");
    assert_eq!(wrong(json!({"value": {"prop": "n"}, "order": "unordered"})), "value");
    assert_eq!(wrong(json!({"value": {"prop": ""}})), "value.prop");
    assert_eq!(wrong(json!({"trend": {}, "to": hour(0)})), "from");
    assert_eq!(wrong(json!({"trend": {}, "from": hour(0)})), "to");
    let centuries = json!({"trend": {"interval": "day"}, "from": "1000-01-01T00:00:00Z", "to": hour(0)});
    assert_eq!(wrong(centuries), "trend.interval");
    let nowhere = json!({"trend": {"time_zone": "Mars/Olympus"}, "from": hour(0), "to": hour(9)});
    assert_eq!(wrong(nowhere), "trend.time_zone");
    assert_eq!(wrong(json!({"survival": true, "steps": [{"event": "a"}]})), "survival");
    assert_eq!(wrong(json!({"compare": {"from": hour(0)}})), "compare.to");
    assert_eq!(wrong(json!({"compare": {"from": hour(5), "to": hour(5)}})), "compare.to");
    let trend = json!({"insight": "trend", "event": "a", "from": hour(0), "to": hour(9)});
    let both = |compare: Json| {
        let mut query = trend.clone();
        query["compare"] = compare;
        Query::parse(query).unwrap_err().field
    };
    assert_eq!(both(json!({"from": hour(0)})), "compare.to");
    assert_eq!(both(json!({"from": "1000-01-01T00:00:00Z", "to": hour(0)})), "compare");
}

/// A question with everything comes back from its JSON as it was.
#[test]
fn a_question_survives_being_written_and_read() {
    let body = json!({"insight": "funnel", "steps": [{"event": "a"}, {"event": "b", "optional": true, "window_s": 60},
        {"event": "c", "window_s": 600}], "entry": "first_ever", "count": {"prop": "deal"}, "value": {"prop": "n"},
        "breakdown": {"prop": ["v", "w"], "attribution": "first_touch"}, "trend": {"interval": "week"},
        "survival": true, "from": hour(0), "to": hour(50), "compare": {"from": hour(0), "to": hour(20)},
        "now": hour(40)});
    let query = Query::parse(body).unwrap();
    assert_eq!(Query::parse(serde_json::to_value(&query).unwrap()).unwrap(), query);
    let asked = query.clone().asked_at("2030-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(asked, query, "a moment that is given stays");
}
