//! How a delimited file is written: its delimiter, its quotes, and whether its first row names the columns.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ReadError, ReadHint,
    fields::{Fed, Fields},
};
use crate::imports::time;

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Dialect {
    /// Between two cells.
    pub delimiter: char,
    /// Around cells that hold a delimiter; none when the file quotes nothing.
    pub quote: Option<char>,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// Lines before the first row that are skipped.
    pub skipped_lines: u32,
}

/// Rows of the sample that take part.
const ROWS_MAX: usize = 100;
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Find out how the sample is written; what the hint says is not questioned.
pub(super) fn detect(sample: &str, line_end: u8, hint: &ReadHint) -> Result<Dialect, ReadError> {
    let mut skipped_lines = hint.skip_lines.unwrap_or(0);
    let mut lines: Vec<&str> = sample.split(char::from(line_end)).map(|line| line.trim_end_matches('\r')).collect();
    if lines.len() > 1 && sample.len() > 1 {
        // The sample ends somewhere in a line, and half a line counts too few cells.
        lines.pop();
    }
    lines.drain(..lines.len().min(skipped_lines as usize));
    let declared = lines.first().and_then(|line| excel_declaration(line));
    if declared.is_some() {
        skipped_lines += 1;
        lines.remove(0);
    }
    let quote = quote(&lines, hint)?;
    let delimiter = match (hint.delimiter, declared) {
        (Some(delimiter), _) => u8::try_from(delimiter)
            .ok()
            .filter(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) && Some(*byte) != quote)
            .ok_or_else(|| ReadError::Hint("the delimiter must be one ASCII character, such as ; or ,".into()))?,
        (None, Some(delimiter)) => delimiter,
        (None, None) => best_delimiter(&lines, quote),
    };
    let has_header = hint.header.unwrap_or_else(|| looks_like_header(&lines, delimiter, quote));
    Ok(Dialect { delimiter: char::from(delimiter), quote: quote.map(char::from), has_header, skipped_lines })
}

/// Excel's own first line: `sep=;`.
fn excel_declaration(line: &str) -> Option<u8> {
    match line.trim().trim_matches('"').as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

fn quote(lines: &[&str], hint: &ReadHint) -> Result<Option<u8>, ReadError> {
    match hint.quote.as_deref().map(str::as_bytes) {
        Some([]) => return Ok(None),
        Some([quote]) if quote.is_ascii_punctuation() => return Ok(Some(*quote)),
        Some(_) => return Err(ReadError::Hint("the quote must be one ASCII sign, such as \", or empty".into())),
        None => {}
    }
    // Single quotes are quotes only where most lines both begin and end with one: else they are apostrophes.
    let singles = lines.iter().filter(|line| line.len() > 1 && line.starts_with('\'') && line.ends_with('\'')).count();
    Ok(Some(if singles * 2 > lines.len() { b'\'' } else { b'"' }))
}

fn records(lines: &[&str], delimiter: u8, quote: Option<u8>, rows_max: usize) -> Vec<Vec<String>> {
    let mut fields = Fields::new(delimiter, quote);
    let mut rows = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        if rows.len() == rows_max {
            break;
        }
        match fields.feed(line.as_bytes()) {
            Fed::Open => continue,
            Fed::Whole => {
                rows.push(fields.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect());
            }
            Fed::Broken => {}
        }
        fields.clear();
    }
    rows
}

/// The delimiter by which most rows have as many cells as the first; among equals the one that gives more.
fn best_delimiter(lines: &[&str], quote: Option<u8>) -> u8 {
    let score = |delimiter: &u8| {
        let rows = records(lines, *delimiter, quote, ROWS_MAX);
        let columns = rows.first().map_or(0, Vec::len);
        if columns < 2 {
            return (0, 0);
        }
        let same = rows.iter().filter(|row| row.len() == columns).count();
        (same * 100 / rows.len(), columns)
    };
    // `max_by_key` keeps the last of equals; the commonest delimiter should win them.
    DELIMITERS.into_iter().rev().max_by_key(score).unwrap_or(b',')
}

/// Names are not values: a first row with an address, a date, or mostly numbers is data.
fn looks_like_header(lines: &[&str], delimiter: u8, quote: Option<u8>) -> bool {
    let rows = records(lines, delimiter, quote, 1);
    let Some(first) = rows.first() else { return true };
    let is_number = |cell: &&String| cell.parse::<f64>().is_ok();
    let is_value = |cell: &String| cell.parse::<base::Email>().is_ok() || time::looks_like_date(cell);
    let filled = first.iter().filter(|cell| !cell.is_empty()).count();
    !first.iter().any(is_value) && first.iter().filter(is_number).count() * 2 < filled.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(sample: &str) -> Dialect {
        detect(sample, b'\n', &ReadHint::default()).unwrap()
    }

    #[test]
    fn delimiters_are_found() {
        let cases = [
            ("a,b,c\n1,2,3\n", ','),
            ("a;b;c\n1,5;2;3\n1,2;2,5;3\n", ';'),
            ("a\tb\n1\t2\n", '\t'),
            ("a|b|c\nx, y|1|2\n", '|'),
            ("name,notes\n\"a;b;c\",\"d;e\"\n", ','),
            ("email\na@example.no\n", ','),
            ("sep=|\na|b,c\n1|2\n", '|'),
            ("a;\"b\nc\";d\n1;2;3\n", ';'),
        ];
        for (sample, expect) in cases {
            assert_eq!(dialect(sample).delimiter, expect, "{sample}");
        }
        assert_eq!(dialect("sep=;\na;b\n").skipped_lines, 1);
    }

    #[test]
    fn a_first_row_of_values_is_no_header() {
        assert!(dialect("email;name\na@example.no;A\n").has_header);
        assert!(!dialect("a@example.no;A\nb@example.no;B\n").has_header);
        assert!(!dialect("u1,2024-03-13 10:21:14,home\n").has_header);
        assert!(!dialect("1,2,x\n3,4,y\n").has_header);
        assert!(dialect("").has_header);
    }

    #[test]
    fn hints_are_followed_or_refused() {
        let hint =
            ReadHint { delimiter: Some('~'), header: Some(true), quote: Some(String::new()), ..Default::default() };
        let found = detect("1~2\n", b'\n', &hint).unwrap();
        assert_eq!((found.delimiter, found.quote, found.has_header), ('~', None, true));
        for bad in [
            ReadHint { delimiter: Some('æ'), ..Default::default() },
            ReadHint { delimiter: Some('"'), ..Default::default() },
            ReadHint { quote: Some("ab".into()), ..Default::default() },
        ] {
            assert!(detect("a,b\n", b'\n', &bad).is_err());
        }
    }
}
