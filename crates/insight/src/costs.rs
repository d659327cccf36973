//! What a lead and a sale cost, by channel: spend divided by people, and what came back.
//!
//! Amounts are minor units of one currency; whoever calls leaves other currencies aside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::query::{FunnelQuery, Step};

/// Events that make somebody a lead, when a step of the funnel is one of them.
const LEAD_EVENTS: [&str; 1] = ["Lead Captured"];
/// Events that are a sale, the surest word for it first.
const SALE_EVENTS: [&str; 3] = ["Order Completed", "Order Paid", "Deal Won"];

/// The steps (from 0) at which people count as leads and as buyers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostSteps {
    /// The first step that captures a lead, else the second step.
    pub lead: usize,
    /// The first step that is an order, else one that is a payment or a deal won, else the last step.
    pub sale: usize,
}

/// Which steps of a funnel are the lead and the sale.
pub fn cost_steps(query: &FunnelQuery) -> CostSteps {
    let last = query.steps.len().saturating_sub(1);
    let first_of = |name: &&str| query.steps.iter().position(|step| has(step, name));
    CostSteps {
        lead: LEAD_EVENTS.iter().find_map(first_of).unwrap_or(1.min(last)),
        sale: SALE_EVENTS.iter().find_map(first_of).unwrap_or(last),
    }
}

fn has(step: &Step, event: &str) -> bool {
    step.event.0.iter().any(|name| name == event)
}

/// What is known of one channel, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// What was spent; `None` when nobody has written it down, which is not the same as nothing.
    pub spend_minor: Option<i64>,
    /// People who reached the lead's step.
    pub leads: u64,
    /// People who reached the sale's step.
    pub sales: u64,
    /// What they paid; `None` when that cannot be told.
    pub revenue_minor: Option<i64>,
}

/// What an effort comes to. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Costs {
    /// What was spent; null when nobody has written it down.
    #[schema(required)]
    pub spend_minor: Option<i64>,
    /// People who reached the lead's step.
    pub leads: u64,
    /// People who reached the sale's step.
    pub sales: u64,
    /// Spend by lead, rounded to a whole minor unit; null without spend or without leads.
    #[schema(required)]
    pub cost_per_lead_minor: Option<i64>,
    /// Spend by buyer; null without spend or without buyers.
    #[schema(required)]
    pub cost_per_sale_minor: Option<i64>,
    /// What the buyers paid; null when that cannot be told.
    #[schema(required)]
    pub revenue_minor: Option<i64>,
    /// Revenue by spend: 4 when each krone brought four. Null without revenue known, or when nothing was spent.
    #[schema(required)]
    pub return_on_spend: Option<f64>,
}

impl Effort {
    /// What it comes to.
    pub fn costs(&self) -> Costs {
        let by = |people: u64| self.spend_minor.and_then(|spend| divided(spend, people));
        let ratio = |revenue: i64, spend: i64| (spend > 0).then(|| revenue as f64 / spend as f64);
        Costs {
            spend_minor: self.spend_minor,
            leads: self.leads,
            sales: self.sales,
            cost_per_lead_minor: by(self.leads),
            cost_per_sale_minor: by(self.sales),
            revenue_minor: self.revenue_minor,
            return_on_spend: self
                .revenue_minor
                .zip(self.spend_minor)
                .and_then(|(revenue, spend)| ratio(revenue, spend)),
        }
    }
}

/// A share of an amount, half a unit rounded away from nought; `None` for nobody.
fn divided(minor: i64, people: u64) -> Option<i64> {
    if people == 0 {
        return None;
    }
    let (minor, people) = (i128::from(minor), i128::from(people));
    let half = if minor < 0 { -people } else { people };
    // At most as large as the amount itself, which fits.
    i64::try_from((2 * minor + half) / (2 * people)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(events: &[&[&str]]) -> CostSteps {
        let mut query = FunnelQuery::of(&[]);
        query.steps = events
            .iter()
            .map(|names| Step {
                event: crate::query::EventNames(names.iter().map(|name| (*name).to_owned()).collect()),
                ..Step::of("")
            })
            .collect();
        cost_steps(&query)
    }

    #[test]
    fn the_lead_and_the_sale_are_found_among_the_steps() {
        let shop: &[&[&str]] =
            &[&["Page Viewed"], &["Lead Captured"], &["Offer Viewed"], &["Order Completed"], &["Order Completed"]];
        assert_eq!(steps(shop), CostSteps { lead: 1, sale: 3 });
        let late: &[&[&str]] =
            &[&["Page Viewed"], &["Offer Viewed"], &["Form Submitted", "Lead Captured"], &["Order Paid"]];
        assert_eq!(steps(late), CostSteps { lead: 2, sale: 3 });
        let own: &[&[&str]] = &[&["A"], &["B"], &["C"]];
        assert_eq!(steps(own), CostSteps { lead: 1, sale: 2 });
        assert_eq!(steps(&[&["A"]]), CostSteps { lead: 0, sale: 0 });
    }

    #[test]
    fn nothing_is_divided_by_nobody_and_unknown_is_not_nothing() {
        let effort = Effort { spend_minor: Some(100_000), leads: 40, sales: 0, revenue_minor: Some(0) };
        let costs = effort.costs();
        assert_eq!((costs.cost_per_lead_minor, costs.cost_per_sale_minor), (Some(2_500), None));
        assert_eq!(costs.return_on_spend, Some(0.0));
        let free = Effort { spend_minor: Some(0), leads: 3, sales: 1, revenue_minor: Some(99_000) }.costs();
        assert_eq!(
            (free.cost_per_lead_minor, free.cost_per_sale_minor, free.return_on_spend),
            (Some(0), Some(0), None)
        );
        let unknown = Effort { spend_minor: None, leads: 3, sales: 1, revenue_minor: Some(99_000) }.costs();
        assert_eq!((unknown.cost_per_lead_minor, unknown.cost_per_sale_minor), (None, None));
        assert_eq!(unknown.return_on_spend, None);
        let untold = Effort { spend_minor: Some(50), leads: 1, sales: 1, revenue_minor: None }.costs();
        assert_eq!(untold.return_on_spend, None);
        assert_eq!(divided(-5, 2), Some(-3));
        assert_eq!(divided(i64::MAX, 1), Some(i64::MAX));
    }

    proptest! {
        /// What all leads cost together is the spend, to half a unit each.
        #[test]
        fn shares_make_up_the_whole(spend in 0..=1_000_000_000_000i64, people in 1..=1_000_000u64) {
            let share = divided(spend, people).unwrap();
            let gap = i128::from(share) * i128::from(people) - i128::from(spend);
            prop_assert!(2 * gap.abs() <= i128::from(people));
        }
    }
}
