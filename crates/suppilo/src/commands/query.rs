//! `suppilo query`: one question, from a file.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Instant;

use app::{Actor, App, exports};
use insight::query::Query;
use serde_json::json;

use super::Failure;
use crate::cli::{AnswerFormat, QueryArgs};
use crate::config::Config;
use crate::installation::{self, Outside};

/// Ask, and write the answer.
pub async fn run(args: QueryArgs) -> Result<(), Failure> {
    refuse_contradictions(&args)?;
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", args.file.display())))?;
    let query: Query = serde_json::from_str(&text)?;
    let config = Config::read(&args.data)?;
    let mut outside = Outside::default();
    if let Some(threads) = args.threads {
        outside.log.query_threads = usize::from(threads);
    }
    let app = installation::open(&args.data.data, &config, outside).await?;
    let answer = match args.format {
        AnswerFormat::Json => as_json(&app, &query, args.repeat).await,
        AnswerFormat::Csv => as_file(&app, query, exports::Format::Csv, args.table).await,
        AnswerFormat::Xlsx => as_file(&app, query, exports::Format::Xlsx, args.table).await,
    };
    let written = answer.and_then(|bytes| write(&bytes, args.output.as_deref()));
    installation::close(&app).await?;
    written
}

fn refuse_contradictions(args: &QueryArgs) -> Result<(), Failure> {
    let is_json = args.format == AnswerFormat::Json;
    if !is_json && args.repeat.is_some() {
        return Err(Failure::new("--repeat tells its times in JSON: leave it or --format out"));
    }
    if is_json && args.table.is_some() {
        return Err(Failure::new("--table is for --format csv and xlsx: JSON holds the whole answer"));
    }
    if args.format == AnswerFormat::Xlsx && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::new("a workbook is nothing for a terminal: name a file with --output"));
    }
    Ok(())
}

async fn as_json(app: &App, query: &Query, repeat: Option<u32>) -> Result<Vec<u8>, Failure> {
    let mut timings_ms = Vec::new();
    let mut answer = json!(null);
    for _ in 0..repeat.unwrap_or(1) {
        let start = Instant::now();
        answer = app::insights::query(app, &Actor::SYSTEM, query).await?;
        timings_ms.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    if repeat.is_some()
        && let Some(object) = answer.as_object_mut()
    {
        object.insert("timings_ms".to_owned(), json!(timings_ms));
    }
    let mut text = serde_json::to_vec_pretty(&answer)?;
    text.push(b'\n');
    Ok(text)
}

async fn as_file(app: &App, query: Query, format: exports::Format, table: Option<String>) -> Result<Vec<u8>, Failure> {
    Ok(exports::of_query(app, &Actor::SYSTEM, query, format, None, table).await?.bytes)
}

fn write(bytes: &[u8], output: Option<&Path>) -> Result<(), Failure> {
    match output {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display()))),
        None => Ok(std::io::stdout().lock().write_all(bytes)?),
    }
}
