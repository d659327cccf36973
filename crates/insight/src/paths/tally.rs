//! Counting paths.

use std::cmp::Reverse;

use ahash::{AHashMap, AHashSet};

use super::label::Labels;
use super::{PathLink, PathNode, PathsAnswer, Visit};
use crate::durations::Durations;
use crate::query::PathsQuery;

/// Two labels that follow each other, with the number of the step of the first.
type Link = (usize, u32, u32);

/// The paths of all sessions.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How many sessions took each path. Many take the same: fewer to go through once more.
    paths: AHashMap<Box<[u32]>, u64>,
    /// By link, how long each session needed for it.
    gaps: AHashMap<Link, Durations>,
    /// With an end, the number that it has.
    end_step: Option<usize>,
}

impl Tally {
    pub(super) fn new(query: &PathsQuery) -> Self {
        Self { end_step: query.end.is_some().then_some(query.max_steps), ..Self::default() }
    }

    /// Counts the path of a session; nothing when it has no step.
    pub(super) fn add(&mut self, steps: &[Visit]) {
        if steps.is_empty() {
            return;
        }
        let first = self.first_step(steps.len());
        for (at, pair) in steps.windows(2).enumerate() {
            let link = (first + at, pair[0].label, pair[1].label);
            self.gaps.entry(link).or_default().push(pair[1].at_ms - pair[0].at_ms);
        }
        *self.paths.entry(steps.iter().map(|step| step.label).collect()).or_default() += 1;
    }

    /// Counts other sessions, too, in which labels have other numbers: by theirs the one here.
    pub(super) fn merge(&mut self, others: Self, numbers: &[u32]) {
        let here = |label: u32| numbers[label as usize];
        for (path, sessions) in others.paths {
            *self.paths.entry(path.iter().map(|label| here(*label)).collect()).or_default() += sessions;
        }
        for ((step, from, to), gaps) in others.gaps {
            self.gaps.entry((step, here(from), here(to))).or_default().join(gaps);
        }
    }

    /// The number of the first step of a path of so many.
    fn first_step(&self, length: usize) -> usize {
        self.end_step.map_or(1, |end| end + 1 - length)
    }

    pub(super) fn answer(self, top: usize, labels: &Labels) -> PathsAnswer {
        let mut links: Vec<(Link, u64)> = self.gaps.iter().map(|(link, gaps)| (*link, gaps.len() as u64)).collect();
        links.sort_by_key(|((step, from, to), sessions)| {
            (Reverse(*sessions), *step, labels.text(*from), labels.text(*to))
        });
        let links_total = links.len() as u64;
        links.truncate(top);
        let shown: AHashSet<Link> = links.iter().map(|(link, _)| *link).collect();
        let is_shown = |first: usize, path: &[u32]| {
            path.windows(2).enumerate().all(|(at, pair)| shown.contains(&(first + at, pair[0], pair[1])))
        };
        let count = |test: &dyn Fn(&[u32]) -> bool| -> u64 {
            self.paths.iter().filter(|(path, _)| test(path)).map(|(_, sessions)| sessions).sum()
        };
        PathsAnswer {
            sessions: count(&|_| true),
            one_step_sessions: count(&|path| path.len() == 1),
            cut_off_sessions: count(&|path| !is_shown(self.first_step(path.len()), path)),
            links_total,
            nodes: self.nodes(&shown, labels),
            links: links.into_iter().map(|(link, sessions)| self.link(link, sessions, labels)).collect(),
        }
    }

    /// The ends of the links shown.
    fn nodes(&self, shown: &AHashSet<Link>, labels: &Labels) -> Vec<PathNode> {
        let ends = shown.iter().flat_map(|(step, from, to)| [(*step, *from), (step + 1, *to)]);
        let mut sessions: AHashMap<(usize, u32), u64> = ends.map(|end| (end, 0)).collect();
        for (path, count) in &self.paths {
            for (step, label) in (self.first_step(path.len())..).zip(path) {
                if let Some(sum) = sessions.get_mut(&(step, *label)) {
                    *sum += count;
                }
            }
        }
        let mut nodes: Vec<PathNode> = sessions
            .into_iter()
            .map(|((step, label), sessions)| {
                let label = labels.text(label);
                PathNode { id: id(step, label), step, label: label.to_owned(), sessions }
            })
            .collect();
        nodes.sort_by(|a, b| (a.step, b.sessions, &a.label).cmp(&(b.step, a.sessions, &b.label)));
        nodes
    }

    fn link(&self, link: Link, sessions: u64, labels: &Labels) -> PathLink {
        let (step, from, to) = link;
        let [median_ms] = self.gaps[&link].percentiles_ms([0.5]);
        PathLink {
            source: id(step, labels.text(from)),
            target: id(step + 1, labels.text(to)),
            sessions,
            median_s: median_ms.unwrap_or_default() / 1_000.0,
        }
    }
}

fn id(step: usize, label: &str) -> String {
    format!("{step} {label}")
}
