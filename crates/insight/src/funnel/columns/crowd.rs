//! How far the people of a stretch got, and how long it took them.

use super::PEOPLE_PER_SWEEP;
use super::ordered::Reached;
use crate::frame;

/// Set in the depth of a person whose attempt is among [`Crowd::own`].
const OWN: u8 = 1 << 7;

/// The people of a stretch together: what is said of them is counted, and nothing is done for each.
#[derive(Default)]
pub(in crate::funnel) struct Crowd {
    /// The first person, in the block.
    first: u32,
    /// By person: the steps taken, with [`OWN`].
    depths: Vec<u8>,
    /// By step.
    gaps: Vec<Gaps>,
    /// Where the attempts begin that count of people of whom not the usual one does; in order of people.
    own: Vec<(u32, u64)>,
}

/// How many steps a person took.
#[derive(Clone, Copy)]
pub(super) enum Depth {
    /// By the attempt that was first to take so many.
    Usual(usize),
    /// By the attempt among [`Crowd::own`].
    Own(usize),
}

impl Depth {
    fn new(depth: u8) -> Self {
        let steps = usize::from(depth & !OWN);
        if depth & OWN == 0 { Self::Usual(steps) } else { Self::Own(steps) }
    }

    pub(super) fn steps(self) -> usize {
        match self {
            Self::Usual(steps) | Self::Own(steps) => steps,
        }
    }
}

/// Times from the step before, each with its person.
#[derive(Default)]
pub(in crate::funnel) struct Gaps {
    pub(in crate::funnel) people: Vec<u32>,
    pub(in crate::funnel) ms: Vec<i64>,
}

impl Crowd {
    pub(super) fn begin(&mut self, first: u32, steps: usize) {
        self.first = first;
        self.depths.clear();
        self.depths.resize(PEOPLE_PER_SWEEP as usize, 0);
        self.own.clear();
        self.gaps.resize_with(steps, Gaps::default);
        for gaps in &mut self.gaps {
            gaps.people.clear();
            gaps.ms.clear();
        }
    }

    /// The place of a person among the depths.
    pub(in crate::funnel) fn place(person: u32) -> usize {
        (person % PEOPLE_PER_SWEEP) as usize
    }

    /// The people of these events took so many steps at least.
    pub(super) fn mark(&mut self, keys: impl Iterator<Item = u64>, depth: usize) {
        let depths = &mut self.depths[..PEOPLE_PER_SWEEP as usize];
        for key in keys {
            depths[Self::place(frame::person(key))] = depth as u8;
        }
    }

    pub(super) fn depth(&self, person: u32) -> Depth {
        Depth::new(self.depths[Self::place(person)])
    }

    /// Another attempt counts for a person, which begins there; none for one who counts nowhere. People come in order.
    pub(super) fn decide(&mut self, person: u32, start: Option<u64>) {
        let depth = &mut self.depths[Self::place(person)];
        match start {
            Some(start) => {
                *depth |= OWN;
                self.own.push((person, start));
            }
            None => *depth = 0,
        }
    }

    pub(super) fn own(&self) -> &[(u32, u64)] {
        &self.own
    }

    /// Who took a step, and how many.
    pub(super) fn people(&self) -> impl Iterator<Item = (u32, Depth)> {
        let taken = (self.first..).zip(&self.depths).filter(|(_, depth)| **depth > 0);
        taken.map(|(person, depth)| (person, Depth::new(*depth)))
    }

    /// Note the times of everybody whose second step was the last, given what was reached of that.
    pub(super) fn pair(&mut self, reached: &[Reached]) {
        let Self { depths, gaps, .. } = self;
        let (depths, gaps) = (&depths[..PEOPLE_PER_SWEEP as usize], &mut gaps[1]);
        let (before, mut last) = (gaps.ms.len(), u32::MAX);
        let mut count = before;
        gaps.people.resize(before + reached.len(), 0);
        gaps.ms.resize(before + reached.len(), 0);
        let (people, ms) = (&mut gaps.people[..], &mut gaps.ms[..before + reached.len()]);
        for Reached { key, start } in reached {
            let person = frame::person(*key);
            let counts = (person != last) & (depths[Self::place(person)] == 2);
            (people[count], ms[count]) = (person, key.wrapping_sub(*start).cast_signed());
            count += usize::from(counts);
            last = person;
        }
        gaps.people.truncate(count);
        gaps.ms.truncate(count);
    }

    /// Note the times of a person.
    pub(super) fn note(&mut self, person: u32, times: &[i64]) {
        for (gaps, pair) in self.gaps[1..].iter_mut().zip(times.windows(2)) {
            gaps.people.push(person);
            gaps.ms.push(pair[1] - pair[0]);
        }
    }

    /// By steps taken: how many people.
    pub(in crate::funnel) fn count(&self) -> Vec<u64> {
        // To add to a place again has to wait for the sum before: hence several tables.
        let mut counts = [[0u32; 4]; OWN as usize];
        for depths in self.depths.chunks(4) {
            for (table, depth) in depths.iter().enumerate() {
                counts[usize::from(depth & !OWN)][table] += 1;
            }
        }
        counts[..=self.gaps.len()].iter().map(|counts| counts.iter().map(|count| u64::from(*count)).sum()).collect()
    }

    /// Every person and the steps taken, also none.
    pub(in crate::funnel) fn depths(&self) -> impl Iterator<Item = (u32, usize)> {
        (self.first..).zip(&self.depths).map(|(person, depth)| (person, Depth::new(*depth).steps()))
    }

    pub(in crate::funnel) fn gaps(&self) -> &[Gaps] {
        &self.gaps
    }
}
