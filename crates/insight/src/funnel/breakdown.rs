//! Counting people by the values of a breakdown.

use std::collections::BTreeMap;

use super::answer::{BREAKDOWN_VALUES_MAX, BreakdownSteps, Rest};
use super::columns::Crowd;
use super::tally::Tally;
use super::values::{Values, joined, parted};
use crate::query::{BREAKDOWN_TOP_DEFAULT, FunnelQuery};

/// Counts that take turns.
const TURNS: usize = 4;

/// A tally for each value that somebody counts in, found without hashing: it is looked for once for each person.
#[derive(Default)]
pub(super) struct ByValue {
    /// By number of the value: the place of its tally, counted from 1; 0 for none yet.
    places: Vec<u32>,
    tallies: Vec<(u32, Tally)>,
    /// By place and steps taken: people of crowds, who are not in the tallies yet. The place 0 is nobody's. To add to a
    /// count again has to wait for the sum before: hence several that take turns.
    counts: Vec<[u64; TURNS]>,
    /// By person of the crowd at hand: the place of the value.
    of_people: Vec<u32>,
}

impl ByValue {
    /// The place of a value, counted from 1.
    #[inline]
    fn place(&mut self, value: u32, query: &FunnelQuery) -> usize {
        match self.places.get(value as usize) {
            Some(place) if *place > 0 => *place as usize,
            _ => self.new_place(value, query),
        }
    }

    #[cold]
    fn new_place(&mut self, value: u32, query: &FunnelQuery) -> usize {
        let (number, width) = (value as usize, query.steps.len() + 1);
        self.places.resize((number + 1).max(self.places.len()), 0);
        self.tallies.push((value, Tally::new(query)));
        self.places[number] = self.tallies.len() as u32;
        self.counts.resize((self.tallies.len() + 1) * width, [0; TURNS]);
        self.tallies.len()
    }

    pub(super) fn tally(&mut self, value: u32, query: &FunnelQuery) -> &mut Tally {
        let place = self.place(value, query);
        &mut self.tallies[place - 1].1
    }

    /// Count a crowd, each person in one value.
    pub(super) fn add_crowd(&mut self, crowd: &Crowd, value: impl Fn(u32) -> u32, query: &FunnelQuery) {
        let width = query.steps.len() + 1;
        let mut of_people = std::mem::take(&mut self.of_people);
        self.counts.resize(width.max(self.counts.len()), [0; TURNS]);
        of_people.clear();
        of_people.extend(crowd.depths().map(|(person, steps)| {
            // Who took no step is counted, too, where nobody looks: a branch could not be foretold.
            let value = value(person);
            let place = match self.places.get(value as usize).copied().unwrap_or(0) {
                0 if steps > 0 => self.new_place(value, query),
                place => place as usize,
            };
            self.counts[place * width + steps][person as usize % TURNS] += 1;
            place as u32
        }));
        self.of_people = of_people;
        for (step, gaps) in crowd.gaps().iter().enumerate() {
            for (person, ms) in gaps.people.iter().zip(&gaps.ms) {
                let place = self.of_people[Crowd::place(*person)];
                self.tallies[place as usize - 1].1.gaps[step].push(*ms);
            }
        }
    }

    /// All of them by number of the value.
    pub(super) fn tallies(mut self) -> Vec<(u32, Tally)> {
        for (place, (_, tally)) in self.tallies.iter_mut().enumerate() {
            let width = tally.last_steps.len() + 1;
            let counts = self.counts.iter().skip((place + 1) * width + 1);
            tally.last_steps.iter_mut().zip(counts).for_each(|(sum, counts)| *sum += counts.iter().sum::<u64>());
        }
        self.tallies
    }
}

/// The values that count most, biggest first, and all others together.
pub(super) fn breakdown(
    query: &FunnelQuery,
    by_value: ByValue,
    values: &Values,
) -> (BTreeMap<String, Vec<u64>>, Vec<BreakdownSteps>, Rest) {
    let is_pair = query.breakdown.as_ref().is_some_and(|breakdown| breakdown.prop.only().is_none());
    let text = |number| match values.text(number) {
        none if is_pair && none.is_empty() => joined("", ""),
        text => text.to_string(),
    };
    let settled = by_value.tallies().into_iter().map(|(number, mut tally)| {
        tally.settle();
        (text(number), tally)
    });
    let mut sorted: Vec<(String, Tally)> = settled.collect();
    sorted.sort_by(|one, two| two.1.counts.cmp(&one.1.counts).then_with(|| one.0.cmp(&two.0)));
    let top = query.breakdown.as_ref().and_then(|breakdown| breakdown.top).unwrap_or(BREAKDOWN_TOP_DEFAULT);
    let listed = sorted.iter().take(BREAKDOWN_VALUES_MAX.max(top));
    let counts = listed.map(|(value, tally)| (value.clone(), tally.counts.clone())).collect();
    let mut rest = Rest { values: 0, counts: vec![0; query.steps.len()] };
    for (_, tally) in sorted.iter().skip(top) {
        rest.values += 1;
        rest.counts.iter_mut().zip(&tally.counts).for_each(|(sum, count)| *sum += count);
    }
    sorted.truncate(top);
    let shown = sorted.into_iter().map(|(value, mut tally)| {
        let steps = tally.steps(query);
        BreakdownSteps { values: is_pair.then(|| parted(&value)), value, counts: tally.counts, steps }
    });
    (counts, shown.collect(), rest)
}
