//! `suppilo check-data` on real folders: whole after a backup taken while events come in, and after damage to any kind
//! of file.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

const BATCHES_BEFORE: u64 = 40;
const BATCH: u64 = 25;

struct Program {
    child: Child,
    url: String,
    write_key: String,
    secret_key: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn suppilo(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_suppilo")).args(args).output().expect("the program runs")
}

fn serve(folder: &Path) -> Program {
    let mut child = Command::new(env!("CARGO_BIN_EXE_suppilo"))
        .args(["serve", "--port", "0", "--json", "--show-keys", "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("it says where it serves");
    let said: Value = serde_json::from_str(&line).expect("one line of JSON");
    let text = |name: &str| said[name].as_str().expect("a text").to_owned();
    Program { child, url: text("url"), write_key: text("write_key"), secret_key: text("secret_key") }
}

fn check(folder: &Path) -> (bool, Value) {
    let output = suppilo(&["check-data", "--json", "--data", folder.to_str().expect("a path")]);
    let said = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.success(), said)
}

async fn send(client: &reqwest::Client, program: &Program, batch: u64) {
    let items: Vec<Value> = (batch * BATCH..(batch + 1) * BATCH)
        .map(|n| json!({"type": "track", "event": "Checked", "userId": format!("u{}", n % 90), "messageId": format!("m{n}")}))
        .collect();
    let sent = client.post(format!("{}/v1/batch", program.url)).basic_auth(&program.write_key, Some(""));
    let answer = sent.json(&json!({"batch": items})).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
}

fn count(folder: &Path, question: &Path) -> u64 {
    let output = suppilo(&["query", question.to_str().expect("a path"), "--data", folder.to_str().expect("a path")]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an answer in JSON");
    answer["values"].as_array().expect("values").iter().filter_map(Value::as_f64).sum::<f64>() as u64
}

#[tokio::test]
async fn a_backup_beside_writes_is_whole_and_damage_is_named() {
    let home = tempfile::tempdir().unwrap();
    let (data, file, restored) =
        (home.path().join("data"), home.path().join("backup.tgz"), home.path().join("restored"));
    let program = serve(&data);
    let client = reqwest::Client::new();
    for batch in 0..BATCHES_BEFORE {
        send(&client, &program, batch).await;
    }
    let contact: Value = client
        .post(format!("{}/api/v1/contacts", program.url))
        .bearer_auth(&program.secret_key)
        .json(&json!({"email": "hemmelig@example.no", "first_name": "Hemmelig"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let in_use = suppilo(&["check-data", "--data", data.to_str().unwrap()]);
    assert!(!in_use.status.success() && String::from_utf8_lossy(&in_use.stderr).contains("in use"));
    let writes = async {
        for batch in BATCHES_BEFORE..BATCHES_BEFORE * 3 {
            send(&client, &program, batch).await;
        }
        let id = contact["id"].as_str().expect("an id");
        let erase = client.post(format!("{}/api/v1/contacts/{id}/erase", program.url)).bearer_auth(&program.secret_key);
        assert_eq!(erase.send().await.unwrap().status(), 204);
    };
    let (from, to) = (data.to_str().unwrap().to_owned(), file.to_str().unwrap().to_owned());
    let backup = tokio::task::spawn_blocking(move || suppilo(&["backup", &to, "--data", &from]));
    let (backup, ()) = tokio::join!(backup, writes);
    let backup = backup.unwrap();
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    drop(program);
    for path in files(&data) {
        let bytes = std::fs::read(&path).unwrap();
        let is_there = bytes.windows(8).any(|window| window.eq_ignore_ascii_case(b"hemmelig"));
        assert!(!is_there, "{} still names the erased person", path.display());
    }
    let made = suppilo(&["restore", file.to_str().unwrap(), "--data", restored.to_str().unwrap()]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (is_whole, said) = check(&restored);
    assert!(is_whole && said["findings"] == json!([]), "{said}");
    let question = home.path().join("question.json");
    let body = json!({"insight": "trend", "event": "Checked", "measure": "total", "interval": "month",
        "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"});
    std::fs::write(&question, body.to_string()).unwrap();
    assert!(count(&restored, &question) >= BATCHES_BEFORE * BATCH);
    let (is_whole, said) = check(&restored);
    assert!(is_whole, "after it was opened and closed: {said}");

    damage_is_named(&restored);
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn damage_is_named(folder: &Path) {
    for (name, named) in [("suppilo.db", "suppilo.db"), ("secret.key", "secret.key"), ("log/segments", "log/segments/")]
    {
        let mut path = folder.join(name);
        if path.is_dir() {
            path = std::fs::read_dir(&path).unwrap().next().expect("a segment").unwrap().path();
        }
        let bytes = std::fs::read(&path).unwrap();
        let mut damaged = bytes.clone();
        match name {
            "secret.key" => damaged.truncate(7),
            // The middle of the file: pages of tables.
            _ => {
                let middle = damaged.len() / 2;
                let end = (middle + 6000).min(damaged.len());
                damaged[middle..end].iter_mut().for_each(|byte| *byte ^= 0x55);
            }
        }
        std::fs::write(&path, damaged).unwrap();
        let (is_whole, said) = check(folder);
        let finding = said["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["file"].as_str().is_some_and(|file| file.starts_with(named)));
        assert!(!is_whole && finding.is_some_and(|finding| finding["way_back"] != ""), "{name}: {said}");
        std::fs::write(&path, bytes).unwrap();
    }
    assert!(check(folder).0);
}
