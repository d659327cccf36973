//! How long an audience of a million contacts and twenty million events takes: `cargo run --release -p funnel --example
//! audience [contacts] [events]`. Everything is in memory: reading the database and the log comes on top.

use std::time::Instant;

use base::{Id, Timestamp};
use funnel::condition::{Condition, Seen};
use funnel::score::Scoring;
use funnel::segment::{Audience, Deed, Definition, Look};
use jiff::tz::TimeZone;
use serde_json::{Map, json};

const NOW_MS: i64 = 1_774_000_000_000;
const DAY_MS: i64 = 86_400_000;
const EVENTS: [&str; 4] = ["Page Viewed", "Offer Viewed", "Checkout Started", "Order Completed"];
/// By event, how many of a hundred are one.
const SHARES: [u64; 4] = [70, 20, 6, 4];

const RULES: [&str; 5] = [
    r#"{"all":[{"field":"contact.country","one_of":["NO","SE"]},{"did":"Order Completed","in_last":"90 days"}]}"#,
    r#"{"all":[{"did":"Offer Viewed","within":"14 days","times":2},{"not":{"did":"Order Completed","within":"30 days"}}]}"#,
    r#"{"did":"Order Completed","in_last":"180 days","sum":{"of":"value","at_least":2000}}"#,
    r#"{"any":[{"did":"Order Completed","which":"first","within":"30 days"},{"field":"contact.tags","contains":"vip"}]}"#,
    r#"{"all":[{"did":"Page Viewed","in_last":"7 days"},{"not":{"did":"Checkout Started"}},{"field":"contact.country","is_not":"DK"}]}"#,
];

/// Numbers that look like chance and are the same each time.
fn mix(number: u64) -> u64 {
    let mut value = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn event(number: u64, contacts: u64) -> (usize, Deed) {
    let (chance, mut share) = (mix(number), mix(number ^ 1) % 100);
    let kind = SHARES.iter().position(|part| {
        let is_it = share < *part;
        share = share.saturating_sub(*part);
        is_it
    });
    let amount = (100 + (chance >> 40) % 900) as i64;
    let at_ms = NOW_MS - ((chance >> 20) % (365 * DAY_MS as u64)) as i64;
    (kind.unwrap_or(0), Deed { person: (chance % contacts) as u32, at_ms, amount: amount * 1_000_000 })
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{text}?")));
    let (contacts, events) = (numbers.next().unwrap_or(1_000_000), numbers.next().unwrap_or(20_000_000));
    let now = Timestamp::from_ms(NOW_MS);
    let mut audience = Audience::new(Scoring::default(), TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC));
    let rules =
        RULES.map(|text| serde_json::from_str::<Condition>(text).unwrap_or_else(|error| panic!("{text}: {error}")));
    for (number, rule) in (1u32..).zip(&rules) {
        let id = format!("seg_{number:026}").parse().unwrap_or(Id::NIL);
        if let Err(fault) = audience.put(&Definition { id, rule: Some(rule.clone()) }) {
            panic!("{fault}");
        }
    }
    audience.missing_fields();
    let begun = Instant::now();
    for who in 0..contacts as u32 {
        audience.set_contact(who, Some(who), None);
        let country = ["NO", "SE", "DK", "FI"][mix(u64::from(who)) as usize % 4];
        let tags = if who.is_multiple_of(20) { json!(["vip"]) } else { json!([]) };
        let fields = [("contact.country".to_owned(), json!(country)), ("contact.tags".to_owned(), tags)];
        let fields: Map<_, _> = fields.into_iter().collect();
        audience.set_fields(who, &fields);
    }
    println!("fields of {contacts} contacts: {} ms", begun.elapsed().as_millis());
    let missing: Vec<(usize, Look, Option<Timestamp>)> =
        audience.missing_looks(now).into_iter().map(|(at, look, since)| (at, look.clone(), since)).collect();
    let mut gathered = 0;
    let all: Vec<(usize, Deed)> = (0..events).map(|number| event(number, contacts)).collect();
    for (at, look, since) in &missing {
        let name = &look.origins[0].event;
        let since = since.map_or(i64::MIN, Timestamp::ms);
        let mut deeds: Vec<Deed> = all
            .iter()
            .filter(|(kind, deed)| EVENTS[*kind] == name && deed.at_ms >= since)
            .map(|(_, deed)| *deed)
            .collect();
        deeds.sort_unstable();
        let begun = Instant::now();
        let mut gathering = audience.gathering(*at, now);
        gathering.add(deeds);
        audience.finish(gathering);
        gathered += begun.elapsed().as_micros();
    }
    println!("taking in {} looks over {events} events: {} ms", missing.len(), gathered / 1_000);
    let begun = Instant::now();
    let moved = audience.look_at_everything(now).len();
    println!("looking at everybody for {} rules: {} ms, {moved} members", rules.len(), begun.elapsed().as_millis());

    let (count, mut moved) = (1_000_000, 0);
    let new: Vec<(u32, Seen)> = (events..events + count)
        .map(|number| {
            let (kind, deed) = event(number, contacts);
            let at = Timestamp::from_ms(NOW_MS + (number - events) as i64);
            let props = json!({"value": deed.amount / 1_000_000}).as_object().cloned().unwrap_or_default();
            (deed.person, Seen { name: EVENTS[kind].to_owned(), at, props })
        })
        .collect();
    let begun = Instant::now();
    for (person, seen) in &new {
        moved += audience.take(*person, seen, seen.at, |_| true).len();
    }
    let nanos = begun.elapsed().as_nanos() / u128::from(count);
    println!("following {count} events: {}.{:03} microseconds each, {moved} moves", nanos / 1_000, nanos % 1_000);
    let begun = Instant::now();
    let later = Timestamp::from_ms(NOW_MS + DAY_MS);
    let moved = audience.tick(later).len();
    println!("a day ends: {} ms, {moved} moves", begun.elapsed().as_millis());
}
