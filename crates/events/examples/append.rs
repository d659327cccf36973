//! How many events a second the local log takes, durably.
//!
//! `cargo run --release -p events --example append -- [events] [appenders] [batch] [folder]`
//!
//! Events have about 300 bytes of properties, the ids and the names of real ones. Every append waits for its
//! answer before the next. The folder should be on a real disk: a RAM disk syncs for free.

use std::{path::PathBuf, sync::Arc, time::Instant};

use base::{Clock, SystemClock, Timestamp};
use events::{Durability, EventLog, LocalLog, NewEvent, Options, PersonKey, Position};
use insight::record::Plan;

const NAMES: [&str; 4] = ["Page Viewed", "Form Viewed", "Lead Captured", "Order Completed"];
const START_MS: i64 = 1_700_000_000_000;

fn batch(appender: u64, number: u64, size: u64) -> Vec<NewEvent> {
    (0..size)
        .map(|index| {
            let n = appender << 40 | (number * size + index);
            let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let at = Timestamp::from_ms(START_MS + (number * size + index) as i64);
            NewEvent {
                message_id: format!("{mixed:016x}-{n:019x}"),
                name: NAMES[(mixed >> 60) as usize % 4].to_owned(),
                at,
                received_at: at,
                person: PersonKey::anonymous(&format!("{:012x}", (mixed >> 20) % 50_000)).expect("a short id"),
                links: Vec::new(),
                props: format!(
                    concat!(
                        r#"{{"channel":"google-ads","utm_source":"google","utm_medium":"cpc","#,
                        r#""utm_campaign":"whitening-{}","utm_content":"variant-{}","path":"/free-check/{}","#,
                        r#""referrer":"https://www.google.com/","locale":"nb-NO","device":"phone","#,
                        r#""page":"pag_{:026x}","session":"{:032x}","value":{}.5}}"#
                    ),
                    mixed % 12,
                    mixed % 3,
                    mixed % 40,
                    mixed % 9,
                    mixed,
                    mixed % 1000
                ),
                person_props: None,
                source: None,
            }
        })
        .collect()
}

fn argument(place: usize, default: u64) -> u64 {
    std::env::args().nth(place).map_or(default, |text| text.parse().expect("a number"))
}

async fn append(log: &Arc<LocalLog>, events: u64, appenders: u64, size: u64) {
    let batches = events / appenders / size;
    let tasks: Vec<_> = (0..appenders)
        .map(|appender| {
            let log = log.clone();
            tokio::spawn(async move {
                for number in 0..batches {
                    log.append(batch(appender, number, size)).await.expect("appended");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
}

/// Seconds of processor time of all threads so far: steadier than the clock on a machine that others use too.
fn processor_seconds() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_A_SECOND
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[tokio::main]
async fn main() {
    let (events, appenders, size) = (argument(1, 1_000_000), argument(2, 32), argument(3, 100));
    let folder = std::env::args().nth(4).map_or_else(|| std::env::temp_dir().join("suppilo-append"), PathBuf::from);
    let _ = std::fs::remove_dir_all(&folder);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    for appender in 0..appenders {
        for number in 0..events / appenders / size {
            std::hint::black_box(batch(appender, number, size));
        }
    }
    let making = processor_seconds();
    println!("making the events takes {making:.2} s of one core, which is part of what follows");
    for durability in [Durability::Safe, Durability::Relaxed] {
        let options = Options { durability, ..Options::default() };
        let log = Arc::new(LocalLog::open(&folder, options.clone(), clock.clone()).expect("opened"));
        let (start, processor) = (Instant::now(), processor_seconds());
        append(&log, events, appenders, size).await;
        let appended = start.elapsed().as_secs_f64();
        let count = log.end().borrow().0;
        log.close().await.expect("closed");
        let closed = start.elapsed().as_secs_f64();
        let each_us = (processor_seconds() - processor - making) * 1e6 / count as f64;
        drop(log);
        println!(
            "{durability:?}: {count} events, {appenders} appenders, batches of {size}: {:.0} events/s; \
             {:.0} events/s until all are sealed; {each_us:.2} us of one core an event; {} MB resident",
            count as f64 / appended,
            count as f64 / closed,
            resident_mb()
        );
        reopen(&folder, options, &clock, count).await;
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}

async fn reopen(folder: &std::path::Path, options: Options, clock: &Arc<dyn Clock>, count: u64) {
    let start = Instant::now();
    let log = LocalLog::open(folder, options, clock.clone()).expect("reopened");
    let opened = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let plan = Plan {
        names: Some(vec!["Page Viewed".to_owned(), "Order Completed".to_owned()]),
        columns: vec!["channel".to_owned(), "utm_campaign".to_owned()],
        ..Plan::default()
    };
    let rows = log.scan(&plan).await.expect("scanned").rows.len();
    let scanned = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let person = log.read_after(Position(count / 2), 1).await.expect("read")[0].person;
    let timeline = log.timeline(person, None, 50).await.expect("a timeline").len();
    println!(
        "  reopened in {opened:.3} s; {rows} rows with two properties scanned in {scanned:.3} s; \
         a timeline of {timeline} in {:.3} s; {} MB resident",
        start.elapsed().as_secs_f64(),
        resident_mb()
    );
}
