//! The score of somebody from what looks keep, and until when it stays.

use serde_json::Value;

use super::looks::{NEVER, faded};
use super::program::ScorePlan;
use crate::score::Temperature;

/// What the score of one person is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces<'a> {
    pub(super) plan: &'a ScorePlan,
    /// The last sign of life.
    pub(super) sign: i64,
    /// By rule of engagement: the last event, and how many count then.
    pub(super) engagement: &'a [(i64, f64)],
    /// The points of trust.
    pub(super) trust: f64,
}

/// A score later than this is not looked for: nothing is left by then.
const LATEST_MS: i64 = 100 * 366 * 86_400_000;

impl Pieces<'_> {
    /// The score at a moment not before the last event, 0 to 100.
    pub(super) fn points(&self, now: i64) -> u8 {
        let scoring = &self.plan.scoring;
        let recency = match self.sign {
            NEVER => 0.0,
            at => f64::from(scoring.recency.weight) * faded((now - at).max(0), scoring.recency.half_life),
        };
        let of_rule = |((at, count), rule): (&(i64, f64), &crate::score::EventPoints)| match *at {
            NEVER => 0.0,
            at => {
                let points = f64::from(rule.points) * count * faded((now - at).max(0), scoring.engagement.half_life);
                points.min(rule.at_most.map_or(f64::INFINITY, f64::from))
            }
        };
        let engagement: f64 = self.engagement.iter().zip(&scoring.engagement.points).map(of_rule).sum();
        let share = |sum: f64, full_at: u32| (sum / f64::from(full_at.max(1))).min(1.0);
        let sum = recency
            + f64::from(scoring.engagement.weight) * share(engagement, scoring.engagement.full_at)
            + f64::from(scoring.trust.weight) * share(self.trust, scoring.trust.full_at);
        // As the score itself is rounded.
        (sum + 1e-9).floor().clamp(0.0, 100.0) as u8
    }

    /// The first moment after now at which there are fewer points, if nothing else happens.
    pub(super) fn fades_at(&self, now: i64, points: u8) -> i64 {
        if points == 0 {
            return i64::MAX;
        }
        let mut step = 60_000;
        while self.points(now + step) >= points {
            step *= 2;
            if step > LATEST_MS {
                return i64::MAX;
            }
        }
        let (mut stays, mut fades) = (now, now + step);
        while fades - stays > 1 {
            let middle = stays + (fades - stays) / 2;
            if self.points(middle) >= points { stays = middle } else { fades = middle }
        }
        fades
    }

    /// The value of a field.
    pub(super) fn value(&self, field: &str, points: u8) -> Value {
        if field == super::SCORE_FIELD {
            return points.into();
        }
        let scoring = &self.plan.scoring;
        let temperature = match points {
            hot if hot >= scoring.hot_from => Temperature::Hot,
            warm if warm >= scoring.warm_from => Temperature::Warm,
            _ => Temperature::Cold,
        };
        temperature.as_str().into()
    }
}
