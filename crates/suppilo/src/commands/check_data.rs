//! `suppilo check-data`: reads a whole data folder and says what is wrong with it. Nothing in it is changed.

use std::path::Path;
use std::process::ExitCode;

use events::Checked;
use store::Store;

use super::Failure;
use crate::cli::CheckDataArgs;
use crate::config::Config;

const STATE_FILE: &str = "suppilo.db";
/// What SQLite keeps beside a database that was not closed.
const STATE_WAL: &str = "suppilo.db-wal";
const SECRET: &str = "secret.key";
const SECRET_LOST: &str =
    "restore this file from a backup: without it nobody is logged in and links in sent mails are dead";
const STATE_LOST: &str =
    "restore the data folder from a backup; or save what can be read: sqlite3 suppilo.db .recover > saved.sql";

/// Check, print, and answer 1 when something was found.
pub async fn run(args: &CheckDataArgs) -> Result<ExitCode, Failure> {
    let folder = &args.data.data;
    if !folder.join("log").is_dir() {
        return Err(Failure::new(format!("{} is not a data folder: name one with --data", folder.display())));
    }
    let log = folder.join("log");
    let mut checked = tokio::task::spawn_blocking(move || events::check(&log))
        .await
        .map_err(|error| Failure::new(format!("the check broke off: {error}")))??;
    for finding in &mut checked.findings {
        finding.file = format!("log/{}", finding.file);
    }
    let config = match Config::read(&args.data) {
        Ok(config) => config,
        Err(error) => {
            checked.found("config.toml", error, "mend the line that is named, or remove the file");
            Config::default()
        }
    };
    check_secret(folder, &mut checked);
    if config.database_url.is_some() {
        checked.notes.push("the state is in PostgreSQL, which is not looked into: use pg_amcheck".to_owned());
    } else {
        check_state(folder, &mut checked).await?;
    }
    print(&checked, args.json)?;
    Ok(if checked.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_secret(folder: &Path, checked: &mut Checked) {
    match std::fs::read(folder.join(SECRET)) {
        Ok(bytes) if bytes.len() == app::secret::KEY_BYTES => checked.files += 1,
        Ok(_) => checked.found(SECRET, "it does not hold 32 bytes", SECRET_LOST),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            checked.notes.push(format!("{SECRET} is not there; the next start makes a new one"));
        }
        Err(error) => checked.found(SECRET, error, SECRET_LOST),
    }
}

/// SQLite reads a copy: opening the database itself would fold its write-ahead file into it.
async fn check_state(folder: &Path, checked: &mut Checked) -> Result<(), Failure> {
    let path = folder.join(STATE_FILE);
    if !path.is_file() {
        checked.found(STATE_FILE, "it is not there", STATE_LOST);
        return Ok(());
    }
    let scratch = tempfile::tempdir()?;
    let copy = scratch.path().join(STATE_FILE);
    checked.bytes += std::fs::copy(&path, &copy)?;
    checked.files += 1;
    if folder.join(STATE_WAL).is_file() {
        checked.bytes += std::fs::copy(folder.join(STATE_WAL), scratch.path().join(STATE_WAL))?;
        checked.files += 1;
    }
    match Store::problems_of_file(&copy).await {
        Ok(problems) => {
            for problem in problems {
                checked.found(STATE_FILE, problem, STATE_LOST);
            }
        }
        Err(error) => checked.found(STATE_FILE, error, STATE_LOST),
    }
    Ok(())
}

fn print(checked: &Checked, as_json: bool) -> Result<(), Failure> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(checked)?);
        return Ok(());
    }
    for finding in &checked.findings {
        println!("{}\n  wrong:    {}\n  way back: {}", finding.file, finding.what, finding.way_back);
    }
    for note in &checked.notes {
        println!("note: {note}");
    }
    let Checked { files, bytes, events, findings, .. } = checked;
    let verdict = match findings.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    println!("{files} files, {bytes} bytes, {events} events: {verdict}");
    Ok(())
}
