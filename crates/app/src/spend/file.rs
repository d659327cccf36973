//! Spend from a file: an export of an ad network or a list that somebody keeps, in CSV, JSONL or Parquet.

use std::path::Path;

use base::{Currency, Money};
use jiff::tz::TimeZone;
use serde::Serialize;
use store::spend::Spend;

use super::{ENTRIES_MAX, Seen, SpendEntry, rows_of, save};
use crate::imports::number::{self, ValueType};
use crate::imports::time::{self, TimeFormat};
use crate::imports::{Cell, Next, ReadHint, Row, Table, cell::shortened, open};
use crate::{Actor, App, AppError, Result, permission::Permission};

/// The most rows of one file.
pub const FILE_ROWS_MAX: usize = 100_000;
/// Longest value repeated in a message, in characters.
const SHOWN_CHARS_MAX: usize = 40;

/// What the file does not say itself.
#[derive(Debug, Clone, Default)]
pub struct FileOptions {
    /// The channel of rows that name none.
    pub channel: Option<String>,
    /// The currency of rows that name none; the company's when absent.
    pub currency: Option<Currency>,
    /// Only count what would happen.
    pub is_dry_run: bool,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedLine {
    /// Line where it begins, from 1 (Parquet: number of the row).
    pub line: u64,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// How the columns were read: `amount: Kostnad`.
    pub columns: Vec<String>,
    /// Rows that an amount was set from.
    pub saved: usize,
    /// Rows that were not taken.
    pub refused: Vec<RefusedLine>,
}

/// What a column holds, and the words that name it in five languages, in small letters.
const MEANINGS: [(&str, &[&str]); 6] = [
    ("day", &["day", "date", "dag", "dato", "datum", "päivä", "pvm", "reporting starts"]),
    ("channel", &["channel", "kanal", "kanava", "source", "kilde", "källa"]),
    (
        "amount",
        &[
            "amount",
            "cost",
            "spend",
            "amount spent",
            "beløp",
            "kostnad",
            "kostnader",
            "forbruk",
            "belopp",
            "kostnader",
            "udgift",
            "omkostning",
            "summa",
            "kustannus",
            "kulu",
        ],
    ),
    ("currency", &["currency", "currency code", "valuta", "valutakode", "valutakod", "valuutta"]),
    ("campaign", &["campaign", "campaign name", "kampanje", "kampanj", "kampagne", "kampanja"]),
    ("note", &["note", "notes", "comment", "notat", "merknad", "kommentar", "anteckning", "huomautus"]),
];

/// Where each meaning stands, and the currency that a heading names: `Amount spent (NOK)`.
#[derive(Debug, Default)]
struct Columns {
    places: [Option<usize>; MEANINGS.len()],
    currency: Option<Currency>,
    told: Vec<String>,
}

impl Columns {
    fn of(names: &[String]) -> Self {
        let mut columns = Self::default();
        for (index, name) in names.iter().enumerate() {
            let (word, bracket) = name.split_once('(').map_or((name.as_str(), ""), |(word, rest)| (word, rest));
            let word = word.trim().to_lowercase().replace('_', " ");
            let Some(meaning) = MEANINGS.iter().position(|(_, words)| words.contains(&word.as_str())) else { continue };
            if columns.places[meaning].is_none() {
                columns.places[meaning] = Some(index);
                columns.told.push(format!("{}: {name}", MEANINGS[meaning].0));
                columns.currency = columns.currency.or_else(|| bracket.trim_end_matches(')').parse().ok());
            }
        }
        columns
    }

    fn has(&self, meaning: &str) -> bool {
        self.place(meaning).is_some()
    }

    fn place(&self, meaning: &str) -> Option<usize> {
        self.places[MEANINGS.iter().position(|(name, _)| *name == meaning)?]
    }

    fn cell<'a>(&self, row: &'a Row, meaning: &str) -> &'a Cell {
        const NOTHING: &Cell = &Cell::Empty;
        self.place(meaning).and_then(|place| row.cells.get(place)).unwrap_or(NOTHING)
    }
}

/// How the columns of days and amounts are written, found over the whole file.
struct Ways {
    day: TimeFormat,
    decimal: char,
}

/// Bring spend in from a file. Good rows are kept, each of the others is named; what was set for the same day,
/// channel, campaign and currency is replaced, so the same file brought in twice changes nothing.
pub async fn import_file(app: &App, actor: &Actor, path: &Path, options: &FileOptions) -> Result<Imported> {
    actor.may(Permission::SpendWrite)?;
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read_rows(&path)).await;
    let (columns, decimal_comma, rows, mut refused) = read.map_err(|error| AppError::Internal(error.to_string()))??;
    refuse_missing(&columns, options)?;
    let ways = ways(&columns, &rows, decimal_comma)?;
    let mut good: Vec<Spend> = Vec::new();
    let (mut seen, mut saved) = (Seen::default(), 0);
    for row in &rows {
        let line = usize::try_from(row.line).unwrap_or(usize::MAX);
        let found = entry_of(app, &columns, &ways, options, row)
            .and_then(|entry| rows_of(app, &entry, "").map_err(|problems| problems[0].message.clone()))
            .and_then(|new| match seen.add(&new, line) {
                Some(former) => {
                    Err(format!("line {former} is for the same day, channel, campaign and currency: add them up"))
                }
                None => Ok(new),
            });
        match found {
            Ok(new) => {
                saved += 1;
                good.extend(new);
            }
            Err(reason) => refused.push(RefusedLine { line: row.line, reason }),
        }
    }
    refused.sort_by_key(|refused| refused.line);
    if !options.is_dry_run {
        for rows in good.chunks(ENTRIES_MAX) {
            save(app, actor, rows, serde_json::json!({"from_file": true, "rows": rows.len()})).await?;
        }
    }
    Ok(Imported { columns: columns.told, saved, refused })
}

type Rows = (Columns, bool, Vec<Row>, Vec<RefusedLine>);

fn read_rows(path: &Path) -> Result<Rows> {
    let wrong = |error: crate::imports::ReadError| AppError::invalid("file", "unreadable", error.to_string());
    let mut table: Table = open(path, &ReadHint::default()).map_err(wrong)?;
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    while let Some(next) = table.next_row().map_err(wrong)? {
        if rows.len() + refused.len() == FILE_ROWS_MAX {
            let message = format!("the file has more than {FILE_ROWS_MAX} rows: split it");
            return Err(AppError::invalid("file", "too_long", message));
        }
        match next {
            Next::Row(row) => rows.push(row),
            Next::Refused(row) => refused.push(RefusedLine { line: row.line, reason: row.reason }),
        }
    }
    // Where commas stand in numbers, a semicolon stands between cells.
    let decimal_comma = table.dialect().is_some_and(|dialect| dialect.delimiter == ';');
    Ok((Columns::of(table.columns()), decimal_comma, rows, refused))
}

fn refuse_missing(columns: &Columns, options: &FileOptions) -> Result<()> {
    let given = [("day", false), ("amount", false), ("channel", options.channel.is_some())];
    let missing = given.into_iter().find(|(meaning, is_given)| !is_given && !columns.has(meaning));
    let Some((meaning, _)) = missing else { return Ok(()) };
    let words = MEANINGS.iter().find(|(name, _)| *name == meaning).map_or(&[] as &[&str], |(_, words)| words);
    let or = if meaning == "channel" { ", or name one for all rows with --channel" } else { "" };
    let message = format!("no column is called {meaning}: call one {}{or}", words[..4.min(words.len())].join(", "));
    Err(AppError::invalid("file", "no_column", message))
}

fn ways(columns: &Columns, rows: &[Row], decimal_comma: bool) -> Result<Ways> {
    let days = time::detect(true, rows.iter().map(|row| columns.cell(row, "day")));
    let day = match days {
        Some(found) if found.is_ambiguous => {
            let message = "of the days nobody can say which number is the month: write them as 2026-03-31";
            return Err(AppError::invalid("file", "ambiguous_days", message));
        }
        Some(found) => found.format,
        // Each row is then refused with what stands in it.
        None => TimeFormat::YearFirst,
    };
    let amounts: Vec<Cell> = rows.iter().map(|row| bare(columns.cell(row, "amount"))).collect();
    let decimal = match ValueType::detect(amounts.iter().filter(|cell| !cell.is_empty()), decimal_comma) {
        ValueType::NumberComma => ',',
        ValueType::Number => '.',
        _ if decimal_comma => ',',
        _ => '.',
    };
    Ok(Ways { day, decimal })
}

/// An amount without the currency around it: `kr 1 234,50`, `1 234 NOK`.
fn bare(cell: &Cell) -> Cell {
    let Cell::Text(text) = cell else { return cell.clone() };
    let is_around = |c: char| c.is_alphabetic() || c.is_whitespace() || matches!(c, '€' | '$' | '£');
    let inner = text.trim_end_matches(is_around).trim_start_matches(|c| is_around(c) || c == '.');
    Cell::text(inner)
}

/// A row as an entry, or what is wrong with it.
fn entry_of(app: &App, columns: &Columns, ways: &Ways, options: &FileOptions, row: &Row) -> Result<SpendEntry, String> {
    let text = |meaning: &str| columns.cell(row, meaning).as_text().trim().to_owned();
    let shown = |meaning: &str| shortened(&text(meaning), SHOWN_CHARS_MAX);
    let currency = match text("currency").as_str() {
        "" => options.currency.or(columns.currency).unwrap_or(app.company().currency),
        code => code.parse().map_err(|error: base::MoneyError| error.to_string())?,
    };
    let at = ways
        .day
        .read(columns.cell(row, "day"), &TimeZone::UTC)
        .map_err(|error| format!("the day {:?} cannot be read ({error}): write it as 2026-03-31", shown("day")))?;
    let number = match bare(columns.cell(row, "amount")) {
        Cell::Number(number) => Some(number),
        Cell::Text(text) => number::number(&text, ways.decimal),
        _ => None,
    };
    let major = number.and_then(|number| number.as_f64()).ok_or_else(|| {
        format!("the amount {:?} cannot be read: write a number such as 1234{}50", shown("amount"), ways.decimal)
    })?;
    let minor = (major * 10f64.powi(i32::try_from(currency.exponent()).unwrap_or(2))).round() as i64;
    let channel = Some(text("channel")).filter(|channel| !channel.is_empty()).or_else(|| options.channel.clone());
    Ok(SpendEntry {
        day: at.to_jiff().to_zoned(TimeZone::UTC).date().to_string(),
        until: None,
        channel: channel.unwrap_or_default(),
        amount: Money::new(minor, currency),
        campaign: text("campaign"),
        note: text("note"),
    })
}
