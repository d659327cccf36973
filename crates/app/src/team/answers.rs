//! How soon people answered the deals that they were given.

use serde::Serialize;
use store::assignments::Assignment;

/// First answers to the deals that somebody was given, in working time of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[schema(as = TeamAnswers)]
pub struct Answers {
    /// Deals that they were given.
    pub given: u64,
    /// How many of them they have answered.
    pub answered: u64,
    /// Half of the answers came sooner, ms; none without answers.
    #[schema(required)]
    pub median_ms: Option<i64>,
    /// Nine of ten came sooner, ms.
    #[schema(required)]
    pub p90_ms: Option<i64>,
    /// Deals with a limit of which it is known whether it was kept.
    pub limited: u64,
    /// How many of those were answered in time.
    pub in_time: u64,
}

/// Of what one person, or a team, was given. The quantiles are those values that at least that part does not exceed.
pub(super) fn answers<'a>(given: impl IntoIterator<Item = &'a Assignment>) -> Answers {
    let mut sum = Answers::default();
    let mut took: Vec<i64> = Vec::new();
    // What somebody took or made by themselves nobody gave them.
    for given in given.into_iter().filter(|given| given.actor != given.user_id.to_string()) {
        sum.given += 1;
        took.extend(given.answered_after_ms);
        let is_known = given.answered_at.is_some() || given.is_late;
        if given.answer_due_at.is_some() && is_known {
            sum.limited += 1;
            sum.in_time += u64::from(!given.is_late);
        }
    }
    took.sort_unstable();
    let at = |part: usize| took.get((took.len() * part).div_ceil(10).saturating_sub(1)).copied();
    sum.answered = took.len() as u64;
    (sum.median_ms, sum.p90_ms) = (at(5), at(9));
    sum
}
