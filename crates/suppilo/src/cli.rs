//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Design a sales funnel, capture leads, sell, and see what happened at every step.
#[derive(Debug, Parser)]
#[command(name = "suppilo", version, about)]
pub struct Cli {
    /// How the program logs what it does, on standard error.
    #[arg(long, global = true, value_enum, default_value = "text", env = "SUPPILO_LOG_FORMAT")]
    pub log_format: LogFormat,
    #[command(subcommand)]
    pub command: Command,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a demo company with 90 days of history, and serve it.
    Demo(DemoArgs),
    /// Serve the pages, the admin interface and the API.
    Serve(ServeArgs),
    /// Bring the database schema up to date and stop.
    Migrate(DataArgs),
    /// Add users and set passwords.
    User(UserArgs),
    /// Bring in events, contacts or what channels cost from CSV, JSONL or Parquet, also packed with gzip.
    Import(ImportArgs),
    /// Ask a question of the event log: a JSON file as the body of POST /api/v1/insights/query.
    Query(QueryArgs),
    /// Run a file of funnel cases through ingest, log and query, and compare.
    Verify(VerifyArgs),
    /// Write everything into one file.
    Backup(BackupArgs),
    /// Make a data folder from a backup.
    Restore(RestoreArgs),
    /// Look through a data folder that is not being served; nothing in it is changed. Exit code 1 when something is wrong.
    CheckData(CheckDataArgs),
    /// Check, compare, apply and export funnels as files.
    Funnel(FunnelArgs),
    /// For mail servers on this machine.
    Mail(MailArgs),
    /// Print the completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Where the data is and how it is reached.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The data folder.
    #[arg(long, default_value = "suppilo-data", env = "SUPPILO_DATA")]
    pub data: PathBuf,
    /// A configuration file; without it, config.toml in the data folder if there is one.
    #[arg(long, env = "SUPPILO_CONFIG")]
    pub config: Option<PathBuf>,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct ListenArgs {
    /// The port; 0 takes a free one.
    #[arg(long, env = "SUPPILO_PORT")]
    pub port: Option<u16>,
    /// The address to listen on.
    #[arg(long, env = "SUPPILO_HOST")]
    pub host: Option<std::net::IpAddr>,
    /// Keep events for so many days and remove what is older; for good when left out.
    #[arg(long, env = "SUPPILO_RETENTION_DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub retention_days: Option<u32>,
    /// Print one line of JSON once it serves.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Make new API keys and print them.
    #[arg(long)]
    pub show_keys: bool,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The data folder.
    #[arg(long, default_value = "suppilo-demo", env = "SUPPILO_DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Days of history.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
}

#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(flatten)]
    pub data: DataArgs,
    #[command(subcommand)]
    pub command: UserCommand,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List those who may log in.
    List,
    /// Add a user; the password is read from standard input.
    Add {
        /// The address they log in with.
        email: String,
        /// What to call them.
        #[arg(long)]
        name: String,
        /// admin, marketer, manager, rep or viewer.
        #[arg(long, default_value = "viewer")]
        role: String,
        /// The language they read.
        #[arg(long, default_value = "en")]
        locale: base::Locale,
    },
    /// Set a user's password, read from standard input; ends their logins.
    Password {
        /// The address they log in with.
        email: String,
    },
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ImportWhat {
    /// Each row is something that happened.
    Events,
    /// Each row is a person.
    Contacts,
    /// Each row is what a channel cost on a day: day, channel, amount, and if need be currency and campaign.
    Spend,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What the rows are.
    #[arg(value_enum)]
    pub what: ImportWhat,
    /// The file.
    pub file: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
    /// The column of the person's id.
    #[arg(long)]
    pub person: Option<String>,
    /// The column of the time.
    #[arg(long)]
    pub time: Option<String>,
    /// The column of the event's name, or one name for all rows.
    #[arg(long)]
    pub event: Option<String>,
    /// IANA name of the zone of times that name none.
    #[arg(long, default_value = "UTC")]
    pub time_zone: String,
    /// Spend: the channel of rows that name none.
    #[arg(long)]
    pub channel: Option<String>,
    /// Spend: the currency of rows that name none; the company's when left out.
    #[arg(long)]
    pub currency: Option<base::Currency>,
    /// Only count what would happen.
    #[arg(long)]
    pub dry_run: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What an answer is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// The answer of the API.
    Json,
    /// One table.
    Csv,
    /// A workbook.
    Xlsx,
}

#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The question.
    pub file: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
    /// What the answer is written as. CSV holds one table of it, XLSX all.
    #[arg(long, value_enum, default_value = "json")]
    pub format: AnswerFormat,
    /// The table that a CSV holds; the first when left out. A wrong word is answered with those there are.
    #[arg(long)]
    pub table: Option<String>,
    /// The file to write; standard output when left out.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Ask this many times and print each run's milliseconds.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub repeat: Option<u32>,
    /// Answer on so many threads; on as many as there are processors when left out.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A file in the format funnel-cases/1.
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write.
    pub file: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Args)]
pub struct CheckDataArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Print what was found as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup.
    pub file: PathBuf,
    /// The data folder to make; it must not exist or be empty.
    #[arg(long, default_value = "suppilo-data", env = "SUPPILO_DATA")]
    pub data: PathBuf,
}

#[derive(Debug, Args)]
pub struct FunnelArgs {
    #[command(subcommand)]
    pub command: FunnelCommand,
}

#[derive(Debug, Subcommand)]
pub enum FunnelCommand {
    /// Find the mistakes that cost sales. Exit code 0: none that count, 1: some, 2: the file cannot be read.
    Check(FunnelCheckArgs),
    /// Tell what applying a file would change.
    Diff {
        /// The document in YAML or JSON.
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
        /// The language of the words.
        #[arg(long, default_value = "en")]
        locale: base::Locale,
    },
    /// Let a file run: as a further version of the funnel of its id, or as a new funnel. The plan is shown first; the same
    /// file again changes nothing.
    Apply {
        /// The document in YAML or JSON.
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Why, for those who read the history.
        #[arg(long, default_value = "")]
        message: String,
        /// The language of the words.
        #[arg(long, default_value = "en")]
        locale: base::Locale,
    },
    /// Print a funnel as YAML, with the comments it was written with.
    Export {
        /// The funnel's id in its document, such as main.
        slug: String,
        #[command(flatten)]
        data: DataArgs,
        /// Which version; the one that runs when left out.
        #[arg(long)]
        version: Option<i64>,
    },
    /// Print the JSON Schema of the document, for editors.
    Schema,
}

#[derive(Debug, Args)]
pub struct MailArgs {
    #[command(subcommand)]
    pub command: MailCommand,
}

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Hand in one mail, as it came, from standard input. It may be done while the program serves and while it does not.
    /// Exit code 0: it is kept, 65: it is no mail or too large, 75: try again later.
    In {
        /// The data folder.
        #[arg(long, default_value = "suppilo-data", env = "SUPPILO_DATA")]
        data: PathBuf,
    },
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingFormat {
    /// For people.
    Text,
    /// As the API answers them.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

/// From which severity on a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only what keeps a funnel from running.
    Error,
    /// Also what loses sales.
    Warning,
    /// Also what could be better.
    Advice,
}

#[derive(Debug, Args)]
pub struct FunnelCheckArgs {
    /// The document in YAML or JSON.
    pub file: PathBuf,
    /// A data folder: its pages, offers, mails, people and figures are looked at, too. Without it only the document is.
    #[arg(long, env = "SUPPILO_DATA")]
    pub data: Option<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value = "text")]
    pub format: FindingFormat,
    /// The least severity for exit code 1.
    #[arg(long, value_enum, default_value = "error")]
    pub fail_on: FailOn,
    /// The language of the words.
    #[arg(long, default_value = "en")]
    pub locale: base::Locale,
}

/// Log to standard error: standard output belongs to answers.
pub fn start_logging(format: LogFormat) {
    let mut filter = tracing_subscriber::EnvFilter::try_from_env("SUPPILO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn,sea_orm=warn"));
    // Whatever is asked for: its finest lines hold the mailbox's password.
    if let Ok(quiet) = "async_imap=info".parse() {
        filter = filter.add_directive(quiet);
    }
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
