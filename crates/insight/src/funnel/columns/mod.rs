//! Funnels over columns. Funnels whose steps share no event are swept: not person by person but list by list, since
//! keys of different people lie so far apart that a window tells them from each other as well. What a sweep cannot
//! decide about a person (events of one instant in strict order, an exclusion inside the attempt that counts) is left
//! to the rules over records for that person alone.

mod any_order;
mod by_value;
mod crowd;
mod exclusions;
mod heads;
mod merge;
mod ordered;
mod strict;
mod touch;

use super::answer::FunnelAnswer;
use super::tally::Tallies;
use super::values::Values;
use super::{columns, each_person, window_ms};
use crate::frame::{self, Buffer, Codes, Frame, Selected, Source, Taken, select, spread};
use crate::query::{Attribution, FunnelQuery, Order};
use by_value::{ByValue, Wanted};
pub(super) use crowd::Crowd;
use exclusions::Exclusions;
use touch::{Letters, Touches};

/// People that are swept in one go: what is kept of them stays in the processor's own memory.
const PEOPLE_PER_SWEEP: u32 = 8_192;

/// The answer of [`super::funnel`], from columns of [`super::plan`]; none when no sweep answers the question.
///
/// # Errors
/// When a block cannot be read.
pub(super) fn swept<S: Source>(
    query: &FunnelQuery,
    source: &S,
    threads: usize,
) -> Result<Option<FunnelAnswer>, S::Error> {
    if !is_sweepable(query) {
        return Ok(None);
    }
    let columns = columns(query);
    let steps = query.steps.iter().map(|step| Selected::new(source, &step.event, &step.filter, &columns));
    let steps: Vec<Selected> = steps.collect();
    let window_ms = window_ms(query).cast_unsigned();
    let exclusions = Exclusions::new(query, source, &columns, window_ms);
    let share = |(index, step): (usize, &Selected)| steps[..index].iter().any(|before| before.meets(step));
    if steps.iter().enumerate().any(share) || exclusions.meet(&steps) {
        return Ok(None);
    }
    // All values are known before the threads begin: each numbers them alike.
    let mut values = Values::default();
    let column = query.breakdown.as_ref().and_then(|breakdown| columns.index(breakdown.prop.only()?));
    let plan = Plan {
        query,
        source,
        window_ms,
        start_before_ms: query.to.map_or(i64::MAX, base::Timestamp::ms),
        exclusions,
        steps,
        split: query.breakdown.as_ref().zip(column).map(|(breakdown, column)| {
            let numbers = values.numbers(source.values(column));
            Split::new(breakdown.attribution, numbers, &values)
        }),
        column,
    };
    let begin = || Sweeper::new(&plan, values.clone());
    let sweepers = spread(source.blocks(), threads, begin, |sweeper, block| sweeper.block(block))?;
    let mut all = Tallies::new(query);
    sweepers.into_iter().for_each(|sweeper| all.merge(sweeper.tallies));
    Ok(Some(all.answer(&values, threads)))
}

/// Whether a sweep answers such questions, where no event can be of two steps.
fn is_sweepable(query: &FunnelQuery) -> bool {
    let is_by_touch = query.breakdown.as_ref().is_none_or(|breakdown| is_touch(breakdown.attribution));
    let has_way = match query.order {
        Order::Ordered => is_by_touch || query.exclusions.is_empty(),
        Order::Strict | Order::Unordered => is_by_touch && query.exclusions.is_empty(),
    };
    query.is_plain() && query.hold.is_empty() && has_way
}

fn is_touch(attribution: Attribution) -> bool {
    matches!(attribution, Attribution::FirstTouch | Attribution::LastTouch)
}

/// What all threads need to know.
struct Plan<'a, S> {
    query: &'a FunnelQuery,
    source: &'a S,
    window_ms: u64,
    start_before_ms: i64,
    exclusions: Exclusions,
    steps: Vec<Selected>,
    /// Of the breakdown.
    column: Option<usize>,
    split: Option<Split>,
}

/// What a breakdown needs to know.
enum Split {
    ByTouch(Letters),
    /// Attribution, and by code the number of the value.
    ByValue(Attribution, Vec<u32>),
}

impl Split {
    /// `numbers` are of values by code.
    fn new(attribution: Attribution, numbers: Vec<u32>, values: &Values) -> Self {
        match attribution {
            Attribution::FirstTouch => Self::ByTouch(Letters::new(&numbers, &values.ranks(), false)),
            Attribution::LastTouch => Self::ByTouch(Letters::new(&numbers, &values.ranks(), true)),
            Attribution::Step(_) | Attribution::AllEvents => Self::ByValue(attribution, numbers),
        }
    }
}

/// The events of a step in a block.
struct Step {
    keys: Buffer<u64>,
    /// In the breakdown.
    codes: Codes,
    /// In strict order.
    ranks: Codes,
}

/// A stretch of people: by list, the rows of their events.
struct Stretch<'a> {
    steps: Vec<&'a [u64]>,
    /// By step: the row of the first event.
    rows: Vec<usize>,
    /// The first person, in the block.
    first: u32,
    /// Before the first key, and beyond the last.
    edges: std::ops::Range<u64>,
}

/// What one thread keeps.
struct Sweeper<'a, S> {
    plan: &'a Plan<'a, S>,
    tallies: Tallies<'a>,
    values: Values,
    ordered: ordered::Sweep,
    strict: strict::Sweep,
    by_value: ByValue,
    touches: Touches,
    /// People (in the block) that are left to the rules over records.
    doubtful: Vec<u32>,
    crowd: Crowd,
    scratch: exclusions::Scratch,
}

impl<'a, S: Source> Sweeper<'a, S> {
    fn new(plan: &'a Plan<'a, S>, values: Values) -> Self {
        Self {
            plan,
            tallies: Tallies::new(plan.query),
            values,
            ordered: ordered::Sweep::default(),
            strict: strict::Sweep::default(),
            by_value: ByValue::default(),
            touches: Touches::default(),
            doubtful: Vec::new(),
            crowd: Crowd::default(),
            scratch: exclusions::Scratch::default(),
        }
    }

    fn block(&mut self, block: u32) -> Result<(), S::Error> {
        let plan = self.plan;
        let frame = plan.load(block)?;
        let steps = plan.steps(&frame);
        let banned = plan.exclusions.events(&frame);
        self.doubtful.clear();
        for first in (0..frame::PEOPLE_PER_BLOCK).step_by(PEOPLE_PER_SWEEP as usize) {
            let stretch = Stretch::new(&steps, first);
            if stretch.steps.iter().all(|keys| keys.is_empty()) {
                continue;
            }
            self.break_down(&stretch, &steps);
            self.stretch(block * frame::PEOPLE_PER_BLOCK, &stretch, &steps, &banned);
        }
        if !self.doubtful.is_empty() {
            let width = columns(plan.query).0.len();
            let records = frame::records_of(plan.source, width, block, &plan.source.load(block)?, &self.doubtful);
            let tallies = &mut self.tallies;
            each_person(plan.query, &records, &mut self.values, |_, person, result| tallies.add(person, result));
        }
        Ok(())
    }

    /// The values of a stretch: touches are found, and those by other events counted.
    fn break_down(&mut self, stretch: &Stretch<'_>, steps: &[Step]) {
        let Plan { window_ms, start_before_ms, .. } = *self.plan;
        match &self.plan.split {
            Some(Split::ByTouch(letters)) => self.touches.take(stretch, steps, letters),
            Some(Split::ByValue(attribution, numbers)) => {
                let wanted = Wanted { attribution: *attribution, numbers, window_ms, start_before_ms };
                self.by_value.run(stretch, steps, &wanted, |value, times| self.tallies.reach_in(value, times));
            }
            None => {}
        }
    }

    fn stretch(&mut self, base: u32, stretch: &Stretch<'_>, steps: &[Step], banned: &[Buffer<u64>]) {
        let Self { plan, tallies, touches, ordered, strict, crowd, scratch, doubtful, .. } = self;
        let letters = match &plan.split {
            Some(Split::ByTouch(letters)) => Some(letters),
            Some(Split::ByValue(..)) | None => None,
        };
        let reach = |tallies: &mut Tallies<'_>, person: u32, times: &[i64]| {
            tallies.reach(base + person, times);
            if let Some(letters) = letters {
                tallies.reach_in(touches.value(letters, person), times);
            }
        };
        let keys = stretch.steps.as_slice();
        crowd.begin(stretch.first, keys.len());
        match plan.query.order {
            Order::Unordered => {
                any_order::sweep(stretch, plan.window_ms, plan.start_before_ms, |who, times| {
                    reach(tallies, who, times)
                });
                return;
            }
            Order::Ordered => {
                ordered.fill(keys, plan.window_ms, plan.start_before_ms);
                ordered.depths(keys, crowd);
                if !plan.exclusions.is_empty() {
                    let excluded = plan.exclusions.apply(ordered, stretch, banned, scratch, crowd);
                    tallies.exclude(excluded.into_iter().map(|person| base + person));
                }
            }
            Order::Strict => {
                let ranks: Vec<&Codes> = steps.iter().map(|step| &step.ranks).collect();
                let shared = strict.fill(stretch, &ranks, plan.window_ms, plan.start_before_ms, ordered);
                ordered.depths(keys, crowd);
                shared.iter().for_each(|person| crowd.decide(*person, None));
                doubtful.extend_from_slice(shared);
            }
        }
        if tallies.wants_more() {
            ordered.each(keys, crowd, |person, times| reach(tallies, person, times));
        } else {
            ordered.times(keys, crowd);
            tallies.reach_all(crowd);
            if let Some(letters) = letters {
                tallies.reach_all_in(crowd, |person| touches.value(letters, person));
            }
        }
    }
}

impl<S: Source> Plan<'_, S> {
    fn load(&self, block: u32) -> Result<Frame, S::Error> {
        if self.query.order != Order::Strict {
            return self.source.load(block);
        }
        let mut wanted = vec![false; self.source.names().len()];
        self.steps.iter().for_each(|step| step.mark(&mut wanted));
        self.source.load_ranked(block, &wanted)
    }

    fn steps(&self, frame: &Frame) -> Vec<Step> {
        let ranks = (self.query.order == Order::Strict).then_some(Taken::Ranks);
        let taken: Vec<Taken> = self.column.map(Taken::Column).into_iter().chain(ranks).collect();
        let step = |wanted: &Selected| {
            let (keys, mut taken) = select(frame, wanted, &taken);
            let ranks = ranks.and_then(|_| taken.pop()).unwrap_or(Codes::Same(0));
            Step { keys, codes: taken.pop().unwrap_or(Codes::Same(0)), ranks }
        };
        self.steps.iter().map(step).collect()
    }
}

impl<'a> Stretch<'a> {
    fn new(steps: &'a [Step], first: u32) -> Self {
        let last = first + PEOPLE_PER_SWEEP - 1;
        let edges = frame::key(first, 0)..frame::key(last, frame::AT_MS_MAX) + 1;
        let ranges = steps.iter().map(|step| rows(&step.keys, &edges));
        let (rows, steps) = ranges.zip(steps).map(|(range, step)| (range.start, &step.keys[range])).unzip();
        Self { steps, rows, first, edges }
    }
}

/// The rows of sorted keys that lie between the edges.
fn rows(keys: &[u64], edges: &std::ops::Range<u64>) -> std::ops::Range<usize> {
    keys.partition_point(|key| *key < edges.start)..keys.partition_point(|key| *key < edges.end)
}

/// The last key that lies in a window that opens at a key. Keys of the next person never do.
#[inline]
fn window_end(key: u64, window_ms: u64) -> u64 {
    (key + window_ms).min(key | frame::AT_MS_MAX.cast_unsigned())
}

/// The first place from `at` on whose key is not below `wanted`, by leaps.
fn leap<T>(entries: &[T], mut at: usize, wanted: u64, key: impl Fn(&T) -> u64) -> usize {
    let mut width = 1;
    while entries.get(at + width - 1).is_some_and(|entry| key(entry) < wanted) {
        at += width;
        width *= 2;
    }
    let end = (at + width - 1).min(entries.len());
    at + entries[at..end].partition_point(|entry| key(entry) < wanted)
}
