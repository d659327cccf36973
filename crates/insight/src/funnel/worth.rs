//! What the events of an attempt are worth: which event took which step, and the number it carries.

use std::cmp::Ordering;

use super::history::Event;
use super::matching::fits;
use super::{Attempt, Rules, SKIPPED};

/// By step (without those not taken: 0): the amount of the event that took it. Where several events of one instant
/// could have, the step is given the one with the most, step after step.
pub(super) fn amounts(rules: &Rules, events: &[Event], attempt: &Attempt) -> Vec<f64> {
    let times = attempt.times();
    let mut amounts = vec![0.0; times.len()];
    let taken: Vec<usize> = (0..times.len()).filter(|step| times[*step] != SKIPPED).collect();
    for steps in taken.chunk_by(|one, two| times[*one] == times[*two]) {
        let at_ms = times[steps[0]];
        let first = events.partition_point(|event| event.at_ms < at_ms);
        let last = events.partition_point(|event| event.at_ms <= at_ms);
        share_out(&events[first..last], steps, rules.steps, &mut amounts);
    }
    amounts
}

/// Gives each of the steps taken in one instant its event.
fn share_out(instant: &[Event], steps: &[usize], most: usize, amounts: &mut [f64]) {
    let mut left: Vec<&Event> = instant.iter().filter(|event| event.fills != 0).collect();
    left.sort_by(|one, two| two.amount.total_cmp(&one.amount).then(one.fills.cmp(&two.fills)));
    for (taken, step) in steps.iter().enumerate() {
        let others = &steps[taken + 1..];
        let is_free = |place: &usize| {
            let rest = left.iter().enumerate().filter(|(other, _)| other != place).map(|(_, event)| event.fills);
            left[*place].fills >> step & 1 == 1 && (others.is_empty() || fits(rest.collect(), others, most))
        };
        if let Some(place) = (0..left.len()).find(is_free) {
            amounts[*step] = left.remove(place).amount;
        }
    }
}

/// The amounts that come first from the greatest on.
pub(super) fn greater(one: Vec<f64>, two: Vec<f64>) -> Vec<f64> {
    let order = one.iter().zip(&two).map(|(one, two)| one.total_cmp(two)).find(|order| order.is_ne());
    if order == Some(Ordering::Less) || one.is_empty() { two } else { one }
}
