//! Answers and the people behind them as files: CSV for programs, XLSX for people.

mod answers;
mod csv;
mod deals;
mod funnel;
mod people;
mod records;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod vcard;
mod xlsx;

use base::Timestamp;
use insight::query::Query;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::insights::{self, off_the_runtime};
use crate::team::{TeamReport, export};
use crate::{Actor, App, AppError, Result, permission::Permission};

pub(crate) use csv::as_meant;
pub use deals::{DEAL_COLUMNS, DealExportRequest, DealSelection, deals};
pub use people::{PeopleExportRequest, people};
pub use records::{ExportColumn, RecordExportRequest, records};
pub use stream::Streamed;
pub(crate) use stream::{Pages, stream};
pub(crate) use table::Cell;
use table::Table;
pub use vcard::{Card, contact as contact_card};

/// The most rows of one file. A sheet takes about a million.
pub const ROWS_MAX: usize = 500_000;
/// Files that are made at once: each holds its answer and its bytes in memory.
pub const AT_ONCE_MAX: usize = 2;
/// Longest name of a file without its ending, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// Places for those who make files: the others wait their turn.
#[derive(Debug)]
pub struct Places(Semaphore);

impl Default for Places {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE_MAX))
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ExportFormat)]
pub enum Format {
    /// One table as text: RFC 4180, UTF-8.
    Csv,
    /// A workbook with a sheet for each table.
    Xlsx,
}

/// What a file of records is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RecordExportFormat)]
pub enum RecordFormat {
    /// One table as text: RFC 4180, UTF-8.
    Csv,
    /// A workbook.
    Xlsx,
    /// Address cards, vCard 4.0: contacts only. The columns are those of cards.
    Vcf,
}

impl From<Format> for RecordFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Xlsx => Self::Xlsx,
        }
    }
}

impl RecordFormat {
    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => Format::Csv.content_type(),
            Self::Xlsx => Format::Xlsx.content_type(),
            Self::Vcf => "text/vcard; charset=utf-8",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => Format::Csv.ending(),
            Self::Xlsx => Format::Xlsx.ending(),
            Self::Vcf => "vcf",
        }
    }
}

impl Format {
    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A question whose answer shall be a file.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// A body of `POST /insights/query`.
    #[schema(value_type = Query)]
    pub query: Value,
    pub format: Format,
    /// What the file is called, without its ending; after the kind of the question when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Which table of the answer. A CSV holds one, the first when absent; a workbook holds all when absent.
    /// A funnel has `steps`, `breakdown`, `time_to_convert`, `trend` and `survival`; a trend `trend` and `totals`;
    /// retention `retention` (a row for each cohort and period) and `cohorts` (a row for each cohort); a lifecycle
    /// `lifecycle`; paths `links` and `steps`; time in stage `stages`. With `compare` there is also `compared`, the
    /// second period: of a funnel its steps, beside `changes` (what changed at each step, with its 95 % interval and
    /// chance) and `compared_breakdown`, `compared_time_to_convert`, `compared_trend`, `compared_survival`; of a trend
    /// its buckets, and `totals` tell both periods; of retention its cells, beside `compared_cohorts`.
    #[serde(default)]
    pub table: Option<String>,
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub bytes: Vec<u8>,
    pub format: Format,
    /// With its ending; holds nothing that a file system refuses.
    pub file_name: String,
}

/// The answer to a question as a file.
pub async fn answer(app: &App, actor: &Actor, request: ExportRequest) -> Result<Exported> {
    actor.may(Permission::InsightsRead)?;
    let query = in_query(insights::read(app, actor, request.query).await)?;
    of_query(app, actor, query, request.format, request.name, request.table).await
}

/// The answer to a question that was read before, as a file.
pub async fn of_query(
    app: &App,
    actor: &Actor,
    query: Query,
    format: Format,
    name: Option<String>,
    table: Option<String>,
) -> Result<Exported> {
    actor.may(Permission::InsightsRead)?;
    let _place = place(app).await?;
    let query = query.asked_at(app.now());
    let answer = app.log.answer(&query).await?;
    let about = About::of(app, name.as_deref().unwrap_or_default(), &kind(&query));
    off_the_runtime(move || file(answers::tables(&query, &answer), format, table.as_deref(), &about)).await?
}

/// The team report as a file.
pub(crate) async fn team(app: &App, format: Format, report: TeamReport) -> Result<Exported> {
    let _place = place(app).await?;
    let about = About::of(app, "", "team");
    off_the_runtime(move || {
        let (people, steps) = (report.rows.len() + 1, (report.rows.len() + 1) * report.stages.len());
        let tables = vec![
            Table::new("people", "People", export::PEOPLE_HEADER, people, export::people(&report)),
            Table::new("steps", "Steps", export::STEPS_HEADER, steps, export::steps(&report)),
        ];
        file(tables, format, None, &about)
    })
    .await?
}

/// The word that says its kind.
fn kind(query: &Query) -> String {
    serde_json::to_value(query).ok().and_then(|body| Some(body["insight"].as_str()?.to_owned())).unwrap_or_default()
}

async fn place(app: &App) -> Result<tokio::sync::SemaphorePermit<'_>> {
    app.exports.0.acquire().await.map_err(|error| AppError::Internal(error.to_string()))
}

/// The fields of a question, as the request names them.
fn in_query<T>(parsed: Result<T>) -> Result<T> {
    parsed.map_err(|error| match error {
        AppError::Invalid(mut problems) => {
            for problem in &mut problems {
                let is_whole = problem.field.is_empty() || problem.field == ".";
                problem.field = if is_whole { "query".to_owned() } else { format!("query.{}", problem.field) };
            }
            AppError::Invalid(problems)
        }
        error => error,
    })
}

/// What a file says of itself.
struct About {
    stem: String,
    made_at: Timestamp,
    zone: TimeZone,
}

impl About {
    fn of(app: &App, name: &str, otherwise: &str) -> Self {
        let zone = TimeZone::get(&app.company().timezone).unwrap_or(TimeZone::UTC);
        let name = plain_name(name);
        Self { stem: if name.is_empty() { otherwise.to_owned() } else { name }, made_at: app.now(), zone }
    }
}

/// A name that every file system takes.
fn plain_name(name: &str) -> String {
    let plain = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
        c => c,
    };
    let kept: String = name.chars().filter(|c| !c.is_control()).map(plain).take(NAME_CHARS_MAX).collect();
    // A file that begins with a point is hidden; Windows cuts points and spaces off the end.
    kept.trim_matches(|c: char| c == '.' || c.is_whitespace()).to_owned()
}

fn file(tables: Vec<Table<'_>>, format: Format, table: Option<&str>, about: &About) -> Result<Exported> {
    let tables = chosen(tables, format, table)?;
    let rows: usize = tables.iter().map(|table| table.row_count).sum();
    if rows > ROWS_MAX {
        let message =
            format!("the answer has {rows} rows and a file takes {ROWS_MAX}: ask for a shorter time or fewer values");
        return Err(AppError::invalid("query", "too_many_rows", message));
    }
    let bytes = match format {
        // Of several tables the choice left one.
        Format::Csv => tables.into_iter().next().map_or(Ok(Vec::new()), csv::bytes)?,
        Format::Xlsx => {
            let about = xlsx::About { title: &about.stem, made_at: about.made_at, zone: &about.zone };
            xlsx::bytes(tables, &about)?
        }
    };
    Ok(Exported { bytes, format, file_name: format!("{}.{}", about.stem, format.ending()) })
}

fn chosen<'a>(mut tables: Vec<Table<'a>>, format: Format, table: Option<&str>) -> Result<Vec<Table<'a>>> {
    if let Some(word) = table {
        let words: Vec<_> = tables.iter().map(|table| table.word).collect();
        tables.retain(|table| table.word == word);
        if tables.is_empty() {
            let message = format!("this answer has the tables {}", words.join(", "));
            return Err(AppError::invalid("table", "unknown", message));
        }
    }
    if format == Format::Csv {
        tables.truncate(1);
    }
    Ok(tables)
}
