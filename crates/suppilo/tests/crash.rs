//! The program is killed again and again while events come in: nothing that was acknowledged is lost, and
//! nothing is there twice. And it is killed in the middle of an import, which then goes on where it was.

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

/// Rows of a file that is large enough for indexes to rest meanwhile.
const ROWS: usize = 20_000;

fn people() -> String {
    let mut text = String::from("Email,First Name,Consent,Consent Date,bio\n");
    for n in 0..ROWS {
        let bio = "x".repeat(600);
        text.push_str(&format!("p{n}@example.com,Name {n},subscribed,2024-01-01 10:00:00,{bio}\n"));
    }
    text
}

#[tokio::test]
async fn an_import_that_was_killed_goes_on_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("people.csv"));
    std::fs::write(&file, people()).expect("a file");
    let mut import = Command::new(env!("CARGO_BIN_EXE_suppilo"))
        .args(["import", "contacts"])
        .arg(&file)
        .arg("--data")
        .arg(&data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let written =
        || ["suppilo.db", "suppilo.db-wal"].map(|name| std::fs::metadata(data.join(name)).map_or(0, |m| m.len()));
    // A few batches are in.
    while written().iter().sum::<u64>() < 6 << 20 {
        assert!(import.try_wait().expect("its state").is_none(), "the import was over before it could be killed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    import.kill().expect("it is killed");
    import.wait().expect("it is gone");

    let mut program = start(&data);
    let client = reqwest::Client::new();
    let ask = async |path: &str| -> Value {
        let request = client.get(format!("{}/api/v1/{path}", program.url)).bearer_auth(&program.secret_key);
        request.send().await.expect("an answer").json().await.expect("JSON")
    };
    let done = loop {
        let view = ask("imports").await["items"][0].clone();
        match view["state"].as_str() {
            Some("running") => tokio::time::sleep(Duration::from_millis(200)).await,
            _ => break view,
        }
    };
    let count = |name: &str| done["counts"][name].as_u64().unwrap_or(0);
    assert_eq!((done["state"].as_str(), count("rows")), (Some("done"), ROWS as u64), "{done}");
    assert_eq!(count("contacts_added") + count("contacts_repeated"), ROWS as u64, "{done}");
    for event in ["Contact Created", "Consent Given"] {
        for measure in ["total", "unique"] {
            let body = json!({"insight": "trend", "event": event, "measure": measure, "interval": "month",
                "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"});
            let request =
                client.post(format!("{}/api/v1/insights/query", program.url)).bearer_auth(&program.secret_key);
            let answer: Value = request.json(&body).send().await.expect("an answer").json().await.expect("JSON");
            let values = answer["values"].as_array().unwrap_or_else(|| panic!("{answer}"));
            let found = values.iter().filter_map(Value::as_f64).sum::<f64>() as usize;
            assert_eq!(found, ROWS, "{event}, {measure}");
        }
    }
    program.child.kill().expect("it is killed");
    program.child.wait().expect("it is gone");
}
