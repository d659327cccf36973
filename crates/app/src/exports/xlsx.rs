//! Tables as a workbook: a sheet for each, with real numbers, dates and percentages under a heading that stays.

use base::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::table::{Cell, Table};
use crate::{AppError, Result};

/// What a sheet takes of a text, in characters (Excel's limit).
const TEXT_CHARS_MAX: usize = 32_767;
/// Narrowest and widest column, in characters.
const WIDTH_MIN: usize = 10;
const WIDTH_MAX: usize = 60;
/// Widths of a day and of a moment as they are shown.
const DAY_WIDTH: usize = 12;
const MOMENT_WIDTH: usize = 20;

/// What stands in a workbook beside its tables.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) made_at: Timestamp,
    /// In which zone moments are shown: sheets know none.
    pub(super) zone: &'a TimeZone,
}

/// The bytes of a workbook.
pub(super) fn bytes(tables: Vec<Table<'_>>, about: &About<'_>) -> Result<Vec<u8>> {
    workbook(tables, about).map_err(|error| AppError::Internal(format!("a workbook could not be written: {error}")))
}

/// A workbook of one table in a file.
pub(super) fn save(table: Table<'_>, about: &About<'_>, path: &std::path::Path) -> Result<()> {
    let saved = filled(vec![table], about).and_then(|mut workbook| workbook.save(path));
    saved.map_err(|error| AppError::Internal(format!("a workbook could not be written: {error}")))
}

fn workbook(tables: Vec<Table<'_>>, about: &About<'_>) -> Result<Vec<u8>, XlsxError> {
    filled(tables, about)?.save_to_buffer()
}

fn filled(tables: Vec<Table<'_>>, about: &About<'_>) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let mut properties = DocProperties::new().set_title(about.title);
    if let Some(made_at) = date_time(about.made_at, about.zone) {
        properties = properties.set_creation_datetime(&made_at);
    }
    workbook.set_properties(&properties);
    let formats = Formats::new();
    for table in tables {
        // Rows go to a file as they come: as objects in memory, half a million would take 200 MB.
        let sheet = workbook.add_worksheet_with_low_memory()?;
        write(sheet, table, &formats, about.zone)?;
    }
    Ok(workbook)
}

struct Formats {
    heading: Format,
    count: Format,
    share: Format,
    day: Format,
    moment: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            heading: Format::new().set_bold(),
            count: Format::new().set_num_format("#,##0"),
            share: Format::new().set_num_format("0.0%"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

fn write(sheet: &mut Worksheet, table: Table<'_>, formats: &Formats, zone: &TimeZone) -> Result<(), XlsxError> {
    sheet.set_name(table.title)?;
    sheet.set_freeze_panes(1, 0)?;
    let mut widths: Vec<usize> = table.header.iter().map(|heading| heading.chars().count()).collect();
    for (column, heading) in (0u16..).zip(&table.header) {
        sheet.write_string_with_format(0, column, fitting(heading), &formats.heading)?;
    }
    let mut last_row = 0;
    for (row, cells) in (1u32..).zip(table.rows) {
        for ((column, cell), width) in (0u16..).zip(&cells).zip(&mut widths) {
            *width = width_of(cell).max(*width);
            write_cell(sheet, (row, column), cell, formats, zone)?;
        }
        last_row = row;
    }
    for (column, width) in (0u16..).zip(&widths) {
        // One more than the text, for the arrow of the filter.
        sheet.set_column_width(column, (width + 2).clamp(WIDTH_MIN, WIDTH_MAX) as f64)?;
    }
    if let Some(last_column) = u16::try_from(table.header.len()).ok().and_then(|columns| columns.checked_sub(1)) {
        sheet.autofilter(0, 0, last_row, last_column)?;
    }
    Ok(())
}

fn width_of(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::Text(text) => text.chars().take(WIDTH_MAX).count(),
        Cell::Day(_) => DAY_WIDTH,
        Cell::At(_) => MOMENT_WIDTH,
        _ => 0,
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    formats: &Formats,
    zone: &TimeZone,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        // Written as a string, no text becomes a formula.
        Cell::Text(text) => drop(sheet.write_string(row, column, fitting(text))?),
        Cell::Count(count) => drop(sheet.write_number_with_format(row, column, *count as f64, &formats.count)?),
        Cell::Number(number) => drop(sheet.write_number(row, column, *number)?),
        Cell::Share(share) => drop(sheet.write_number_with_format(row, column, *share, &formats.share)?),
        Cell::Day(day) => match excel_day(*day) {
            Some(date) => drop(sheet.write_datetime_with_format(row, column, &date, &formats.day)?),
            None => drop(sheet.write_string(row, column, day.to_string())?),
        },
        Cell::At(moment) => match date_time(*moment, zone) {
            Some(date) => drop(sheet.write_datetime_with_format(row, column, &date, &formats.moment)?),
            None => drop(sheet.write_string(row, column, moment.to_string())?),
        },
    }
    Ok(())
}

fn fitting(text: &str) -> &str {
    let end = text.char_indices().nth(TEXT_CHARS_MAX).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// The calendar of sheets begins with the year 1900.
fn excel_day(day: jiff::civil::Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok()?;
    let (month, day) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(year, month, day).ok()
}

fn date_time(moment: Timestamp, zone: &TimeZone) -> Option<ExcelDateTime> {
    let local = moment.to_jiff().to_zoned(zone.clone());
    let hour = u16::try_from(local.hour()).ok()?;
    let minute = u8::try_from(local.minute()).ok()?;
    excel_day(local.date())?.and_hms(hour, minute, f64::from(local.second())).ok()
}
