//! Numbers, money and dates as a reader's language writes them. Checked against the CLDR forms that browsers
//! use; the differences are deliberate: whole amounts are written without decimals, as prices are.

use base::{Locale, Money, Timestamp};

/// The languages the program speaks by itself. Readers of others are served in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English
    En,
    /// Norwegian (bokmål)
    Nb,
    /// Swedish
    Sv,
    /// Danish
    Da,
    /// Finnish
    Fi,
}

/// Between thousands, and between a number and its unit: never broken over a line.
const NBSP: &str = "\u{a0}";

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::Nb, Self::Sv, Self::Da, Self::Fi];

    /// Its own of what stands in the order of [`Self::ALL`].
    pub(crate) fn pick<T>(self, [en, nb, sv, da, fi]: [T; 5]) -> T {
        match self {
            Self::En => en,
            Self::Nb => nb,
            Self::Sv => sv,
            Self::Da => da,
            Self::Fi => fi,
        }
    }

    /// The language that serves a reader of this locale.
    pub fn of(locale: &Locale) -> Self {
        match locale.language() {
            "nb" | "no" | "nn" => Self::Nb,
            "sv" => Self::Sv,
            "da" => Self::Da,
            "fi" => Self::Fi,
            _ => Self::En,
        }
    }

    /// Its code: `nb`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nb => "nb",
            Self::Sv => "sv",
            Self::Da => "da",
            Self::Fi => "fi",
        }
    }

    /// Its name in itself, for a switch between languages.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Nb => "Norsk",
            Self::Sv => "Svenska",
            Self::Da => "Dansk",
            Self::Fi => "Suomi",
        }
    }

    fn thousands(self) -> &'static str {
        match self {
            Self::En => ",",
            Self::Da => ".",
            Self::Nb | Self::Sv | Self::Fi => NBSP,
        }
    }

    fn decimal(self) -> &'static str {
        if self == Self::En { "." } else { "," }
    }

    fn minus(self) -> &'static str {
        if matches!(self, Self::En | Self::Da) { "-" } else { "\u{2212}" }
    }

    #[rustfmt::skip]
    fn months(self) -> [&'static str; 12] {
        match self {
            Self::En => ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
            Self::Nb => ["januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"],
            Self::Sv => ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"],
            Self::Da => ["januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"],
            Self::Fi => ["tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta", "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta"],
        }
    }
}

/// A text with values in place of their names: `{name}`.
pub(crate) fn fill<'a>(template: &str, values: impl Iterator<Item = (&'a str, String)>) -> String {
    values.fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value))
}

/// A whole number with its thousands apart: `12 500`, `12,500`.
pub fn integer(number: i64, locale: &Locale) -> String {
    let language = Language::of(locale);
    let sign = if number < 0 { language.minus() } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs(), language))
}

/// A rate in hundredths of a per cent (2500 is 25 %), with only the decimals it needs.
pub fn percent(basis_points: u32, locale: &Locale) -> String {
    let language = Language::of(locale);
    let whole = grouped(u64::from(basis_points / 100), language);
    let rest = basis_points % 100;
    let decimals = match rest {
        0 => String::new(),
        _ if rest.is_multiple_of(10) => format!("{}{}", language.decimal(), rest / 10),
        _ => format!("{}{rest:02}", language.decimal()),
    };
    let gap = if language == Language::En { "" } else { NBSP };
    format!("{whole}{decimals}{gap}%")
}

/// An amount with its currency: `1 990 kr`, `€1,990.50`. Whole amounts have no decimals.
pub fn money(amount: Money, locale: &Locale) -> String {
    money_with(amount, locale, false)
}

/// An amount with its currency and always all decimals, for columns of an invoice: `1 990,00 kr`.
pub fn money_exact(amount: Money, locale: &Locale) -> String {
    money_with(amount, locale, true)
}

fn money_with(amount: Money, locale: &Locale, has_decimals: bool) -> String {
    let language = Language::of(locale);
    let unit = 10u64.pow(amount.currency.exponent());
    let absolute = amount.minor.unsigned_abs();
    let mut number = grouped(absolute / unit, language);
    if unit > 1 && (has_decimals || !absolute.is_multiple_of(unit)) {
        let width = amount.currency.exponent() as usize;
        number.push_str(&format!("{}{:0width$}", language.decimal(), absolute % unit));
    }
    let sign = if amount.minor < 0 { language.minus() } else { "" };
    let symbol = symbol(amount.currency.code(), language);
    match (language, symbol.chars().count()) {
        (Language::En, 1) => format!("{sign}{symbol}{number}"),
        (Language::En, _) => format!("{sign}{symbol}{NBSP}{number}"),
        _ => format!("{sign}{number}{NBSP}{symbol}"),
    }
}

fn symbol(code: &'static str, language: Language) -> &'static str {
    match (code, language) {
        ("NOK", Language::Nb) | ("SEK", Language::Sv) => "kr",
        ("DKK", Language::Da) => "kr.",
        ("EUR", _) => "€",
        ("USD", Language::En | Language::Fi) => "$",
        ("GBP", Language::En | Language::Nb | Language::Da | Language::Fi) => "£",
        _ => code,
    }
}

fn grouped(number: u64, language: Language) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push_str(language.thousands());
        }
        text.push(digit);
    }
    text
}

/// A day in a zone (IANA name; UTC when it is not known): `5. november 2026`.
pub fn date(time: Timestamp, zone: &str, locale: &Locale) -> String {
    let language = Language::of(locale);
    let local = zoned(time, zone);
    let month = language.months()[usize::from(local.month().unsigned_abs()).clamp(1, 12) - 1];
    let (day, year) = (local.day(), local.year());
    match language {
        Language::En if locale.as_str() == "en-US" => format!("{month} {day}, {year}"),
        Language::En | Language::Sv => format!("{day} {month} {year}"),
        Language::Nb | Language::Da | Language::Fi => format!("{day}. {month} {year}"),
    }
}

/// A day and time in a zone: `5. november 2026 kl. 23:59`.
pub fn date_time(time: Timestamp, zone: &str, locale: &Locale) -> String {
    let language = Language::of(locale);
    let local = zoned(time, zone);
    let (hour, minute) = (local.hour(), local.minute());
    let clock = match language {
        Language::En if locale.as_str() == "en-US" => {
            let half = if hour < 12 { "AM" } else { "PM" };
            format!("at {}:{minute:02}{NBSP}{half}", (hour + 11) % 12 + 1)
        }
        Language::En => format!("at {hour:02}:{minute:02}"),
        Language::Nb | Language::Sv => format!("kl.{NBSP}{hour:02}:{minute:02}"),
        Language::Da => format!("kl.{NBSP}{hour:02}.{minute:02}"),
        Language::Fi => format!("klo{NBSP}{hour}.{minute:02}"),
    };
    format!("{} {clock}", date(time, zone, locale))
}

fn zoned(time: Timestamp, zone: &str) -> jiff::Zoned {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    time.to_jiff().to_zoned(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(text: &str) -> Locale {
        text.parse().unwrap()
    }

    fn amount(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn money_is_written_as_each_language_writes_it() {
        for (language, code, minor, expected) in [
            ("nb", "NOK", 199_000, "1 990 kr"),
            ("nb", "NOK", 123_456_750, "1 234 567,50 kr"),
            ("nb", "EUR", -199_000, "−1 990 €"),
            ("nb", "SEK", 100, "1 SEK"),
            ("sv", "SEK", 123_456_750, "1 234 567,50 kr"),
            ("sv", "NOK", 50, "0,50 NOK"),
            ("da", "DKK", 123_456_750, "1.234.567,50 kr."),
            ("fi", "EUR", 123_456_705, "1 234 567,05 €"),
            ("en", "EUR", 123_456_750, "€1,234,567.50"),
            ("en", "NOK", 199_000, "NOK 1,990"),
            ("en-GB", "GBP", -199_000, "-£1,990"),
            ("en", "JPY", 500, "JPY 500"),
            ("de", "USD", 99, "$0.99"),
        ] {
            let written = money(amount(minor, code), &locale(language)).replace('\u{a0}', " ");
            assert_eq!(written, expected, "{language} {code}");
        }
        assert_eq!(money_exact(amount(199_000, "NOK"), &locale("nb")).replace('\u{a0}', " "), "1 990,00 kr");
        assert_eq!(money_exact(amount(500, "JPY"), &locale("nb")).replace('\u{a0}', " "), "500 JPY");
    }

    #[test]
    fn dates_are_written_in_the_zone_and_language() {
        let time: Timestamp = "2026-11-05T22:30:00Z".parse().unwrap();
        for (language, expected) in [
            ("en", "5 November 2026 at 23:30"),
            ("en-US", "November 5, 2026 at 11:30 PM"),
            ("nb", "5. november 2026 kl. 23:30"),
            ("sv", "5 november 2026 kl. 23:30"),
            ("da", "5. november 2026 kl. 23.30"),
            ("fi", "5. marraskuuta 2026 klo 23.30"),
        ] {
            let written = date_time(time, "Europe/Oslo", &locale(language)).replace('\u{a0}', " ");
            assert_eq!(written, expected);
        }
        assert_eq!(date(time, "Nowhere/Land", &locale("en")), "5 November 2026");
    }

    #[test]
    fn rates_have_only_the_decimals_they_need() {
        assert_eq!(percent(2500, &locale("en")), "25%");
        assert_eq!(percent(2550, &locale("fi")), "25,5\u{a0}%");
        assert_eq!(percent(625, &locale("nb")), "6,25\u{a0}%");
        assert_eq!(percent(1005, &locale("en")), "10.05%");
        assert_eq!(integer(-1_234_567, &locale("da")), "-1.234.567");
    }
}
