//! Numbers as people write them: `1234.5`, `1 234,50`, `1.234,50`, `kr 1 234`.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::Cell;

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// As the file holds it.
    #[default]
    Text,
    /// A number with a decimal point.
    Number,
    /// A number with a decimal comma.
    NumberComma,
    /// true and false, yes and no.
    Bool,
}

/// More digits than this are an id, not a quantity, and would lose digits as a number.
const DIGITS_MAX: usize = 15;

impl ValueType {
    /// The cell as JSON. What is not of the type stays a text: a price list may say "on request".
    pub fn read(self, cell: &Cell) -> Value {
        let Cell::Text(text) = cell else { return cell.to_json() };
        let typed = match self {
            Self::Text => None,
            Self::Number => number(text, '.').map(Value::Number),
            Self::NumberComma => number(text, ',').map(Value::Number),
            Self::Bool => bool_of(text).map(Value::Bool),
        };
        typed.unwrap_or_else(|| Value::String(text.clone()))
    }

    /// What the values of a column are, over the column. `is_comma_usual` decides `1,234`, which is
    /// a thousand and more in one half of the world and a little over one in the other.
    pub fn detect<'a>(values: impl Iterator<Item = &'a Cell> + Clone, is_comma_usual: bool) -> Self {
        let texts = || values.clone().filter_map(|cell| if let Cell::Text(text) = cell { Some(text) } else { None });
        if texts().next().is_none() {
            return Self::Text;
        }
        if texts().all(|text| bool_of(text).is_some()) {
            return Self::Bool;
        }
        let is_point = texts().all(|text| number(text, '.').is_some());
        let is_comma = texts().all(|text| number(text, ',').is_some());
        match (is_point, is_comma) {
            (true, false) => Self::Number,
            (false, true) => Self::NumberComma,
            (true, true) if is_comma_usual && texts().any(|text| text.contains([',', '.'])) => Self::NumberComma,
            (true, true) => Self::Number,
            (false, false) => Self::Text,
        }
    }
}

fn bool_of(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "ja" | "kyllä" | "sant" | "sann" => Some(true),
        "false" | "no" | "nei" | "nej" | "ei" | "usant" | "falsk" => Some(false),
        _ => None,
    }
}

/// A number with this decimal sign; groups of three may be set apart by the other one, a space or `'`.
pub fn number(text: &str, decimal: char) -> Option<Number> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once(decimal).map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let group = if decimal == '.' { ',' } else { '.' };
    let mut groups = whole.split([group, ' ', '\u{a0}', '\u{202f}', '\'']);
    let first = groups.next()?;
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        plain.push_str(group);
    }
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = plain.len() > 1 && plain.starts_with('0');
    if !is_digits(&plain) || is_id || plain.len() + fraction.map_or(0, str::len) > DIGITS_MAX {
        return None;
    }
    match fraction {
        None => format!("{sign}{plain}").parse::<i64>().ok().map(Number::from),
        Some(fraction) if is_digits(fraction) => {
            format!("{sign}{plain}.{fraction}").parse::<f64>().ok().and_then(Number::from_f64)
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_with_their_decimal_sign() {
        let point = |text| number(text, '.').map(Value::Number);
        let comma = |text| number(text, ',').map(Value::Number);
        assert_eq!(point("1234.5"), Some(json!(1234.5)));
        assert_eq!(point("1,234,567"), Some(json!(1_234_567)));
        assert_eq!(point("-12"), Some(json!(-12)));
        assert_eq!(comma("1.234,50"), Some(json!(1234.5)));
        assert_eq!(comma("1 234,5"), Some(json!(1234.5)));
        assert_eq!(comma("12"), Some(json!(12)));
        for no_number in ["007", "+", "", "1,23,4", "12345678901234567", "1.2.3", "50-200", "1e5", "NaN", "1."] {
            assert_eq!(point(no_number), None, "{no_number}");
        }
        assert_eq!(point("0.25"), Some(json!(0.25)));
    }

    #[test]
    fn a_column_is_of_one_type() {
        let detect = |values: &[&str], comma| {
            let cells: Vec<Cell> = values.iter().map(|text| Cell::text(text)).collect();
            ValueType::detect(cells.iter(), comma)
        };
        assert_eq!(detect(&["1,5", "12,25"], false), ValueType::NumberComma);
        assert_eq!(detect(&["1,234", "2,345"], false), ValueType::Number);
        assert_eq!(detect(&["1,234", "2,345"], true), ValueType::NumberComma);
        assert_eq!(detect(&["1.0", "", "30000.0"], true), ValueType::Number);
        assert_eq!(detect(&["TRUE", "FALSE"], false), ValueType::Bool);
        assert_eq!(detect(&["20-50", "10"], false), ValueType::Text);
        assert_eq!(detect(&["0047", "12"], false), ValueType::Text);
        assert_eq!(ValueType::Number.read(&Cell::text("on request")), json!("on request"));
    }
}
