//! `suppilo verify`: a file of funnel cases through the log and the query, each in a log of its own.

use std::process::ExitCode;
use std::sync::Arc;

use base::SystemClock;
use events::{EventLog, Link, LocalLog, NewEvent, Options, PersonKey};
use insight::cases::{self, Case};
use insight::funnel;

use super::Failure;
use crate::cli::VerifyArgs;

/// Run the file; the last line says how many cases passed and failed.
pub async fn run(args: VerifyArgs) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", args.file.display())))?;
    let cases = cases::parse(&text).map_err(|error| Failure::new(error.to_string()))?;
    let mut failed = 0;
    for case in &cases {
        let differences = differences(case).await?;
        if !differences.is_empty() {
            failed += 1;
        }
        for difference in differences {
            println!("{}: {difference}", case.id);
        }
    }
    println!("{} passed, {failed} failed", cases.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn differences(case: &Case) -> Result<Vec<String>, Failure> {
    let folder = tempfile::tempdir()?;
    let log = LocalLog::open(folder.path(), Options::default(), Arc::new(SystemClock))?;
    let events = events_of(case)?;
    for batch in events.chunks(BATCH) {
        log.append(batch.to_vec()).await?;
    }
    let records = log.scan(&funnel::plan(&case.query)).await?;
    let answer = funnel::funnel(&case.query, &records);
    let name = |person: u32| {
        let keys = log.keys(person);
        let id = keys.iter().find_map(|key| key.as_str().strip_prefix("user:"));
        id.map_or_else(|| person.to_string(), |id| case.person(id).to_owned())
    };
    let differences = cases::differences(&case.expect, &answer, name);
    log.close().await?;
    Ok(differences)
}

/// Events appended at once.
const BATCH: usize = 1000;

fn events_of(case: &Case) -> Result<Vec<NewEvent>, Failure> {
    let key = |id: &str| PersonKey::user(id).map_err(|error| Failure::new(format!("{}: {id}: {error}", case.id)));
    let mut events = Vec::with_capacity(case.events.len());
    for (index, event) in case.events.iter().enumerate() {
        let person = case.person(&event.person);
        let links = if person == event.person { Vec::new() } else { vec![Link::Merge(key(person)?)] };
        events.push(NewEvent {
            message_id: format!("{index}"),
            name: event.name.clone(),
            at: event.at,
            received_at: event.at,
            person: key(&event.person)?,
            links,
            props: serde_json::Value::Object(event.props.clone()).to_string(),
            person_props: None,
            source: None,
        });
    }
    Ok(events)
}
