//! What a finding says to its reader.

use base::Locale;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Finding, Value, rules};
use crate::document::Duration;
use crate::format::{self, Language};

/// What a rule says in one language. `{name}` is filled in with the value of that name.
pub(super) struct Text {
    /// What is the matter.
    pub what: &'static str,
    /// Why that costs sales.
    pub why: &'static str,
    /// How to mend it.
    pub mend: &'static str,
}

/// A text of one language.
pub(super) const fn text(what: &'static str, why: &'static str, mend: &'static str) -> Text {
    Text { what, why, mend }
}

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FunnelFindingText)]
pub struct FindingText {
    /// What is the matter.
    pub what: String,
    /// Why that costs sales.
    pub why: String,
    /// How to mend it.
    pub mend: String,
}

impl Finding {
    /// The finding in the reader's language.
    pub fn text(&self, locale: &Locale) -> FindingText {
        let language = Language::of(locale);
        let rule = rules::ALL.iter().find(|rule| rule.id == self.rule);
        let fill = |part: fn(&Text) -> &'static str| {
            let template = rule.map_or("", |rule| part(language.pick(rule.texts.each_ref())));
            format::fill(template, self.values.iter().map(|(name, value)| (&**name, value.written(locale))))
        };
        FindingText { what: fill(|text| text.what), why: fill(|text| text.why), mend: fill(|text| text.mend) }
    }
}

impl Value {
    fn written(&self, locale: &Locale) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Name(name) => name.get(locale).to_owned(),
            Self::Count(count) => format::integer(*count, locale),
            Self::Money(money) => format::money(*money, locale),
            Self::Share(rate) => format::percent(u32::from(rate.basis_points), locale),
            Self::Time(time) => span(*time, locale),
        }
    }
}

/// A span of time in words: `3 dager`.
fn span(time: Duration, locale: &Locale) -> String {
    const DAY: u32 = 86_400;
    const HOUR: u32 = 3_600;
    let (count, unit) = match time.seconds {
        seconds if seconds >= 2 * DAY || seconds.is_multiple_of(DAY) => (seconds / DAY, 0),
        seconds if seconds >= HOUR => (seconds / HOUR, 1),
        seconds => (seconds / 60, 2),
    };
    let [one, many] = match Language::of(locale) {
        Language::En => [["day", "days"], ["hour", "hours"], ["minute", "minutes"]],
        Language::Nb => [["dag", "dager"], ["time", "timer"], ["minutt", "minutter"]],
        Language::Sv => [["dag", "dagar"], ["timme", "timmar"], ["minut", "minuter"]],
        Language::Da => [["dag", "dage"], ["time", "timer"], ["minut", "minutter"]],
        Language::Fi => [["päivä", "päivää"], ["tunti", "tuntia"], ["minuutti", "minuuttia"]],
    }[unit];
    format!("{}\u{a0}{}", format::integer(i64::from(count), locale), if count == 1 { one } else { many })
}
