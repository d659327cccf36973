//! `suppilo import`: a file on this machine.

use app::Actor;
use app::imports::{self, ImportKind, ImportView, Preview, PreviewRequest, StartRequest, Target};
use app::spend::{self, FileOptions};
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::cli::{ImportArgs, ImportWhat};
use crate::config::Config;
use crate::installation::{self, Outside};

/// Kinds of refusals that are printed.
const REFUSALS_SHOWN: usize = 10;

/// Import, or count what would happen.
pub async fn run(args: ImportArgs) -> Result<(), Failure> {
    let config = Config::read(&args.data)?;
    let app = installation::open(&args.data.data, &config, Outside::default()).await?;
    let done = import(&app, &args).await;
    if done.is_ok() {
        // Whoever asks next should not wait for what can be done now.
        app.log.settle().await?;
    }
    installation::close(&app).await?;
    done
}

async fn import(app: &std::sync::Arc<app::App>, args: &ImportArgs) -> Result<(), Failure> {
    let file = std::fs::canonicalize(&args.file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", args.file.display())))?;
    let kind = match args.what {
        ImportWhat::Events => ImportKind::Events,
        ImportWhat::Contacts => ImportKind::Contacts,
        ImportWhat::Spend => return import_spend(app, args, &file).await,
    };
    let import = imports::add_local(app, &Actor::SYSTEM, &file).await?;
    let preview = preview(app, args, kind, import.id).await?;
    for sentence in &preview.guess.sentences {
        eprintln!("  {sentence}");
    }
    let request = StartRequest { mapping: preview.guess.mapping, hint: Default::default(), is_dry_run: args.dry_run };
    imports::start(app, &Actor::SYSTEM, import.id, request).await?;
    let bar = if args.json { ProgressBar::hidden() } else { ProgressBar::new(import.size_bytes) };
    bar.set_style(
        ProgressStyle::with_template("  {bar:30.cyan/blue}  {bytes} of {total_bytes}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let done = imports::finish_here(app, &Actor::SYSTEM, import.id, |view| bar.set_position(view.bytes_done)).await?;
    bar.finish_and_clear();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&done)?);
    } else {
        print(args, &done);
    }
    match done.error {
        Some(error) => Err(Failure::new(error)),
        None => Ok(()),
    }
}

/// Lines of a spend file that are printed when they are not taken.
const LINES_SHOWN: usize = 50;

async fn import_spend(app: &app::App, args: &ImportArgs, file: &std::path::Path) -> Result<(), Failure> {
    let options = FileOptions { channel: args.channel.clone(), currency: args.currency, is_dry_run: args.dry_run };
    let done = spend::import_file(app, &Actor::SYSTEM, file, &options).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&done)?);
        return Ok(());
    }
    for column in &done.columns {
        eprintln!("  {column}");
    }
    for refused in done.refused.iter().take(LINES_SHOWN) {
        println!("line {}: {}", refused.line, refused.reason);
    }
    if done.refused.len() > LINES_SHOWN {
        println!("and {} more lines", done.refused.len() - LINES_SHOWN);
    }
    println!("{} rows taken, {} refused", done.saved, done.refused.len());
    if args.dry_run {
        println!("nothing was imported: run it again without --dry-run");
    }
    Ok(())
}

async fn preview(
    app: &app::App,
    args: &ImportArgs,
    kind: ImportKind,
    id: base::Id<base::id::Import>,
) -> Result<Preview, Failure> {
    let mut request = PreviewRequest {
        kind: Some(kind),
        person: args.person.clone(),
        time: args.time.clone(),
        time_zone: Some(args.time_zone.clone()),
        ..PreviewRequest::default()
    };
    let first = imports::preview(app, &Actor::SYSTEM, id, request.clone()).await?;
    let Some(event) = &args.event else { return Ok(first) };
    if first.columns.iter().any(|column| column == event) {
        let mut chosen = first;
        for rule in &mut chosen.guess.mapping.columns {
            if rule.column == *event {
                rule.target = Target::Event;
            } else if rule.target == Target::Event {
                rule.target = Target::Skip;
            }
        }
        chosen.guess.mapping.event_name = None;
        return Ok(chosen);
    }
    request.event_name = Some(event.clone());
    Ok(imports::preview(app, &Actor::SYSTEM, id, request).await?)
}

fn print(args: &ImportArgs, done: &ImportView) {
    let (counts, kinds) = match (&done.check, args.dry_run) {
        (Some(check), true) => (&check.counts, &check.refused_kinds),
        _ => (&done.counts, &done.refused_kinds),
    };
    println!("{}", serde_json::to_string_pretty(counts).unwrap_or_default());
    for kind in kinds.iter().take(REFUSALS_SHOWN) {
        println!("refused: {}", serde_json::to_string(kind).unwrap_or_default());
    }
    if args.dry_run {
        println!("nothing was imported: run it again without --dry-run");
    } else {
        println!("take it back with the import {} in the admin interface", done.id);
    }
}
