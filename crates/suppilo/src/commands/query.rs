//! `suppilo query`: one question, from a file.

use std::time::Instant;

use serde_json::json;

use super::Failure;
use crate::cli::QueryArgs;
use crate::config::Config;
use crate::installation::{self, Outside};

/// Ask, and print the answer as JSON.
pub async fn run(args: QueryArgs) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", args.file.display())))?;
    let query: insight::query::Query = serde_json::from_str(&text)?;
    let config = Config::read(&args.data)?;
    let mut outside = Outside::default();
    if let Some(threads) = args.threads {
        outside.log.query_threads = usize::from(threads);
    }
    let app = installation::open(&args.data.data, &config, outside).await?;
    let mut timings_ms = Vec::new();
    let mut answer = json!(null);
    for _ in 0..args.repeat.unwrap_or(1) {
        let start = Instant::now();
        answer = app::insights::query(&app, &app::Actor::SYSTEM, &query).await?;
        timings_ms.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    if args.repeat.is_some()
        && let Some(object) = answer.as_object_mut()
    {
        object.insert("timings_ms".to_owned(), json!(timings_ms));
    }
    println!("{}", serde_json::to_string_pretty(&answer)?);
    installation::close(&app).await
}
