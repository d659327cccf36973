//! One file per command.

mod backup;
mod check_data;
mod funnel;
mod import;
mod mail;
mod query;
mod serve;
mod user;
mod verify;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command, DataArgs};
use crate::config::{Config, ConfigError};
use crate::installation;

/// Why a command did not do its work: a sentence for the one who typed it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in words.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! failure_from {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )*};
}

failure_from!(app::AppError, store::StoreError, events::LogError, ConfigError, std::io::Error, serde_json::Error);

/// Carry out a command.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Demo(args) => serve::demo(args).await?,
        Command::Serve(args) => serve::serve(args).await?,
        Command::Migrate(args) => migrate(&args).await?,
        Command::User(args) => user::run(args).await?,
        Command::Import(args) => import::run(args).await?,
        Command::Query(args) => query::run(args).await?,
        Command::Verify(args) => return verify::run(args).await,
        Command::Backup(args) => backup::write(&args).await?,
        Command::CheckData(args) => return check_data::run(&args).await,
        Command::Restore(args) => backup::restore(&args)?,
        Command::Funnel(args) => return funnel::run(args).await,
        Command::Mail(args) => return Ok(mail::run(args)),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "suppilo", &mut std::io::stdout());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(args: &DataArgs) -> Result<(), Failure> {
    let config = Config::read(args)?;
    std::fs::create_dir_all(&args.data)?;
    let store = store::Store::open(&installation::location(&args.data, &config)).await?;
    store.close().await?;
    println!("the schema is up to date");
    Ok(())
}
