//! A person's events as the rules see them, and the runs over them that a breakdown asks for.

use ahash::AHashSet;

use super::unit::{self, Part};
use super::values::{NO_VALUE, Values};
use super::{Fate, Outcome, PersonResult, Rules, Verdict, any_order, chain, flexible, totals, worth};
use crate::predicate;
use crate::query::{Attribution, Count, Order};
use crate::record::Record;

/// One event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) at_ms: i64,
    /// Bit s: may fill step s in this run.
    pub(super) fills: u32,
    /// Bit s: matches step s. What a strict attempt takes for a repetition of the step.
    pub(super) matches: u32,
    /// Bit i: matches exclusion i.
    pub(super) banned: u32,
    /// Number of the breakdown's value.
    pub(super) value: u32,
    /// What the summed property says.
    pub(super) amount: f64,
    /// An attempt may begin with it.
    pub(super) may_start: bool,
}

impl Event {
    /// Whether a run that is not strict can leave it out.
    pub(super) fn is_idle(&self) -> bool {
        self.fills == 0 && self.banned == 0
    }
}

/// A person's events in order of time, unit by unit: what a unit is the question says, a person in most.
#[derive(Debug)]
pub(super) struct History {
    units: Vec<Unit>,
}

/// The events of one unit, split by the held properties: one set for each combination of their values, a single one
/// when nothing is held.
#[derive(Debug)]
struct Unit {
    groups: Vec<Vec<Event>>,
}

/// Which events may fill steps.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Any,
    /// Those of a value.
    Value(u32),
    /// For this step only those of a value.
    ValueAt(usize, u32),
    /// Attempts begin with those of a value.
    ValueFirst(u32),
}

impl History {
    pub(super) fn new(rules: &Rules, rows: &[Record], values: &mut Values) -> Self {
        let first_ms = rules.first_ever.then(|| first_entry(rules, rows));
        let (mut events, mut places) = (Vec::new(), Vec::new());
        let must_place = rules.units != Count::People || !rules.hold_columns.is_empty();
        let mut sessions = unit::Sessions::default();
        for (place, row) in rows.iter().enumerate() {
            if !(rules.from_ms..rules.to_ms).contains(&row.at_ms) {
                continue;
            }
            let session = sessions.of(row.at_ms);
            let mut event = Event::new(rules, row, values);
            event.may_start &= first_ms.is_none_or(|first| first == Some(row.at_ms) && event.matches & 1 == 1);
            if event.is_idle() && rules.order != Order::Strict {
                continue;
            }
            events.push(event);
            if must_place {
                places.push(Part { place, session });
            }
        }
        if events.iter().all(|event| event.matches == 0) {
            return Self { units: Vec::new() };
        }
        if !must_place {
            return Self { units: vec![Unit { groups: vec![events] }] };
        }
        let units = unit::split(rules, rows, &events, &places);
        Self { units: units.into_iter().map(|groups| Unit { groups }).collect() }
    }

    /// Hands over what becomes of each unit (of each attempt, where those are counted), over all and in each value
    /// of the breakdown.
    pub(super) fn results(&self, rules: &Rules, values: &Values, mut take: impl FnMut(&PersonResult)) {
        for unit in &self.units {
            match rules.units {
                Count::Totals => unit.attempts(rules, values, &mut take),
                _ => take(&unit.result(rules, values)),
            }
        }
    }
}

/// When the person first did what begins an attempt, in the period or before.
fn first_entry(rules: &Rules, rows: &[Record]) -> Option<i64> {
    let first_step = rules.step_predicates.first()?;
    rows.iter().find(|row| first_step.matches(row)).map(|row| row.at_ms)
}

impl Unit {
    /// What becomes of the unit, over all and in each value of the breakdown.
    fn result(&self, rules: &Rules, values: &Values) -> PersonResult {
        let whole = self.run(rules, Choice::Any);
        let by_value = match self.touch(rules, values) {
            Some(touch) => vec![(touch, whole.clone())],
            None => {
                let choices = self.choices(rules).into_iter();
                choices.map(|(value, choice)| (value, self.run(rules, choice))).collect()
            }
        };
        PersonResult { whole, by_value }
    }

    /// The same for each attempt.
    fn attempts(&self, rules: &Rules, values: &Values, take: &mut impl FnMut(&PersonResult)) {
        let touch = self.touch(rules, values);
        for whole in self.run_totals(rules, Choice::Any) {
            let by_value = touch.map(|touch| (touch, whole.clone())).into_iter().collect();
            take(&PersonResult { whole, by_value });
        }
        if touch.is_none() {
            for (value, choice) in self.choices(rules) {
                for fate in self.run_totals(rules, choice) {
                    let whole = Fate { verdict: Verdict::Never, amounts: Vec::new() };
                    take(&PersonResult { whole, by_value: vec![(value, fate)] });
                }
            }
        }
    }

    /// The value that all attempts count in, where the first or last touch decides it.
    fn touch(&self, rules: &Rules, values: &Values) -> Option<u32> {
        match rules.breakdown.as_ref()?.attribution {
            Attribution::FirstTouch => Some(self.touched(false, values)),
            Attribution::LastTouch => Some(self.touched(true, values)),
            Attribution::AllEvents | Attribution::Step(_) => None,
        }
    }

    /// The values, where each has a run of its own; none without a breakdown.
    fn choices(&self, rules: &Rules) -> Vec<(u32, Choice)> {
        let Some(breakdown) = &rules.breakdown else { return Vec::new() };
        let of_all = |event: &Event| event.matches != 0;
        match breakdown.attribution {
            Attribution::FirstTouch | Attribution::LastTouch => Vec::new(),
            Attribution::AllEvents => self.each_value(of_all, Choice::Value),
            Attribution::Step(_) if rules.order == Order::Unordered => self.each_value(of_all, Choice::ValueFirst),
            Attribution::Step(step) => {
                self.each_value(|event| event.matches >> step & 1 == 1, |value| Choice::ValueAt(step, value))
            }
        }
    }

    fn each_value(&self, carries: impl Fn(&Event) -> bool, choice: impl Fn(u32) -> Choice) -> Vec<(u32, Choice)> {
        let mut seen = AHashSet::new();
        let mut values = Vec::new();
        for event in self.groups.iter().flatten().filter(|event| carries(event)) {
            if seen.insert(event.value) {
                values.push((event.value, choice(event.value)));
            }
        }
        values
    }

    /// The first or last value that is not empty on a step event. Of one instant the event that matches
    /// the earliest step is first, the one that matches the latest step last; then the letters of the value decide.
    fn touched(&self, last: bool, values: &Values) -> u32 {
        let touched = self.groups.iter().flatten().filter(|event| event.matches != 0 && event.value != NO_VALUE);
        let text = |event: &Event| values.text(event.value);
        let value = if last {
            touched.max_by_key(|event| (event.at_ms, 32 - event.matches.leading_zeros(), text(event)))
        } else {
            touched.min_by_key(|event| (event.at_ms, event.matches.trailing_zeros(), text(event)))
        };
        value.map_or(NO_VALUE, |event| event.value)
    }

    fn run(&self, rules: &Rules, choice: Choice) -> Fate {
        let (mut all, mut amounts) = (Outcome::default(), Vec::new());
        for group in &self.groups {
            let one = |events: &[Event]| {
                let outcome = run_events(rules, events);
                (outcome, rules.amount_column.and(outcome.clean).map(|clean| worth::amounts(rules, events, &clean)))
            };
            let (outcome, mine) = match choice {
                Choice::Any => one(group),
                choice => one(&chosen(rules, group, choice)),
            };
            let before = all.clean;
            all = all.or(outcome, rules.order);
            if let Some(mine) = mine.filter(|_| all.clean == outcome.clean) {
                // Attempts of two groups with the same times: the order of arrival must not choose.
                amounts = if before == all.clean { worth::greater(amounts, mine) } else { mine };
            }
        }
        Fate { verdict: all.verdict(), amounts }
    }

    fn run_totals(&self, rules: &Rules, choice: Choice) -> Vec<Fate> {
        let run = |group: &Vec<Event>| match choice {
            Choice::Any => totals::run(rules, group),
            choice => totals::run(rules, &chosen(rules, group, choice)),
        };
        self.groups.iter().flat_map(run).collect()
    }
}

fn run_events(rules: &Rules, events: &[Event]) -> Outcome {
    match rules.order {
        Order::Ordered if rules.is_flexible => flexible::run(rules, events),
        Order::Ordered | Order::Strict => chain::run(rules, events),
        Order::Unordered => any_order::run(rules, events),
    }
}

/// The events of a run over a choice. What may fill no step any more stays only where it may break or taint.
fn chosen(rules: &Rules, events: &[Event], choice: Choice) -> Vec<Event> {
    let change = |event: &Event| {
        let mut event = *event;
        match choice {
            Choice::Any => {}
            Choice::Value(value) if event.value != value => event.fills = 0,
            Choice::ValueAt(step, value) if event.value != value => event.fills &= !(1 << step),
            Choice::ValueFirst(value) => event.may_start &= event.value == value,
            Choice::Value(_) | Choice::ValueAt(..) => {}
        }
        event
    };
    events.iter().map(change).filter(|event| rules.order == Order::Strict || !event.is_idle()).collect()
}

impl Event {
    fn new(rules: &Rules, row: &Record, values: &mut Values) -> Self {
        let mask = |predicates: &[predicate::Predicate]| {
            predicates.iter().enumerate().fold(0, |mask, (bit, p)| mask | u32::from(p.matches(row)) << bit)
        };
        let matches = mask(&rules.step_predicates);
        let value = match &rules.breakdown {
            Some(breakdown) if matches != 0 => breakdown.value(row, values),
            _ => NO_VALUE,
        };
        Self {
            at_ms: row.at_ms,
            fills: matches,
            matches,
            banned: mask(&rules.exclusion_predicates),
            value,
            amount: rules.amount_column.map_or(0.0, |column| predicate::number(predicate::value(row, column))),
            may_start: row.at_ms < rules.start_before_ms,
        }
    }
}
