//! Random questions of which ClickHouse can be asked the same.

use base::{Random, SeededRandom, Timestamp};
use serde_json::{Value, json};

use super::history::{CHANNELS, History, NOISE, PLANS, STEPS, chance, pick};

/// The clock changes at night, at midnight, by half an hour, in the other half of the year, or never.
const ZONES: [&str; 9] = [
    "Europe/Oslo",
    "America/New_York",
    "Australia/Lord_Howe",
    "Europe/Oslo",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kathmandu",
    "UTC",
];
const PERIODS: [&str; 5] = ["day", "day", "week", "week", "month"];
const ORDERS: [&str; 4] = ["ordered", "ordered", "strict", "unordered"];
/// Windows, in units of the grid.
const WINDOWS: [i64; 9] = [2, 3, 5, 8, 10, 20, 40, 200, 2_000];

/// Some of each kind: of short histories mostly funnels, of long ones all.
pub fn of(history: &History, random: &SeededRandom) -> Vec<Value> {
    let (funnels, others) = if history.is_long { (10, 10) } else { (14, 2) };
    let mut questions: Vec<_> = (0..funnels).map(|_| funnel(history, random)).collect();
    for _ in 0..others {
        questions.extend([trend(history, random), retention(history, random)]);
    }
    questions
}

fn moment(history: &History, random: &SeededRandom) -> Timestamp {
    Timestamp::from_ms(history.moment_ms(random))
}

/// Two moments, the first earlier.
fn period(history: &History, random: &SeededRandom) -> (Timestamp, Timestamp) {
    let (one, two) = (moment(history, random), moment(history, random));
    (one.min(two), one.max(two).max(one.min(two).plus_ms(1)))
}

/// One name, sometimes two of which either will do.
fn names(random: &SeededRandom) -> Value {
    let (one, two) = (pick(random, &STEPS), pick(random, &STEPS));
    if chance(random, 15) && one != two { json!([one, two]) } else { json!(one) }
}

fn filter(random: &SeededRandom) -> Value {
    let channel = pick(random, &CHANNELS);
    let two = [channel, pick(random, &CHANNELS)];
    let wish = match random.below(8) {
        0 => json!(channel),
        1 => json!(two),
        2 => json!({"op": "neq", "value": channel}),
        3 => json!({"op": "not_in", "value": two}),
        4 => json!({"op": "contains", "value": pick(random, &["A", "mai", "SØ", "zz"])}),
        5 => json!({"op": "set"}),
        _ => json!(null),
    };
    let bound = random.below(40) as f64 / 4.0;
    let amount = json!({"op": pick(random, &["gt", "gte", "lt", "lte", "eq"]), "value": bound});
    match random.below(7) {
        0..3 => json!({ "channel": wish }),
        3..5 => json!({"plan": pick(random, &PLANS)}),
        5 => json!({ "amount": amount }),
        _ => json!({"channel": wish, "amount": amount}),
    }
}

/// Filters of some, where the question says so.
fn filtered(random: &SeededRandom, percent: u64, mut body: Value) -> Value {
    if chance(random, percent) {
        body["where"] = filter(random);
    }
    body
}

fn funnel(history: &History, random: &SeededRandom) -> Value {
    let mut order = pick(random, &ORDERS);
    if order == "strict" && !history.is_without_ties {
        order = "ordered";
    }
    // Mostly the names in turn; what is drawn anew may share its events with another step.
    let draws_names = order == "ordered" && chance(random, 40);
    let most = match order {
        "strict" => 3,
        _ => STEPS.len() as u64,
    };
    let first = random.below(STEPS.len() as u64) as usize;
    let name = |step: usize| if draws_names { names(random) } else { json!(STEPS[(first + step) % STEPS.len()]) };
    let count = 1 + random.below(most) as usize;
    let steps: Vec<_> = (0..count).map(|step| filtered(random, 15, json!({ "event": name(step) }))).collect();
    let window_s = pick(random, &WINDOWS) * history.unit_ms / 1_000;
    let mut body = json!({"insight": "funnel", "steps": steps, "order": order, "window_s": window_s});
    let (from, to) = period(history, random);
    if chance(random, 35) {
        body["from"] = json!(from);
    }
    if chance(random, 45) {
        body["to"] = json!(to);
        body["entry_only"] = (order == "ordered" && chance(random, 50)).into();
    }
    if chance(random, 40) {
        let attribution = pick(random, &["first_touch", "first_touch", "last_touch"]);
        body["breakdown"] = json!({"prop": "channel", "attribution": attribution});
    }
    // Who got how far is counted in another way than how many did.
    body["reached"] = chance(random, 50).into();
    body
}

fn trend(history: &History, random: &SeededRandom) -> Value {
    let (from, to) = period(history, random);
    let measure = pick(random, &["unique", "total", "sum", "unique", "sum", "per_person"]);
    let mut body = json!({"insight": "trend", "event": names(random), "measure": measure, "from": from, "to": to,
        "interval": pick(random, &PERIODS), "time_zone": pick(random, &ZONES)});
    if measure == "sum" {
        body["prop"] = "amount".into();
    }
    filtered(random, 30, body)
}

fn retention(history: &History, random: &SeededRandom) -> Value {
    let mut body = json!({"insight": "retention", "event": names(random), "from": moment(history, random),
        "period": pick(random, &PERIODS), "periods": 1 + random.below(12), "time_zone": pick(random, &ZONES),
        "cohort": pick(random, &["first", "first", "first_ever", "recurring"]),
        "mode": pick(random, &["n_day", "n_day", "unbounded"])});
    if chance(random, 50) {
        body["returning"] = if chance(random, 20) { json!(NOISE) } else { names(random) };
    }
    filtered(random, 30, body)
}
