use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::condition::{Seen, Subject};

const DAY_MS: i64 = 86_400_000;

fn seen(name: &str, day: i64) -> Seen {
    Seen { name: name.to_owned(), at: Timestamp::from_ms(day * DAY_MS), props: Map::new() }
}

fn score(fields: Value, events: &[Seen], day: i64) -> Score {
    let fields = fields.as_object().cloned().unwrap_or_default();
    let subject = Subject::new(&fields, events, Timestamp::from_ms(day * DAY_MS));
    rate(&Scoring::default(), &subject)
}

#[test]
fn people_warm_up_and_cool_down() {
    let nobody = score(json!({}), &[], 100);
    assert_eq!((nobody.points, nobody.temperature), (0, Temperature::Cold));
    let visitor = [seen("Page Viewed", 100)];
    assert_eq!(score(json!({}), &visitor, 100).temperature, Temperature::Warm, "just here: 35 + 45 / 40");
    assert_eq!(score(json!({}), &visitor, 107).points, 18, "17.5 + 45 x 0.707 / 40");
    let lead =
        [seen("Page Viewed", 98), seen("Lead Captured", 98), seen("Offer Viewed", 99), seen("Offer Viewed", 100)];
    let known = json!({"contact.email": "kari@example.no", "contact.phone": "22 33 44 55"});
    let hot = score(known.clone(), &lead, 100);
    assert_eq!(hot.temperature, Temperature::Hot, "{hot:?}");
    assert_eq!(score(known, &lead, 200).temperature, Temperature::Cold);
}

#[test]
fn a_score_says_which_part_gave_what() {
    let events = [seen("Offer Viewed", 86), seen("Offer Viewed", 100), seen("Other", 100), seen("Offer Viewed", 101)];
    let score = score(json!({"contact.email": "kari@example.no"}), &events, 100);
    let kinds: Vec<PartKind> = score.parts.iter().map(|part| part.kind).collect();
    assert_eq!(kinds, [PartKind::Recency, PartKind::Engagement, PartKind::Trust]);
    assert_eq!(score.parts[0].points, 35.0);
    let gave = &score.parts[1].gave;
    // 8 fresh and 8 of a half-life ago.
    assert_eq!((gave.len(), gave[0].event.as_str(), gave[0].times, gave[0].points), (1, "Offer Viewed", 2, 12.0));
    assert_eq!(score.parts[1].points, 45.0 * 12.0 / 40.0);
    assert_eq!(score.parts[2].points, 5.0);
    assert_eq!(score.points, 53);
    let json = serde_json::to_value(&score).unwrap();
    assert_eq!(json["parts"][1]["gave"][0]["last_at"], "1970-04-11T00:00:00.000Z");
}

#[test]
fn many_small_things_are_no_purchase() {
    let views = vec![seen("Page Viewed", 100); 500];
    let score = score(json!({}), &views, 100);
    assert_eq!(score.parts[1].gave[0].points, 8.0);
    assert!(score.temperature < Temperature::Hot);
}

#[test]
fn a_rule_reads_back_as_written_and_wrong_ones_are_named() {
    let yaml = serde_yaml_ng::to_string(&Scoring::default()).unwrap();
    assert_eq!(serde_yaml_ng::from_str::<Scoring>(&yaml).unwrap(), Scoring::default());
    let doc = crate::template::template("aida").unwrap().document().unwrap();
    type Break = fn(&mut Scoring);
    let broken: [(&str, Break); 6] = [
        ("scoring", |s| s.trust.weight = 21),
        ("scoring.hot_from", |s| s.hot_from = 30),
        ("scoring.engagement.full_at", |s| s.engagement.full_at = 0),
        ("scoring.engagement.points[0].did", |s| s.engagement.points[0].did = " ".to_owned()),
        ("scoring.trust.points[0].when", |s| {
            s.trust.points[0].when = serde_yaml_ng::from_str("{ field: email, known: true }").unwrap();
        }),
        ("scoring.hot_from", |s| s.hot_from = 101),
    ];
    for (path, break_it) in broken {
        let mut scoring = Scoring::default();
        break_it(&mut scoring);
        let doc = crate::document::FunnelDoc { scoring: Some(scoring), ..doc.clone() };
        let paths: Vec<String> = crate::document::check(&doc).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, [path]);
    }
    let sound = crate::document::FunnelDoc { scoring: Some(Scoring::default()), ..doc };
    assert_eq!(crate::document::check(&sound), []);
    assert_eq!(crate::document::FunnelDoc::from_yaml(&sound.to_yaml()).unwrap(), sound);
}

/// The rule by hand, in halves: without powers, sorting or shares.
fn twin(scoring: &Scoring, fields: &Map<String, Value>, events: &[Seen], now: Timestamp) -> f64 {
    let fade = |at: Timestamp, half: Duration| (-(2f64.ln()) * (now.ms() - at.ms()) as f64 / half.ms() as f64).exp();
    let mut recency: f64 = 0.0;
    let mut engagement = 0.0;
    for points in &scoring.engagement.points {
        let mut sum = 0.0;
        for one in events.iter().filter(|one| one.name == points.did && one.at <= now) {
            recency = recency.max(f64::from(scoring.recency.weight) * fade(one.at, scoring.recency.half_life));
            sum += f64::from(points.points) * fade(one.at, scoring.engagement.half_life);
        }
        engagement += points.at_most.map_or(sum, |most| sum.min(f64::from(most)));
    }
    let has = |field: &str| fields.get(field).is_some_and(|value| !value.as_str().unwrap_or("").is_empty());
    let bought = events.iter().any(|one| one.name == "Order Completed" && one.at <= now);
    let trust = 5.0 * f64::from(u8::from(has("contact.email")))
        + 5.0 * f64::from(u8::from(has("contact.phone")))
        + 20.0 * f64::from(u8::from(bought));
    recency + (engagement / 40.0).min(1.0) * 45.0 + (trust / 20.0).min(1.0) * 20.0
}

fn any_events() -> impl Strategy<Value = Vec<Seen>> {
    let names = ["Page Viewed", "Email Link Clicked", "Offer Viewed", "Booking Made", "Order Completed", "Other"];
    prop::collection::vec((0usize..6, 0i64..60 * DAY_MS), 0..20).prop_map(move |list| {
        let event = |(name, at): (usize, i64)| Seen {
            name: names[name].to_owned(),
            at: Timestamp::from_ms(at),
            props: Map::new(),
        };
        list.into_iter().map(event).collect()
    })
}

proptest! {
    #[test]
    fn scores_are_what_the_rule_says(
        events in any_events(),
        email: bool,
        phone: bool,
        day in 0i64..90,
        later in 0i64..40,
    ) {
        let mut fields = Map::new();
        if email {
            fields.insert("contact.email".to_owned(), "kari@example.no".into());
        }
        if phone {
            fields.insert("contact.phone".to_owned(), "22 33 44 55".into());
        }
        let scoring = Scoring::default();
        let at = |day: i64, events: &[Seen]| {
            rate(&scoring, &Subject::new(&fields, events, Timestamp::from_ms(day * DAY_MS)))
        };
        let score = at(day, &events);
        let exact = twin(&scoring, &fields, &events, Timestamp::from_ms(day * DAY_MS));
        let sum: f64 = score.parts.iter().map(|part| part.points).sum();
        prop_assert!((sum - exact).abs() < 1e-6, "{} {}", sum, exact);
        prop_assert!(f64::from(score.points) <= sum + 1e-6 && sum < f64::from(score.points) + 1.0 + 1e-6);
        prop_assert!(score.parts.iter().all(|part| part.points <= f64::from(part.weight)));
        // The order of arrival makes no difference.
        let mut turned = events.clone();
        turned.reverse();
        prop_assert_eq!(&at(day, &turned), &score);
        // Without anything new nobody becomes warmer, and nothing new makes anybody colder.
        let past: Vec<Seen> = events.iter().filter(|one| one.at.ms() <= day * DAY_MS).cloned().collect();
        prop_assert!(at(day + later, &past).points <= at(day, &past).points);
        let mut more = past.clone();
        more.push(seen("Offer Viewed", day));
        prop_assert!(at(day, &more).points >= at(day, &past).points);
    }
}
