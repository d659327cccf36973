//! The score of somebody by a rule.

use base::Timestamp;

use super::{Engagement, EventPoints, Gave, Part, PartKind, Recency, Score, Scoring, Temperature, Trust};
use crate::condition::{Seen, Subject};
use crate::document::{Duration, EntersOn};

/// The score of somebody now, and which part gave what.
pub fn rate(scoring: &Scoring, subject: &Subject<'_>) -> Score {
    let parts = vec![
        recency(&scoring.recency, &scoring.engagement, subject),
        engagement(&scoring.engagement, subject),
        trust(&scoring.trust, subject),
    ];
    let sum: f64 = parts.iter().map(|part| part.points).sum();
    // Rounded down, so that nobody is hot by rounding; a hair is added because halves of halves are not exact.
    let points = (sum + 1e-9).floor().clamp(0.0, 100.0) as u8;
    let temperature = if points >= scoring.hot_from {
        Temperature::Hot
    } else if points >= scoring.warm_from {
        Temperature::Warm
    } else {
        Temperature::Cold
    };
    Score { points, temperature, parts }
}

/// What is left of something after some time: a half after each half-life.
fn faded(at: Timestamp, now: Timestamp, half_life: Duration) -> f64 {
    let age_ms = now.ms().saturating_sub(at.ms()).max(0);
    0.5f64.powf(age_ms as f64 / half_life.ms().max(1) as f64)
}

fn recency(rule: &Recency, engagement: &Engagement, subject: &Subject<'_>) -> Part {
    let is_sign = |seen: &&Seen| {
        let is_named = rule.events.contains(&seen.name);
        let is_any = rule.events.is_empty() && engagement.points.iter().any(|points| points.fits(seen));
        seen.at <= subject.now && (is_named || is_any)
    };
    let signs = subject.events.iter().filter(is_sign);
    // Of one instant the name decides, so that the answer does not hang on the order of arrival.
    let last = signs.max_by(|one, other| (one.at, &one.name).cmp(&(other.at, &other.name)));
    let points = last.map_or(0.0, |last| f64::from(rule.weight) * faded(last.at, subject.now, rule.half_life));
    let gave = last.map(|last| Gave { rule: 0, event: last.name.clone(), times: 1, last_at: Some(last.at), points });
    Part { kind: PartKind::Recency, points, weight: rule.weight, gave: gave.into_iter().collect() }
}

fn engagement(rule: &Engagement, subject: &Subject<'_>) -> Part {
    let mut gave = Vec::new();
    for (index, points) in rule.points.iter().enumerate() {
        let mut times: Vec<Timestamp> = subject
            .events
            .iter()
            .filter(|seen| seen.at <= subject.now && points.fits(seen))
            .map(|seen| seen.at)
            .collect();
        // Added from the oldest on: sums of fractions hang on their order.
        times.sort_unstable();
        let Some(last) = times.last().copied() else { continue };
        let faded = times.iter().map(|at| f64::from(points.points) * faded(*at, subject.now, rule.half_life));
        let most = points.at_most.map_or(f64::INFINITY, f64::from);
        gave.push(Gave {
            rule: index,
            event: points.did.clone(),
            times: u32::try_from(times.len()).unwrap_or(u32::MAX),
            last_at: Some(last),
            points: faded.sum::<f64>().min(most),
        });
    }
    part(PartKind::Engagement, rule.weight, rule.full_at, gave)
}

fn trust(rule: &Trust, subject: &Subject<'_>) -> Part {
    let met = rule.points.iter().enumerate().filter(|(_, points)| points.when.is_met(subject));
    let gave = met.map(|(index, points)| Gave {
        rule: index,
        event: String::new(),
        times: 1,
        last_at: None,
        points: f64::from(points.points),
    });
    part(PartKind::Trust, rule.weight, rule.full_at, gave.collect())
}

/// A part is full at so many points, and gives its share of the weight below.
fn part(kind: PartKind, weight: u8, full_at: u32, gave: Vec<Gave>) -> Part {
    let sum: f64 = gave.iter().map(|gave| gave.points).sum();
    let share = (sum / f64::from(full_at.max(1))).min(1.0);
    Part { kind, points: f64::from(weight) * share, weight, gave }
}

impl EventPoints {
    fn fits(&self, seen: &Seen) -> bool {
        self.did == seen.name && EntersOn::has_all(&self.conditions, &seen.props)
    }
}
