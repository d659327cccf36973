//! What templates can do with values beyond Jinja's own filters: fall back, and write money, numbers
//! and dates as the reader's language writes them. The language is the context's `locale`.

use base::{Currency, Locale, Timestamp};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, Value,
    value::{Rest, ValueKind},
};

/// The accent when the brand names none, or something that is not a colour.
pub const ACCENT_DEFAULT: &str = "#0F6E6E";

/// Our own filters and those of Jinja's that people reach for, to suggest when a name is misspelt.
const SUGGESTED: [&str; 22] = [
    "default",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "replace",
    "join",
    "length",
    "first",
    "last",
    "round",
    "sort",
    "items",
    "urlencode",
    "escape",
    "money",
    "number",
    "date",
    "color",
    "ink",
    "tint",
];

const NO_BREAK_SPACE: char = '\u{a0}';

/// Add the filters and the way values are printed.
pub(super) fn install(env: &mut Environment<'static>) {
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("money", money);
    env.add_filter("number", number);
    env.add_filter("date", date);
    env.add_filter("color", color);
    env.add_filter("ink", ink);
    env.add_filter("tint", tint);
    env.set_formatter(print);
}

/// Values as people expect them in a mail: what is missing prints as nothing, not as `None`; escaping
/// leaves `/` alone so that links stay readable in the source.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(());
    }
    let text = value.to_string();
    if value.is_safe() || matches!(state.auto_escape(), AutoEscape::None) {
        return out.write_str(&text).map_err(Error::from);
    }
    out.write_str(&escape(&text)).map_err(Error::from)
}

/// The text for HTML, in an element or between quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// The value, or the fallback when it is missing, null or blank.
fn default(value: Value, fallback: Rest<Value>) -> Value {
    let is_blank = value.is_undefined() || value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if is_blank { fallback.first().cloned().unwrap_or_else(|| Value::from("")) } else { value }
}

/// How one language writes numbers and dates.
struct Writing {
    group: char,
    decimal: char,
    is_currency_first: bool,
    day_suffix: &'static str,
    months: [&'static str; 12],
}

const ENGLISH: Writing = Writing {
    group: ',',
    decimal: '.',
    is_currency_first: true,
    day_suffix: "",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};
const NORWEGIAN: Writing = Writing {
    group: NO_BREAK_SPACE,
    decimal: ',',
    is_currency_first: false,
    day_suffix: ".",
    months: [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ],
};
const DANISH: Writing = Writing {
    group: '.',
    months: [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    ..NORWEGIAN
};
const SWEDISH: Writing = Writing {
    day_suffix: "",
    months: [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    ..NORWEGIAN
};
const FINNISH: Writing = Writing {
    months: [
        "tammikuuta",
        "helmikuuta",
        "maaliskuuta",
        "huhtikuuta",
        "toukokuuta",
        "kesäkuuta",
        "heinäkuuta",
        "elokuuta",
        "syyskuuta",
        "lokakuuta",
        "marraskuuta",
        "joulukuuta",
    ],
    ..NORWEGIAN
};

fn language(state: &State) -> String {
    let locale = state.lookup("locale").and_then(|value| value.as_str().and_then(|text| text.parse::<Locale>().ok()));
    locale.map_or_else(|| "en".to_owned(), |locale| locale.language().to_owned())
}

fn writing(language: &str) -> &'static Writing {
    match language {
        "nb" | "nn" | "no" => &NORWEGIAN,
        "da" => &DANISH,
        "sv" => &SWEDISH,
        "fi" => &FINNISH,
        _ => &ENGLISH,
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// `1234567` as `1 234 567` or `1,234,567`.
fn grouped(digits: &str, group: char) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    out
}

fn decimal(minor: i64, exponent: u32, writing: &Writing) -> String {
    let scale = 10u64.pow(exponent.min(18));
    let size = minor.unsigned_abs();
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let whole = grouped(&(size / scale).to_string(), writing.group);
    if exponent == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}{}{:0width$}", writing.decimal, size % scale, width = exponent as usize)
}

/// The sign a reader of the language knows a currency by; its code where several share a sign.
fn currency_sign(code: &str, language: &str) -> String {
    match (code, language) {
        ("NOK", "nb" | "nn" | "no") | ("SEK", "sv") | ("DKK", "da") => "kr".to_owned(),
        ("EUR", _) => "€".to_owned(),
        ("GBP", _) => "£".to_owned(),
        _ => code.to_owned(),
    }
}

/// `{"minor": 1245000, "currency": "NOK"}` as `12 450,00 kr`; a text is left as it is.
fn money(state: &State, value: Value) -> Result<String, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(String::new());
    }
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    let expected = || invalid("money takes an amount such as {\"minor\": 9900, \"currency\": \"NOK\"}");
    let minor = value.get_attr("minor").ok().and_then(|minor| i64::try_from(minor).ok()).ok_or_else(expected)?;
    let code = value.get_attr("currency").map_err(|_| expected())?;
    let currency: Currency = code.as_str().ok_or_else(expected)?.parse().map_err(|_| expected())?;
    let language = language(state);
    let writing = writing(&language);
    let amount = decimal(minor, currency.exponent(), writing);
    let sign = currency_sign(currency.code(), &language);
    Ok(match (writing.is_currency_first, sign.chars().count()) {
        (true, 1) => format!("{sign}{amount}"),
        (true, _) => format!("{sign}{NO_BREAK_SPACE}{amount}"),
        (false, _) => format!("{amount}{NO_BREAK_SPACE}{sign}"),
    })
}

/// A whole or decimal number with its groups and decimal sign.
fn number(state: &State, value: Value) -> Result<String, Error> {
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => return Ok(String::new()),
        ValueKind::Number | ValueKind::String => value.to_string(),
        _ => return Err(invalid("number takes a number")),
    };
    let writing = writing(&language(state));
    let (sign, size) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("\u{2212}", rest));
    let (whole, fraction) = size.split_once('.').map_or((size, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return Ok(text);
    }
    let whole = grouped(whole, writing.group);
    Ok(match fraction.filter(|fraction| fraction.bytes().any(|b| b != b'0')) {
        Some(fraction) => format!("{sign}{whole}{}{fraction}", writing.decimal),
        None => format!("{sign}{whole}"),
    })
}

/// A point in time (RFC 3339, or milliseconds since 1970) or a day (`2026-11-22`) as `22. november 2026`,
/// in the time zone `company.time_zone`, else UTC.
fn date(state: &State, value: Value) -> Result<String, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(String::new());
    }
    let expected = || invalid("date takes a time such as 2026-11-22T09:30:00Z or a day such as 2026-11-22");
    let day = match (value.as_str(), i64::try_from(value.clone())) {
        (Some(text), _) => match text.parse::<Timestamp>() {
            Ok(time) => local_day(state, time),
            Err(_) => text.parse::<jiff::civil::Date>().map_err(|_| expected())?,
        },
        (None, Ok(ms)) => local_day(state, Timestamp::from_ms(ms)),
        (None, Err(_)) => return Err(expected()),
    };
    let language = language(state);
    let writing = writing(&language);
    let month = writing.months[usize::from(day.month().unsigned_abs()).saturating_sub(1).min(11)];
    Ok(format!("{}{} {month} {}", day.day(), writing.day_suffix, day.year()))
}

fn local_day(state: &State, time: Timestamp) -> jiff::civil::Date {
    let zone = state.lookup("company").and_then(|company| company.get_attr("time_zone").ok());
    let zone = zone.as_ref().and_then(|zone| zone.as_str()).and_then(|name| jiff::tz::TimeZone::get(name).ok());
    time.to_jiff().to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC)).date()
}

/// Red, green and blue of `#rgb` or `#rrggbb`.
fn rgb(text: &str) -> Option<[u8; 3]> {
    let hex = text.trim().strip_prefix('#')?;
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let wide: String = match hex.len() {
        3 => hex.chars().flat_map(|c| [c, c]).collect(),
        6 => hex.to_owned(),
        _ => return None,
    };
    let channel = |at: usize| u8::from_str_radix(&wide[at..at + 2], 16).ok();
    Some([channel(0)?, channel(2)?, channel(4)?])
}

fn rgb_or_accent(value: &Value) -> [u8; 3] {
    value.as_str().and_then(rgb).or_else(|| rgb(ACCENT_DEFAULT)).unwrap_or_default()
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// The colour when it is one, else the accent every new company has.
fn color(value: Value) -> String {
    hex(rgb_or_accent(&value))
}

/// The text colour, near black or white, that reads better on this colour (WCAG 2 contrast).
fn ink(value: Value) -> &'static str {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = rgb_or_accent(&value).map(linear);
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    // Contrast with white against contrast with #14201F, whose luminance is 0.012.
    if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.062 { "#FFFFFF" } else { "#14201F" }
}

/// The colour mixed with white, 8 parts in 100: a calm background.
fn tint(value: Value) -> String {
    let mix = |channel: u8| ((u32::from(channel) * 8 + 255 * 92) / 100) as u8;
    hex(rgb_or_accent(&value).map(mix))
}

/// What to write instead of an unknown filter, from minijinja's `filter xyz is unknown`.
pub(super) fn suggestion(detail: &str) -> String {
    nearest(detail.split_whitespace().nth(1).unwrap_or_default(), &SUGGESTED)
}

/// `did you mean trim?`, or all that there are when none is near.
pub(super) fn nearest(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (distance(name, known), known)).min();
    match nearest {
        Some((steps, known)) if steps <= 3 => format!("did you mean {known}?"),
        _ => format!("use one of {}", known.join(", ")),
    }
}

/// How many letters differ (Levenshtein), of the first 40.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(40).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let cost = (row[j] + 1).min(row[j + 1] + 1).min(diagonal + usize::from(a != *b));
            diagonal = row[j + 1];
            row[j + 1] = cost;
        }
    }
    row[right.len()]
}
