//! Bodies changed at random, for every dialect: whatever comes is taken or refused, and never a failure of ours.
//!
//! It begins with the bodies in `fuzz/ingest`; one that fails is printed, put it there. `SUPPILO_FUZZ_RUNS` for longer.

use std::{fs, path::Path};

use base::{Random, SeededRandom};

use super::harness::{KEY, World};

/// Bodies of a usual run.
const RUNS: u64 = 2_000;
/// Bodies that one log takes: it looks through all it has for each event.
const BODIES_PER_WORLD: u64 = 50;
const BODY_BYTES_MAX: usize = 32 * 1024;

const PATHS: &[&str] = &[
    "/v1/batch",
    "/v1/track",
    "/v1/identify",
    "/v1/alias",
    "/batch",
    "/capture",
    "/e",
    "/i/v1/analytics/events",
    "/e/s",
];

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Pieces of JSON that readers get wrong.
const PIECES: &[&str] = &[
    "null",
    "{}",
    "[]",
    "\"\"",
    "-0",
    "1e400",
    "99999999999999999999",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "true",
    "[[[[[[",
    "\"2026-13-45T99:99:99Z\"",
    "-1",
    "\"anon:\"",
    "{\"a\":{\"a\":{\"a\":{}}}}",
    ",",
    ":",
    "\"",
];

fn change(random: &SeededRandom, body: &mut Vec<u8>, other: &[u8]) {
    let below = |end: usize| random.below(end.max(1) as u64) as usize;
    for _ in 0..=below(3) {
        let at = below(body.len());
        let end = (at + 1 + below(24)).min(body.len());
        match below(6) {
            0 if at < body.len() => body[at] ^= 1 << below(8),
            1 => drop(body.drain(at..end)),
            2 => drop(body.splice(at..end, PIECES[below(PIECES.len())].bytes())),
            3 => {
                // The value behind the next colon.
                let Some(colon) = body[at..].iter().position(|byte| *byte == b':') else { continue };
                let start = at + colon + 1;
                let length = body[start..].iter().position(|byte| b",}]".contains(byte)).unwrap_or(0);
                drop(body.splice(start..start + length, PIECES[below(PIECES.len())].bytes()));
            }
            4 => {
                let part = body[at..end].to_vec();
                drop(body.splice(at..at, part.repeat(1 + below(30))));
            }
            _ => {
                let from = below(other.len());
                let upto = (from + below(200)).min(other.len());
                drop(body.splice(at..at, other[from..upto].to_vec()));
            }
        }
    }
    body.truncate(BODY_BYTES_MAX);
}

#[tokio::test]
async fn whatever_comes_is_taken_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/ingest");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let bodies: Vec<Vec<u8>> =
        names.iter().map(|path| fs::read_to_string(path).unwrap().replace("KEY", KEY).into_bytes()).collect();
    let random = SeededRandom::new(number("SUPPILO_SEED", 1));
    let mut world = World::new();
    for run in 0..number("SUPPILO_FUZZ_RUNS", RUNS) {
        if run % BODIES_PER_WORLD == 0 {
            world = World::new();
        }
        let mut body = bodies[random.below(bodies.len() as u64) as usize].clone();
        change(&random, &mut body, &bodies[random.below(bodies.len() as u64) as usize]);
        let collect = format!("/mp/collect?measurement_id=G-1&api_secret={KEY}");
        let plain = format!("/api/v1/events?key={KEY}");
        let place = random.below(PATHS.len() as u64 + 2) as usize;
        let path = PATHS.get(place).copied().unwrap_or(if place == PATHS.len() { &collect } else { &plain });
        let shown = String::from_utf8_lossy(&body).into_owned();
        let answer = world.post(path, &[("content-type", "application/json")], body).await;
        assert!(!answer.status.is_server_error(), "{path} answered {} {} to {shown}", answer.status, answer.text);
        assert!(!answer.text.contains("log_refused"), "{path} gave the log what it refuses: {} {shown}", answer.text);
    }
}
