use std::collections::HashMap;

use base::{Id, Timestamp, id};
use proptest::prelude::*;

use super::*;

fn user(number: u8) -> Id<id::User> {
    format!("usr_{:026}", number).parse().unwrap()
}

fn rule(choose_by: ChooseBy, people: u8) -> AssignmentRule {
    AssignmentRule {
        name: "Leads".to_owned(),
        is_active: true,
        funnel_id: None,
        stage: None,
        condition: None,
        choose_by,
        team_id: None,
        people: (0..people).map(user).collect(),
        deals_max: None,
        in_hours: true,
        nobody_there: NobodyThere::Wait,
        fallback_id: None,
        answer: None,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(days: &[(u8, &str, &str)]) -> WorkingHours {
    let stretch = |(day, from, to): &(u8, &str, &str)| WorkingDay {
        day: *day,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    WorkingHours { time_zone: "Europe/Oslo".to_owned(), days: days.iter().map(stretch).collect(), away: Vec::new() }
}

#[test]
fn working_time_is_counted_over_nights_weekends_holidays_and_leaps_of_the_clock() {
    let mut usual = WorkingHours::usual("Europe/Oslo");
    // Friday 15:30 in Oslo, in winter.
    let friday = at("2026-03-06T14:30:00Z");
    assert!(usual.is_open(friday));
    assert_eq!(usual.plus_minutes(friday, 30), Some(at("2026-03-06T15:00:00Z")));
    assert_eq!(usual.plus_minutes(friday, 31), Some(at("2026-03-09T07:01:00Z")));
    assert_eq!(usual.next_open(at("2026-03-06T15:00:00Z")), Some(at("2026-03-09T07:00:00Z")), "16:00 is over");
    // Clocks go forward on Sunday 29 March: Monday begins an hour earlier in the world's time.
    assert_eq!(usual.next_open(at("2026-03-28T12:00:00Z")), Some(at("2026-03-30T06:00:00Z")));
    assert_eq!(usual.between_ms(friday, at("2026-03-09T08:00:00Z")), 90 * 60_000);
    usual.away.push(Away { from: "2026-03-09".parse().unwrap(), until: "2026-03-10".parse().unwrap() });
    assert_eq!(usual.next_open(at("2026-03-07T12:00:00Z")), Some(at("2026-03-11T07:00:00Z")));
    // Two shifts that meet at midnight are one.
    let night = hours(&[(1, "22:00", "24:00"), (2, "00:00", "06:00")]);
    let monday = at("2026-03-02T22:30:00Z");
    assert_eq!(night.plus_minutes(monday, 60), Some(at("2026-03-02T23:30:00Z")));
    assert!(night.is_open(at("2026-03-02T23:00:00Z")), "midnight in Oslo");
    // The hour that clocks leap over is nobody's.
    let sunday = hours(&[(7, "01:00", "04:00")]);
    assert_eq!(sunday.between_ms(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), 2 * 3_600_000);
    assert_eq!(sunday.between_ms(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")), 4 * 3_600_000);
    assert_eq!(hours(&[]).next_open(monday), None);
}

#[test]
fn what_cannot_be_hours_is_refused() {
    for text in ["8:00", "24:01", "25:00", "12:60", "1200", "aa:bb", "+1:00", ""] {
        assert_eq!(text.parse::<ClockTime>(), Err(HoursError::Time), "{text}");
    }
    assert_eq!(hours(&[(0, "08:00", "16:00")]).check(), Err(HoursError::Day));
    assert_eq!(hours(&[(1, "16:00", "08:00")]).check(), Err(HoursError::Order));
    assert_eq!(hours(&[(1, "12:00", "16:00"), (1, "08:00", "12:01")]).check(), Err(HoursError::Order));
    assert_eq!(hours(&[(1, "12:00", "16:00"), (1, "08:00", "12:00")]).check(), Ok(()));
    let nowhere = WorkingHours { time_zone: "Europe/Nowhere".to_owned(), ..hours(&[]) };
    assert_eq!(nowhere.check(), Err(HoursError::Zone));
    let away = vec![Away { from: "2026-03-10".parse().unwrap(), until: "2026-03-09".parse().unwrap() }];
    assert_eq!(WorkingHours { away, ..hours(&[]) }.check(), Err(HoursError::Away));
}

#[test]
fn a_rule_that_names_nobody_or_too_much_is_refused() {
    let good = rule(ChooseBy::Turns, 2);
    assert_eq!(good.problems(), []);
    let event: Condition = serde_json::from_value(serde_json::json!({"did": "Page Viewed"})).unwrap();
    let limit = AnswerLimit { within_minutes: 60, tell_head_after_minutes: Some(30), hands_on: false };
    let bad = [
        (AssignmentRule { name: " ".to_owned(), ..good.clone() }, "name"),
        (AssignmentRule { people: Vec::new(), ..good.clone() }, "people"),
        (AssignmentRule { choose_by: ChooseBy::Person, ..good.clone() }, "people"),
        (AssignmentRule { stage: Some("won".to_owned()), ..good.clone() }, "funnel_id"),
        (AssignmentRule { deals_max: Some(0), ..good.clone() }, "deals_max"),
        (AssignmentRule { nobody_there: NobodyThere::Fallback, ..good.clone() }, "fallback_id"),
        (AssignmentRule { fallback_id: Some(user(1)), ..good.clone() }, "fallback_id"),
        (AssignmentRule { condition: Some(event), ..good.clone() }, "condition"),
        (AssignmentRule { answer: Some(limit), ..good.clone() }, "answer.tell_head_after_minutes"),
    ];
    for (rule, field) in bad {
        let fields: Vec<_> = rule.problems().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, [field]);
    }
}

/// The choice as one would explain it: strike out who cannot, sort the rest, take the first.
fn naive(rule: &AssignmentRule, candidates: &[Candidate]) -> Choice {
    let mut able = Vec::new();
    let mut soonest: Option<Timestamp> = None;
    for (place, candidate) in candidates.iter().enumerate() {
        if let Some(most) = rule.deals_max
            && candidate.open_deals >= u64::from(most)
        {
            continue;
        }
        if rule.in_hours && !candidate.is_there {
            if let Some(there_at) = candidate.there_at {
                soonest = Some(soonest.map_or(there_at, |known| known.min(there_at)));
            }
            continue;
        }
        able.push((candidate, place));
    }
    able.sort_by(|(one, place), (other, other_place)| {
        let by_load = one.open_deals.cmp(&other.open_deals);
        let by_turn = one.turn.cmp(&other.turn).then(place.cmp(other_place));
        if rule.choose_by == ChooseBy::Load { by_load.then(by_turn) } else { by_turn }
    });
    match (able.first(), rule.nobody_there) {
        (Some((best, _)), _) => Choice::Person(best.user),
        (None, NobodyThere::Wait) => Choice::Wait(soonest),
        (None, NobodyThere::NextRule) => Choice::NextRule,
        (None, NobodyThere::Fallback) => rule.fallback_id.map_or(Choice::NextRule, Choice::Fallback),
    }
}

fn any_candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (any::<bool>(), prop::option::of(0i64..5), 0u64..5, 0u64..5);
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let candidate = |(number, (is_there, there_at, open_deals, turn)): (usize, (bool, Option<i64>, u64, u64))| {
            let there_at = there_at.filter(|_| !is_there).map(Timestamp::from_ms);
            Candidate { user: user(number as u8), is_there, there_at, open_deals, turn }
        };
        all.into_iter().enumerate().map(candidate).collect()
    })
}

fn any_rule() -> impl Strategy<Value = AssignmentRule> {
    let by = prop_oneof![Just(ChooseBy::Person), Just(ChooseBy::Turns), Just(ChooseBy::Load)];
    let nobody = prop_oneof![Just(NobodyThere::Wait), Just(NobodyThere::Fallback), Just(NobodyThere::NextRule)];
    (by, nobody, any::<bool>(), prop::option::of(1u32..5)).prop_map(|(by, nobody_there, in_hours, deals_max)| {
        let fallback_id = (nobody_there == NobodyThere::Fallback).then(|| user(9));
        AssignmentRule { nobody_there, in_hours, deals_max, fallback_id, ..rule(by, 2) }
    })
}

proptest! {
    #[test]
    fn the_choice_is_the_naive_one(rule in any_rule(), candidates in any_candidates()) {
        prop_assert_eq!(choose(&rule, &candidates), naive(&rule, &candidates));
    }

    /// Days on which some are there and others not: whoever was there at the same times as somebody else got as many,
    /// give or take one, whatever the others did.
    #[test]
    fn turns_are_fair(days in prop::collection::vec((prop::collection::vec(any::<bool>(), 3), 0usize..7), 1..12)) {
        let rule = rule(ChooseBy::Turns, 5);
        let mut turns: HashMap<Id<id::User>, u64> = HashMap::new();
        let mut given: HashMap<Id<id::User>, i64> = HashMap::new();
        let mut turn = 0;
        for (there, deals) in days {
            // The third, fourth and fifth come and go together.
            let is_there = |number: u8| there[usize::from(number).min(2)];
            for _ in 0..deals {
                let candidates: Vec<Candidate> = (0..5).map(|number| Candidate {
                    user: user(number),
                    is_there: is_there(number),
                    there_at: None,
                    open_deals: 0,
                    turn: turns.get(&user(number)).copied().unwrap_or(0),
                }).collect();
                if let Choice::Person(who) = choose(&rule, &candidates) {
                    turn += 1;
                    turns.insert(who, turn);
                    *given.entry(who).or_default() += 1;
                }
            }
        }
        let counts: Vec<i64> = (2..5).map(|number| given.get(&user(number)).copied().unwrap_or(0)).collect();
        let spread = counts.iter().max().unwrap() - counts.iter().min().unwrap();
        prop_assert!(spread <= 1, "{:?}", counts);
    }

    /// Minute by minute against the stretches.
    #[test]
    fn working_time_is_what_a_clock_would_count(
        stretches in prop::collection::vec((1u8..=7, 0u16..24, 1u16..6), 0..6),
        start in 0i64..20_000,
        length in 0i64..5_000,
    ) {
        let days: Vec<WorkingDay> = stretches.into_iter().map(|(day, from, hours)| WorkingDay {
            day,
            from: ClockTime::of_minutes(from * 60).unwrap(),
            to: ClockTime::of_minutes(((from + hours) * 60).min(24 * 60)).unwrap(),
        }).collect();
        let hours = WorkingHours { time_zone: "Europe/Oslo".to_owned(), days, away: Vec::new() };
        prop_assume!(hours.check().is_ok());
        // Around the leap of the clock on 29 March.
        let start = at("2026-03-20T00:00:00Z").plus_ms(start * 60_000);
        let end = start.plus_ms(length * 60_000);
        let zone = jiff::tz::TimeZone::get("Europe/Oslo").unwrap();
        let works = |minute: i64| {
            let local = start.plus_ms(minute * 60_000).to_jiff().to_zoned(zone.clone());
            let of_day = u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap();
            let day = local.weekday().to_monday_one_offset();
            hours.days.iter().any(|stretch| {
                stretch.day == day as u8 && stretch.from.minutes() <= of_day && of_day < stretch.to.minutes()
            })
        };
        let counted = (0..length).filter(|minute| works(*minute)).count() as i64;
        prop_assert_eq!(hours.between_ms(start, end), counted * 60_000);
        prop_assert_eq!(hours.is_open(start), works(0));
        if counted > 0 {
            let reached = hours.plus_minutes(start, u32::try_from(counted).unwrap()).unwrap();
            prop_assert!(reached <= end);
            prop_assert_eq!(hours.between_ms(start, reached), counted * 60_000);
        }
    }
}
