//! Sends Segment batches over keep-alive connections for some seconds and prints events per second.
//!
//! `ingest-load URL WRITE_KEY [--connections 8] [--seconds 10] [--batch 100] [--people 100000] [--rate 0]`
//!
//! As fast as they are taken; with `--rate` so many events a second over all connections, and no faster to make up
//! for what was late.
//!
//! Each event looks as `@segment/analytics-node` writes it and has a message id of its own, so that nothing is
//! dropped as a repeat. Bodies are made once per connection and only their ids and people are written anew,
//! which costs about a hundredth of what the server does with them. An answer counts when it is 200: the events
//! are then safe on the server's disk.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const ID_WIDTH: usize = 20;
const PERSON_WIDTH: usize = 8;
const NAMES: [&str; 6] =
    ["Page Viewed", "Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Lead Captured"];

#[derive(Clone)]
struct Load {
    address: String,
    key: String,
    connections: usize,
    seconds: u64,
    batch: usize,
    people: u64,
    /// Events a second; 0 for as many as are taken.
    rate: u64,
}

/// What one connection saw.
#[derive(Default)]
struct Tally {
    requests: u64,
    latencies_us: Vec<u32>,
    busy: u64,
}

fn options() -> Result<Load, String> {
    let mut arguments = env::args().skip(1);
    let url = arguments.next().ok_or("URL is missing")?;
    let key = arguments.next().ok_or("WRITE_KEY is missing")?;
    let address = url.strip_prefix("http://").ok_or("the URL must start with http://")?;
    let mut load = Load {
        address: address.trim_end_matches('/').to_owned(),
        key,
        connections: 8,
        seconds: 10,
        batch: 100,
        people: 100_000,
        rate: 0,
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a number"))?;
        let number: u64 = value.parse().map_err(|_| format!("{name}: {value} is not a number"))?;
        match name.as_str() {
            "--connections" => load.connections = number.max(1) as usize,
            "--seconds" => load.seconds = number.max(1),
            "--batch" => load.batch = number.clamp(1, 2_500) as usize,
            "--rate" => load.rate = number,
            "--people" => load.people = number.clamp(1, 99_999_999),
            _ => return Err(format!("{name} is not an option")),
        }
    }
    Ok(load)
}

/// A whole request as bytes, with the places where ids and people stand.
struct Template {
    bytes: Vec<u8>,
    body_at: usize,
    ids: Vec<usize>,
    people: Vec<usize>,
}

impl Template {
    fn new(load: &Load) -> Self {
        let (mut body, mut ids, mut people) = (Vec::new(), Vec::new(), Vec::new());
        let mut put = |text: &str| {
            body.extend_from_slice(text.as_bytes());
            body.len()
        };
        put("{\"batch\":[");
        for number in 0..load.batch {
            let comma = if number == 0 { "" } else { "," };
            let name = NAMES[number % NAMES.len()];
            people.push(put(&format!("{comma}{{\"userId\":\"u-")));
            put(&"0".repeat(PERSON_WIDTH));
            put(&format!(
                "\",\"event\":\"{name}\",\"properties\":{{\"value\":{},\"currency\":\"NOK\",\"sku\":\"W-{}\",\"plan\":\"care\",\
                 \"channel\":\"google-ads\"}},\"type\":\"track\",\"context\":{{\"library\":{{\"name\":\
                 \"@segment/analytics-node\",\"version\":\"3.1.0\"}}}},\"timestamp\":\"2026-11-22T09:30:{:02}.{:03}Z\",\
                 \"integrations\":{{}},\"messageId\":\"",
                100 + number,
                number % 17,
                number % 60,
                number
            ));
            ids.push(put(""));
            put(&"0".repeat(ID_WIDTH));
            put("\",\"_metadata\":{\"nodeVersion\":\"v20.20.2\",\"jsRuntime\":\"node\"}}");
        }
        put(&format!("],\"writeKey\":\"{}\",\"sentAt\":\"2026-11-22T09:31:00.000Z\"}}", load.key));
        let head = format!(
            "POST /v1/batch HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            load.address,
            body.len()
        );
        let body_at = head.len();
        Self { bytes: [head.into_bytes(), body].concat(), body_at, ids, people }
    }

    fn renew(&mut self, connection: u64, request: u64, run: u64, people: u64) {
        for (place, (&id, &person)) in self.ids.iter().zip(&self.people).enumerate() {
            let number = request * self.ids.len() as u64 + place as u64;
            digits(&mut self.bytes[self.body_at + id..][..6], run % 1_000_000);
            digits(&mut self.bytes[self.body_at + id + 6..][..3], connection);
            digits(&mut self.bytes[self.body_at + id + 9..][..ID_WIDTH - 9], number);
            // A multiplicative walk over the people: every one comes, none in a row.
            let who = (number + connection * 7_919).wrapping_mul(2_654_435_761) % people;
            digits(&mut self.bytes[self.body_at + person..][..PERSON_WIDTH], who);
        }
    }
}

fn digits(place: &mut [u8], mut number: u64) {
    for slot in place.iter_mut().rev() {
        *slot = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Read one answer; its status.
fn read_answer(reader: &mut BufReader<TcpStream>, line: &mut String, body: &mut Vec<u8>) -> io::Result<u16> {
    line.clear();
    reader.read_line(line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no answer: {line}")))?;
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(line)?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    body.resize(length, 0);
    reader.read_exact(body)?;
    Ok(status)
}

/// Waits until the next batch is due, and says when the one after is.
fn paced(load: &Load, number: u64, due: Option<Instant>) -> Option<Instant> {
    let batches = load.rate as f64 / load.batch as f64 / load.connections as f64;
    let between = (load.rate > 0).then(|| Duration::from_secs_f64(1.0 / batches))?;
    // Connections take turns.
    let due = due.unwrap_or_else(|| Instant::now() + between.mul_f64(number as f64 / load.connections as f64));
    thread::sleep(due.saturating_duration_since(Instant::now()));
    Some(due.max(Instant::now() - between) + between)
}

fn connection(load: &Load, number: u64, run: u64, stop: &AtomicBool) -> io::Result<Tally> {
    let mut socket = TcpStream::connect(&load.address)?;
    socket.set_nodelay(true)?;
    let mut reader = BufReader::new(socket.try_clone()?);
    let mut template = Template::new(load);
    let (mut line, mut body, mut tally) = (String::new(), Vec::new(), Tally::default());
    let mut due = None;
    while !stop.load(Ordering::Relaxed) {
        due = paced(load, number, due);
        template.renew(number, tally.requests, run, load.people);
        let began = Instant::now();
        socket.write_all(&template.bytes)?;
        match read_answer(&mut reader, &mut line, &mut body)? {
            200 if body == b"{\"success\":true}" => {
                tally.requests += 1;
                tally.latencies_us.push(began.elapsed().as_micros().min(u128::from(u32::MAX)) as u32);
            }
            429 => {
                tally.busy += 1;
                thread::sleep(Duration::from_millis(20));
            }
            status => {
                let text = String::from_utf8_lossy(&body).into_owned();
                return Err(io::Error::other(format!("answered {status}: {text}")));
            }
        }
    }
    Ok(tally)
}

fn main() -> ExitCode {
    let load = match options() {
        Ok(load) => load,
        Err(problem) => {
            eprintln!(
                "{problem}\nusage: ingest-load URL WRITE_KEY [--connections 8] [--seconds 10] [--batch 100] [--people 100000] [--rate 0]"
            );
            return ExitCode::from(2);
        }
    };
    // Ids of two runs must differ, or the second would be all repeats.
    let run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let stop = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    let threads: Vec<_> = (0..load.connections as u64)
        .map(|number| {
            let (load, stop) = (load.clone(), stop.clone());
            thread::spawn(move || connection(&load, number, run, &stop))
        })
        .collect();
    thread::sleep(Duration::from_secs(load.seconds));
    stop.store(true, Ordering::Relaxed);
    let (mut requests, mut busy, mut latencies) = (0, 0, Vec::new());
    for thread in threads {
        match thread.join() {
            Ok(Ok(tally)) => {
                requests += tally.requests;
                busy += tally.busy;
                latencies.extend(tally.latencies_us);
            }
            Ok(Err(error)) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
            Err(_) => return ExitCode::FAILURE,
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at =
        |share: f64| latencies.get((latencies.len() as f64 * share) as usize).map_or(0.0, |us| f64::from(*us) / 1000.0);
    let events = requests * load.batch as u64;
    println!(
        "{{\"events\": {events}, \"events_per_s\": {:.0}, \"requests_per_s\": {:.0}, \"mb_per_s\": {:.1}, \"p50_ms\": {:.2}, \"p99_ms\": {:.2}, \"busy\": {busy}, \"connections\": {}}}",
        events as f64 / seconds,
        requests as f64 / seconds,
        (requests * Template::new(&load).bytes.len() as u64) as f64 / seconds / 1e6,
        at(0.5),
        at(0.99),
        load.connections
    );
    ExitCode::SUCCESS
}
