//! The program is killed again and again while events come in: nothing that was acknowledged is lost, and
//! nothing is there twice.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base::{Random as _, SeededRandom};
use serde_json::{Value, json};

const KILLS: u64 = 8;
const SENDERS: u64 = 3;

struct Program {
    child: Child,
    url: String,
    write_key: String,
    secret_key: String,
}

fn start(folder: &Path) -> Program {
    let mut child = Command::new(env!("CARGO_BIN_EXE_suppilo"))
        .args(["serve", "--port", "0", "--json", "--show-keys", "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("it says where it serves");
    let said: Value = serde_json::from_str(&line).expect("one line of JSON");
    let text = |name: &str| said[name].as_str().expect("a text").to_owned();
    Program { child, url: text("url"), write_key: text("write_key"), secret_key: text("secret_key") }
}

/// Send batches until the program is gone; answers the numbers of the events that were acknowledged.
async fn send(client: reqwest::Client, url: String, key: String, first: u64) -> Vec<u64> {
    const BATCH: u64 = 20;
    let mut acknowledged = Vec::new();
    let mut next = first;
    loop {
        let numbers: Vec<u64> = (next..next + BATCH).collect();
        let batch: Vec<Value> = numbers
            .iter()
            .map(|n| json!({"type": "track", "event": "Crash Tested", "userId": format!("u{n}"), "messageId": format!("m{n}")}))
            .collect();
        let sent = client.post(format!("{url}/v1/batch")).basic_auth(&key, Some("")).json(&json!({"batch": batch}));
        match sent.send().await {
            Ok(answer) if answer.status().is_success() => acknowledged.extend(numbers),
            _ => return acknowledged,
        }
        next += BATCH;
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let seed = std::env::var("SUPPILO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("seed {seed}");
    let random = SeededRandom::new(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let client = reqwest::Client::new();
    let mut acknowledged = Vec::new();
    for round in 0..KILLS {
        let mut program = start(folder.path());
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let first = (round * SENDERS + sender) * 1_000_000;
                tokio::spawn(send(client.clone(), program.url.clone(), program.write_key.clone(), first))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50 + random.below(400))).await;
        program.child.kill().expect("it is killed");
        program.child.wait().expect("it is gone");
        for sender in senders {
            acknowledged.extend(sender.await.expect("the sender ends"));
        }
    }
    assert!(!acknowledged.is_empty(), "nothing was acknowledged at all");
    let mut program = start(folder.path());
    let ask = |measure: &str| {
        json!({"insight": "trend", "event": "Crash Tested", "measure": measure, "interval": "month",
               "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"})
    };
    let mut totals = Vec::new();
    for measure in ["total", "unique"] {
        let request = client.post(format!("{}/api/v1/insights/query", program.url)).bearer_auth(&program.secret_key);
        let answer: Value = request.json(&ask(measure)).send().await.expect("an answer").json().await.expect("JSON");
        let values = answer["values"].as_array().unwrap_or_else(|| panic!("{answer}"));
        totals.push(values.iter().filter_map(Value::as_f64).sum::<f64>() as usize);
    }
    program.child.kill().expect("it is killed");
    program.child.wait().expect("it is gone");
    // What was written and not acknowledged may be there; each person did one event, so doubles would show.
    assert!(totals[0] >= acknowledged.len(), "{} of {} acknowledged are there", totals[0], acknowledged.len());
    assert_eq!(totals[0], totals[1], "an event is there twice");
}
