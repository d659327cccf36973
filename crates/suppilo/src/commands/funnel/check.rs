//! `suppilo funnel check`: for people, and for the machines that build a company's repository.

use std::path::Path;
use std::process::ExitCode;

use app::Actor;
use app::funnels::findings::{self, FindingView, severity_word};
use base::{Clock, Locale, SystemClock};
use funnel::document::{FunnelDoc, locate};
use funnel::lint::{self, Severity, facts::Facts};

use super::sarif;
use crate::cli::{DataArgs, FailOn, FindingFormat, FunnelCheckArgs};
use crate::commands::Failure;

/// The file cannot be read as a document.
const UNREADABLE: u8 = 2;

/// Check, print, and answer how it stands.
pub async fn run(args: &FunnelCheckArgs) -> Result<ExitCode, Failure> {
    let (doc, text) = match super::read(&args.file) {
        Ok(read) => read,
        Err(error) => {
            eprintln!("suppilo: {error}");
            return Ok(ExitCode::from(UNREADABLE));
        }
    };
    let doc = match doc {
        Ok(doc) => doc,
        Err(error) => {
            print(args, &[findings::unreadable(error)])?;
            return Ok(ExitCode::from(UNREADABLE));
        }
    };
    let mut found = match &args.data {
        Some(folder) => by_company(folder, &doc, &args.locale).await?,
        None => by_itself(&doc, &args.locale),
    };
    for finding in &mut found {
        finding.place = locate(&text, &finding.path);
    }
    print(args, &found)?;
    let least = match args.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Advice => Severity::Advice,
    };
    let is_failed = found.iter().any(|finding| finding.severity <= least);
    Ok(if is_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What can be told from the document alone.
fn by_itself(doc: &FunnelDoc, locale: &Locale) -> Vec<FindingView> {
    // A zone that there is not is told as a fault of the document.
    let zone = jiff::tz::TimeZone::get(&doc.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let facts = Facts { today: Some(SystemClock.now().to_jiff().to_zoned(zone).date()), ..Facts::default() };
    let mut found = findings::faults(doc);
    found.extend(lint::check(doc, &facts).into_iter().map(|finding| findings::in_words(finding, locale)));
    found.sort_by_key(|finding| finding.severity);
    found
}

/// What can be told with all that is known of the company.
async fn by_company(folder: &Path, doc: &FunnelDoc, locale: &Locale) -> Result<Vec<FindingView>, Failure> {
    let data = DataArgs { data: folder.to_owned(), config: None };
    let request = findings::CheckRequest { document: Some(doc.clone()), source: None };
    let check =
        async |app: &std::sync::Arc<app::App>| Ok(findings::check(app, &Actor::SYSTEM, request, locale).await?.items);
    super::in_company(&data, check).await
}

fn print(args: &FunnelCheckArgs, found: &[FindingView]) -> Result<(), Failure> {
    match args.format {
        FindingFormat::Text => as_text(&args.file, found, &args.locale),
        FindingFormat::Json => println!("{:#}", serde_json::json!({"items": found})),
        FindingFormat::Sarif => println!("{:#}", sarif::log(&args.file, found, &args.locale)),
    }
    Ok(())
}

fn as_text(file: &Path, found: &[FindingView], locale: &Locale) {
    for finding in found {
        let place = finding.place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
        let severity = severity_word(finding.severity);
        println!("{}{place}: {severity}: {} [{}]", file.display(), finding.what, finding.rule);
        println!("  at:   {}", finding.path);
        for (name, text) in [("why", &finding.why), ("mend", &finding.mend)] {
            if !text.is_empty() {
                println!("  {:5} {text}", format!("{name}:"));
            }
        }
        if let Some(cost) = finding.cost_per_month {
            println!("  cost: {} a month", funnel::format::money(cost, locale));
        }
    }
    let count = |severity: Severity| found.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings, advice) = (count(Severity::Error), count(Severity::Warning), count(Severity::Advice));
    println!("{errors} errors, {warnings} warnings, {advice} pieces of advice");
}
