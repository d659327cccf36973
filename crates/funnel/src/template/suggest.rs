//! Which template suits a company.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Business, Goal, Reach, Template, list};

/// A template and how well it suits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FunnelTemplateSuggestion)]
pub struct Suggestion {
    /// The id of the template.
    pub template: String,
    /// How well it suits, 0 to 100.
    pub points: u32,
    /// Whether it is made for the goal.
    pub fits_goal: bool,
    /// Whether it is made for the business.
    pub fits_business: bool,
    /// The ways to reach people that it uses and the company has.
    pub reach: Vec<Reach>,
}

/// Of 100 points: what the goal, the business and the channels weigh. The goal most: a funnel for another goal is of no
/// use, one for another business can be changed.
const GOAL_POINTS: u32 = 45;
const BUSINESS_POINTS: u32 = 35;
const REACH_POINTS: u32 = 20;

/// All templates, the one that suits best first; of equals the simpler one.
pub fn suggest(goal: Goal, business: Business, channels: &[Reach]) -> Vec<Suggestion> {
    let mut suggestions: Vec<Suggestion> =
        list::ALL.iter().map(|template| rate(template, goal, business, channels)).collect();
    suggestions.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.points));
    suggestions
}

/// What is named first of a template is what it is made for above all, and counts a little more.
fn rate(template: &Template, goal: Goal, business: Business, channels: &[Reach]) -> Suggestion {
    fn share<T: PartialEq>(list: &[T], wanted: &T, points: u32) -> u32 {
        let place = list.iter().position(|one| one == wanted);
        place.map_or(0, |place| points - u32::try_from(place).unwrap_or(points).min(5) * 2)
    }
    let reach: Vec<Reach> = template.reach.iter().copied().filter(|way| channels.contains(way)).collect();
    let of_all = u32::try_from(template.reach.len()).unwrap_or(u32::MAX).max(1);
    let reach_points = u32::try_from(reach.len()).unwrap_or(0) * REACH_POINTS / of_all;
    Suggestion {
        template: template.id.to_owned(),
        points: share(template.goals, &goal, GOAL_POINTS)
            + share(template.businesses, &business, BUSINESS_POINTS)
            + reach_points,
        fits_goal: template.goals.contains(&goal),
        fits_business: template.businesses.contains(&business),
        reach,
    }
}
