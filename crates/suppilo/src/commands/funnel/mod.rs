//! `suppilo funnel`: funnels as files under version control.

mod check;
mod sarif;

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use app::funnels::history;
use app::{Actor, App};
use base::Locale;
use funnel::document::{self, FunnelDoc, ReadError};

use super::Failure;
use crate::cli::{DataArgs, FunnelArgs, FunnelCommand};
use crate::config::Config;
use crate::installation::{self, Outside};

/// Carry out `suppilo funnel …`.
pub async fn run(args: FunnelArgs) -> Result<ExitCode, Failure> {
    match args.command {
        FunnelCommand::Check(args) => return check::run(&args).await,
        FunnelCommand::Diff { file, data, locale } => {
            let (doc, _) = readable(&file)?;
            in_company(&data, async |app| show_plan(app, &doc, &locale).await.map(drop)).await?;
        }
        FunnelCommand::Apply { file, data, yes, message, locale } => {
            let (doc, source) = readable(&file)?;
            let source = if is_json(&file) { String::new() } else { source };
            in_company(&data, async |app| apply(app, doc.clone(), source.clone(), &message, yes, &locale).await)
                .await?;
        }
        FunnelCommand::Export { slug, data, version } => {
            in_company(&data, async |app| export(app, &slug, version).await).await?;
        }
        FunnelCommand::Schema => println!("{:#}", document::schema()),
    }
    Ok(ExitCode::SUCCESS)
}

fn is_json(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The text of a file, and the document in it or why there is none.
fn read(file: &Path) -> Result<(Result<FunnelDoc, ReadError>, String), Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let doc = if is_json(file) { FunnelDoc::from_json(&text) } else { FunnelDoc::from_yaml(&text) };
    Ok((doc, text))
}

fn readable(file: &Path) -> Result<(FunnelDoc, String), Failure> {
    let (doc, text) = read(file)?;
    let doc = doc.map_err(|error| {
        let place = error.place.map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
        Failure::new(format!("{}{place}: {error}", file.display()))
    })?;
    Ok((doc, text))
}

/// Do something with a data folder that is there, and close it whatever came of it.
async fn in_company<T>(data: &DataArgs, work: impl AsyncFnOnce(&Arc<App>) -> Result<T, Failure>) -> Result<T, Failure> {
    if !data.data.join("log").is_dir() {
        return Err(Failure::new(format!("{} is not a data folder: name one with --data", data.data.display())));
    }
    let config = Config::read(data)?;
    let app = installation::open(&data.data, &config, Outside::default()).await?;
    let done = work(&app).await;
    installation::close(&app).await?;
    done
}

/// Print what applying a document would do. Answers whether it would do anything.
async fn show_plan(app: &App, doc: &FunnelDoc, locale: &Locale) -> Result<bool, Failure> {
    let plan = history::plan(app, &Actor::SYSTEM, doc).await?;
    if plan.is_new {
        println!("{} is a new funnel of {} stages", doc.id, doc.stages.len());
    } else if plan.is_empty() {
        println!("{} is as the file says: nothing changes", doc.id);
    }
    for told in history::of_running(app, &Actor::SYSTEM, doc, locale).await? {
        println!("{}: {}", told.place, told.told);
    }
    for stage in &plan.removed_stages {
        println!("! {stage} goes: open deals that stand there must be moved or closed first");
    }
    for finding in &plan.refused {
        println!("! {}: {}", finding.path, finding.message);
    }
    Ok(!plan.is_empty())
}

async fn apply(
    app: &App,
    doc: FunnelDoc,
    source: String,
    message: &str,
    is_agreed: bool,
    locale: &Locale,
) -> Result<(), Failure> {
    let changes_something = show_plan(app, &doc, locale).await?;
    if changes_something && !is_agreed && !agrees()? {
        println!("nothing was changed");
        return Ok(());
    }
    let view = history::apply(app, &Actor::SYSTEM, doc, source, message.to_owned()).await.map_err(refusal)?;
    if changes_something {
        println!("version {} of {} runs", view.version, view.document.id);
    }
    Ok(())
}

/// Everything that was refused, not only the first of it.
fn refusal(error: app::AppError) -> Failure {
    match error {
        app::AppError::Invalid(problems) => {
            let told = problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.message));
            Failure::new(told.collect::<Vec<_>>().join("\n"))
        }
        other => other.into(),
    }
}

fn agrees() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("say --yes to apply without being asked"));
    }
    print!("apply? [y/N] ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

async fn export(app: &App, slug: &str, version: Option<i64>) -> Result<(), Failure> {
    let found = app.running.rules().funnels.iter().find(|funnel| funnel.doc.id == slug).map(|funnel| funnel.id);
    let id = found.ok_or_else(|| Failure::new(format!("no funnel is called {slug}")))?;
    print!("{}", history::yaml(app, &Actor::SYSTEM, id, version).await?);
    Ok(())
}
