//! What a text of the company promises, as far as it can be read for sure. What is doubtful is left aside: a false alarm
//! costs the trust that a right one needs.

use base::{Currency, Money};
use jiff::civil::Date;

use crate::document::Duration;

/// Beginnings of the words for a day, a week, a month and a year in the languages of the program.
const UNITS: [(&str, u32); 19] = [
    ("day", 1),
    ("dag", 1),
    ("døgn", 1),
    ("päiv", 1),
    ("week", 7),
    ("uke", 7),
    ("veck", 7),
    ("uge", 7),
    ("viik", 7),
    ("month", 30),
    ("måned", 30),
    ("månad", 30),
    ("kuuka", 30),
    ("kuukaut", 30),
    ("year", 365),
    ("år", 365),
    ("vuo", 365),
    ("ukers", 7),
    ("dagers", 1),
];

/// The first span of time that a text names: `30 days`, `60-dagers`.
pub fn duration_in(text: &str) -> Option<Duration> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(2).find_map(|pair| {
        let count: u32 = pair[0].parse().ok().filter(|count| (1..=3_650).contains(count))?;
        let days = UNITS.iter().find(|(unit, _)| pair[1].starts_with(unit))?.1;
        Some(Duration::days(count.checked_mul(days)?.min(36_500)))
    })
}

/// The price that a text names, when it names one amount and the mark of its currency: `Buy for 1 990 kr`.
pub fn price_in(text: &str, currency: Currency) -> Option<Money> {
    let lower = text.to_lowercase();
    let code = currency.code().to_lowercase();
    let marks: &[&str] = match currency.code() {
        "NOK" | "SEK" | "DKK" => &["kr", ",-"],
        "EUR" => &["€"],
        "USD" => &["$"],
        "GBP" => &["£"],
        _ => &[],
    };
    if !lower.contains(&code) && !marks.iter().any(|mark| lower.contains(mark)) {
        return None;
    }
    let mut amounts = amounts(&lower);
    let (whole, part) = amounts.pop().filter(|_| amounts.is_empty())?;
    let scale = 10i64.checked_pow(currency.exponent())?;
    let part = match (part.len(), currency.exponent()) {
        (0, _) => 0,
        (2, 2) => part.parse().ok()?,
        _ => return None,
    };
    Some(Money::new(whole.checked_mul(scale)?.checked_add(part)?, currency))
}

/// The numbers of a text: whole part, and the digits behind a point or comma that no thousands follow.
fn amounts(text: &str) -> Vec<(i64, String)> {
    let chars: Vec<char> = text.chars().collect();
    let digits = |from: usize| chars[from.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let mut length = digits(at);
        if length == 0 {
            at += 1;
            continue;
        }
        let mut whole: String = chars[at..at + length].iter().collect();
        at += length;
        // Groups of three behind a space, point or comma are thousands.
        while whole.len() <= 12 && matches!(chars.get(at), Some(' ' | '\u{a0}' | '\u{202f}' | '.' | ',')) {
            length = digits(at + 1);
            if length != 3 {
                break;
            }
            whole.extend(&chars[at + 1..at + 4]);
            at += 4;
        }
        let mut part = String::new();
        if matches!(chars.get(at), Some('.' | ',')) && digits(at + 1) > 0 {
            part = chars[at + 1..at + 1 + digits(at + 1)].iter().collect();
            at += 1 + part.len();
        }
        if let Ok(whole) = whole.parse() {
            found.push((whole, part));
        }
    }
    found
}

/// The last day that a text names in figures: `2026-12-31`, `31.12.2026`.
pub fn last_day_in(text: &str) -> Option<Date> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '/');
    text.split(|c: char| !is_part(c)).filter_map(day).max()
}

fn day(word: &str) -> Option<Date> {
    let parts: Vec<&str> = word.trim_end_matches(['.', '-', '/']).split(['-', '.', '/']).collect();
    let [one, month, other] = parts.as_slice() else { return None };
    let (year, day) = if one.len() == 4 { (one, other) } else { (other, one) };
    // With a stroke the month may come first: only what can be read in one way is read.
    let is_told = year.len() == 4 && (1..=2).contains(&day.len()) && !(word.contains('/') && one.len() != 4);
    let date = is_told.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok())??;
    (2000..2100).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_five_languages() {
        let days = |text: &str| duration_in(text).map(|time| time.seconds / 86_400);
        let cases = [
            ("Money back for 30 days", Some(30)),
            ("60-dagers garanti", Some(60)),
            ("Öppet köp i 2 veckor", Some(14)),
            ("3 måneders garanti", Some(90)),
            ("Takuu 14 päivää", Some(14)),
            ("2 års reklamationsret", Some(730)),
            ("We answer at once", None),
            ("10 of 12 come back", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(days(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_price_is_read_when_there_is_one() {
        let price = |text: &str, code: &str| price_in(text, code.parse().unwrap()).map(|money| money.minor);
        let cases = [
            ("Kjøp for 1 990 kr", "NOK", Some(199_000)),
            ("Bestill nå – 24.900,-", "NOK", Some(2_490_000)),
            ("Buy for €49.50", "EUR", Some(4_950)),
            ("NOK 1\u{a0}990", "NOK", Some(199_000)),
            ("Save 500 kr, now 990 kr", "NOK", None),
            ("Book in 2 minutes", "NOK", None),
            ("Buy for $49", "NOK", None),
            ("¥ 990 JPY", "JPY", Some(990)),
        ];
        for (text, code, wanted) in cases {
            assert_eq!(price(text, code), wanted, "{text}");
        }
    }

    #[test]
    fn days_are_read_when_they_can_be_read_in_one_way() {
        let last = |text: &str| last_day_in(text).map(|day| day.to_string());
        assert_eq!(last("From 2026-11-01 to 2026-11-30.").as_deref(), Some("2026-11-30"));
        assert_eq!(last("Gjelder til 31.12.2026, da er det slutt").as_deref(), Some("2026-12-31"));
        assert_eq!(last("03/04/2026"), None);
        assert_eq!(last("Call 22.33.4444 or version 1.2.3"), None);
    }
}
