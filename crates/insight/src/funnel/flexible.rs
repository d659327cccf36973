//! Ordered funnels with steps that may be skipped, or that have windows of their own.
//!
//! First, one pass forward keeps for every step the latest event that takes it, with the latest start from which it
//! is reached. That one makes earlier ones needless: whatever can follow on an earlier event, and is not before the
//! later one, can follow on that too (and would have a later start). So the pass finds how deep the person gets,
//! when first, and which start is the last that gets there: O(events x steps).
//!
//! Then, between that start and that end, the times: step by step the earliest event from which the end can still be
//! reached. For that a pass backward notes from where it can.

use super::history::Event;
use super::matching::{few_copies, fit};
use super::{Attempt, Outcome, Rules, SKIPPED, STEPS};

/// The events of one instant: the masks of the steps they may fill.
struct Instant {
    at_ms: i64,
    masks: Vec<u32>,
    may_start: bool,
}

impl Instant {
    fn all(rules: &Rules, events: &[Event]) -> Vec<Self> {
        let instants = events.chunk_by(|one, two| one.at_ms == two.at_ms).map(|instant| {
            let mut masks: Vec<u32> = instant.iter().map(|event| event.fills).collect();
            few_copies(&mut masks, rules.steps);
            Self { at_ms: instant[0].at_ms, masks, may_start: instant.iter().any(|event| event.may_start) }
        });
        instants.collect()
    }

    /// Whether these steps (a mask) can all be taken by different events.
    fn can_take(&self, steps: u32) -> bool {
        match (self.masks.as_slice(), steps.count_ones()) {
            (_, 0) => true,
            ([only], 1) => only & steps != 0,
            (masks, wanted) if wanted as usize > masks.len() => false,
            (masks, 1) => masks.iter().any(|mask| mask & steps != 0),
            (masks, _) => fit(masks, (0..STEPS).filter(|step| steps >> step & 1 == 1)),
        }
    }
}

/// The last event seen that takes a step.
#[derive(Debug, Clone, Copy)]
struct Reached {
    start_ms: i64,
    at_ms: i64,
}

/// How deep, when, and from which start.
#[derive(Debug, Clone, Copy)]
struct Goal {
    step: usize,
    /// The place of the instant.
    end: usize,
    start_ms: i64,
}

/// What the attempts in a person's events come to.
pub(super) fn run(rules: &Rules, events: &[Event]) -> Outcome {
    let instants = Instant::all(rules, events);
    let Some(goal) = Forward { rules, live: [None; STEPS], goal: None }.over(&instants) else {
        return Outcome::default();
    };
    let first = instants.partition_point(|instant| instant.at_ms < goal.start_ms);
    let attempt = Way::new(rules, &instants, first, goal).attempt();
    Outcome { deepest: goal.step + 1, clean: Some(attempt) }
}

impl Rules {
    /// The step after which the next one may not be skipped: the last that can follow on `step`.
    fn next_required(&self, step: usize) -> usize {
        (step + 1..self.steps).find(|next| self.required >> next & 1 == 1).unwrap_or(self.steps - 1)
    }

    /// The required steps after `step` and before `end`, as a mask.
    fn required_between(&self, step: usize, end: usize) -> u32 {
        let below = |step: usize| (1u32 << step) - 1;
        self.required & below(end) & !below(step + 1)
    }
}

struct Forward<'a> {
    rules: &'a Rules,
    live: [Option<Reached>; STEPS],
    goal: Option<Goal>,
}

impl Forward<'_> {
    fn over(mut self, instants: &[Instant]) -> Option<Goal> {
        for (place, instant) in instants.iter().enumerate() {
            if instant.masks.is_empty() {
                continue;
            }
            let before = self.live;
            for (step, reached) in before.iter().enumerate() {
                let Some(reached) = reached else { continue };
                if step + 1 < self.rules.steps && self.rules.in_window(reached.start_ms, instant.at_ms) {
                    self.go_on(place, instant, step, *reached);
                }
            }
            if instant.may_start {
                self.reach(place, instant, 0, instant.at_ms);
            }
            if self.goal.is_some_and(|goal| goal.step + 1 == self.rules.steps) {
                break;
            }
        }
        self.goal
    }

    fn go_on(&mut self, place: usize, instant: &Instant, step: usize, reached: Reached) {
        let gap_ms = instant.at_ms.saturating_sub(reached.at_ms);
        for next in step + 1..=self.rules.next_required(step) {
            if gap_ms <= self.rules.step_windows_ms[next] {
                self.reach(place, instant, next, reached.start_ms);
            }
        }
    }

    /// Takes `first`, and from there on whatever more the instant has events for.
    fn reach(&mut self, place: usize, instant: &Instant, first: usize, start_ms: i64) {
        for step in first..self.rules.steps {
            let is_required = self.rules.required >> step & 1 == 1;
            if instant.can_take(1 << first | self.rules.required_between(first, step) | 1 << step) {
                self.put(place, instant.at_ms, step, start_ms);
            } else if is_required || step == first {
                break;
            }
        }
    }

    fn put(&mut self, place: usize, at_ms: i64, step: usize, start_ms: i64) {
        let is_newer = self.live[step].is_none_or(|known| known.at_ms < at_ms || known.start_ms < start_ms);
        if is_newer {
            self.live[step] = Some(Reached { start_ms, at_ms });
        }
        let is_better = self.goal.is_none_or(|goal| {
            step > goal.step || (step == goal.step && place == goal.end && start_ms > goal.start_ms)
        });
        if self.rules.required >> step & 1 == 1 && is_better {
            self.goal = Some(Goal { step, end: place, start_ms });
        }
    }
}

/// The way from the start to the goal.
struct Way<'a> {
    rules: &'a Rules,
    /// From the start on.
    instants: &'a [Instant],
    goal: Goal,
    /// By instant up to the goal, a bit for each step: taken there alone, it leads to the goal.
    leads: Vec<u32>,
    /// By instant, a bit for each step: as the last one taken there, it leads to the goal.
    leaves: Vec<u32>,
}

impl<'a> Way<'a> {
    fn new(rules: &'a Rules, instants: &'a [Instant], first: usize, goal: Goal) -> Self {
        let goal = Goal { end: goal.end - first, ..goal };
        let instants = &instants[first..];
        let nothing = vec![0; goal.end + 1];
        let mut way = Self { rules, instants, goal, leads: nothing.clone(), leaves: nothing };
        // By step: the next instant in which it leads to the goal.
        let mut next = [None; STEPS];
        for place in (0..=goal.end).rev() {
            let at_ms = instants[place].at_ms;
            let can_follow = |step: usize| {
                (step + 1..=rules.next_required(step)).any(|after| {
                    next[after].is_some_and(|next_ms: i64| next_ms - at_ms <= rules.step_windows_ms[after])
                })
            };
            let is_goal = |step: usize| step == goal.step && place == goal.end;
            for step in 0..=goal.step {
                if is_goal(step) || (step < goal.step && can_follow(step)) {
                    way.leaves[place] |= 1 << step;
                }
            }
            for (step, next) in next.iter_mut().enumerate().take(goal.step + 1) {
                if way.can_end(place, step, 1 << step) {
                    way.leads[place] |= 1 << step;
                    *next = Some(at_ms);
                }
            }
        }
        way
    }

    /// Whether the goal can be reached once these steps, `step` as the last, are taken in an instant.
    fn can_end(&self, place: usize, step: usize, taken: u32) -> bool {
        let leaves = self.leaves[place];
        (step..=self.goal.step)
            .filter(|last| leaves >> last & 1 == 1)
            .any(|last| self.instants[place].can_take(taken | self.rules.required_between(step, last) | 1 << last))
    }

    /// Step by step the earliest event from which the goal can still be reached; a step that may be skipped is taken
    /// where there is one. After the goal those that may be skipped are taken as they come.
    fn attempt(&self) -> Attempt {
        let mut attempt = Attempt { depth: self.goal.step + 1, taken: 1, times: [SKIPPED; STEPS] };
        attempt.times[0] = self.instants[0].at_ms;
        let (mut step, mut place, mut taken) = (0, 0, 1);
        let last = if self.goal.step + 1 == self.rules.steps {
            self.goal.step
        } else {
            // The required step after the goal is out of reach.
            self.rules.next_required(self.goal.step) - 1
        };
        for next in 1..=last {
            let Some(found) = self.earliest(step, place, taken, next) else { continue };
            taken = if found == place { taken | 1 << next } else { 1 << next };
            (step, place) = (next, found);
            attempt.times[next] = self.instants[place].at_ms;
            attempt.taken = next + 1;
        }
        attempt
    }

    fn earliest(&self, step: usize, place: usize, taken: u32, next: usize) -> Option<usize> {
        let with = taken | 1 << next;
        let is_after = step >= self.goal.step;
        let here = self.instants[place].can_take(with) && (is_after || self.can_end(place, next, with));
        if here {
            return Some(place);
        }
        let at_ms = self.instants[place].at_ms;
        let in_reach = |instant: &Instant| {
            instant.at_ms - at_ms <= self.rules.step_windows_ms[next]
                && self.rules.in_window(self.goal.start_ms, instant.at_ms)
        };
        let later = self.instants.iter().enumerate().skip(place + 1).take_while(|(_, instant)| in_reach(instant));
        let mut fitting = later.filter(|(place, instant)| match self.leads.get(*place) {
            _ if is_after => instant.can_take(1 << next),
            Some(leads) => leads >> next & 1 == 1,
            None => false,
        });
        fitting.next().map(|(place, _)| place)
    }
}
