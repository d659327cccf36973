//! For which time a dashboard shows its insights.

use serde::{Deserialize, Serialize};

use crate::FieldProblem;

/// Longest word that names a period, in characters.
pub const PERIOD_CHARS_MAX: usize = 20;
/// The period of a dashboard of which none is said.
pub const PERIOD_DEFAULT: &str = "30d";

/// For which time a dashboard shows its insights. The words are those of the addresses of reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DashboardPeriod)]
pub struct Period {
    /// A relative period such as `30d` or `month`, or `custom`: lower-case letters, digits and `_`.
    pub period: String,
    /// With `custom`, the first day, `YYYY-MM-DD` in the company's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<String>,
    /// With `custom`, the last day, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<String>,
    /// What the period is compared with: a word such as `previous`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub compare: Option<String>,
}

impl Default for Period {
    fn default() -> Self {
        Self { period: PERIOD_DEFAULT.to_owned(), from: None, to: None, compare: None }
    }
}

/// What is wrong with it.
pub(super) fn problems(period: &Period) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let is_word = |word: &str| {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        (1..=PERIOD_CHARS_MAX).contains(&word.len()) && word.chars().all(is_allowed)
    };
    let word = format!("a word such as 30d, of at most {PERIOD_CHARS_MAX} lower-case letters, digits and `_`");
    if !is_word(&period.period) {
        problems.push(FieldProblem::new("period.period", "shape", word.clone()));
    }
    if !period.compare.as_deref().is_none_or(is_word) {
        problems.push(FieldProblem::new("period.compare", "shape", word));
    }
    let day = |text: &Option<String>| text.as_ref().map(|text| text.parse::<jiff::civil::Date>().ok());
    let is_custom = period.period == "custom";
    match (day(&period.from), day(&period.to)) {
        (None, None) if !is_custom => {}
        (Some(_), _) | (_, Some(_)) if !is_custom => {
            problems.push(FieldProblem::new("period.from", "not_here", "only with the period `custom`: leave it out"));
        }
        (Some(Some(from)), Some(Some(to))) if from <= to => {}
        _ => {
            let message = "`custom` needs `from` and `to` as days, YYYY-MM-DD, the first not after the last";
            problems.push(FieldProblem::new("period.from", "day", message));
        }
    }
    problems
}
