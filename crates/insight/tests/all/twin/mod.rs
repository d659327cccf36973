//! The twin: the rules in the plainest words, no thought for speed.

use insight::query::{Attribution, Order};

#[derive(Debug, Clone)]
pub struct TwinEvent {
    pub at_s: i64,
    pub name: &'static str,
    pub v: Option<&'static str>,
    pub h: Option<&'static str>,
    /// What it is worth.
    pub n: i64,
}

#[derive(Debug, Clone)]
pub struct TwinStep {
    pub names: Vec<&'static str>,
    pub v: Option<&'static str>,
    pub optional: bool,
    pub window_s: Option<i64>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Units {
    People,
    Totals,
    Sessions,
    /// Values of `h`.
    Prop,
}

/// The time of a step that was not taken.
pub const SKIPPED: i64 = i64::MAX;
/// Without an event for so long a session ends.
const SESSION_GAP_S: i64 = 30 * 60;

#[derive(Debug, Clone)]
pub struct TwinQuery {
    pub steps: Vec<TwinStep>,
    pub order: Order,
    pub window_s: i64,
    pub from_s: Option<i64>,
    pub to_s: Option<i64>,
    pub entry_only: bool,
    /// (event, after step, before step). Never an event of a step.
    pub exclusions: Vec<(&'static str, usize, usize)>,
    pub attribution: Option<Attribution>,
    pub hold: bool,
    pub units: Units,
    pub first_ever: bool,
}

impl TwinQuery {
    /// All times so many times as long.
    pub fn stretch(&mut self, times: i64) {
        self.window_s *= times;
        let windows = self.steps.iter_mut().filter_map(|step| step.window_s.as_mut());
        windows.chain(self.from_s.as_mut()).chain(self.to_s.as_mut()).for_each(|s| *s *= times);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    Never,
    Excluded,
    Reached(Tried),
}

impl Fate {
    pub fn tried(&self) -> Option<&Tried> {
        match self {
            Self::Reached(tried) => Some(tried),
            _ => None,
        }
    }
    pub fn depth(&self) -> Option<usize> {
        self.tried().map(|tried| tried.depth)
    }
    /// When it took a step.
    pub fn took(&self, step: usize) -> Option<i64> {
        self.tried()?.times.get(step).copied().filter(|at| *at != SKIPPED)
    }
    pub fn is_excluded(&self) -> bool {
        *self == Self::Excluded
    }
}

pub struct Person {
    pub whole: Fate,
    pub by_value: Vec<(&'static str, Fate)>,
}

/// An attempt that went as far as it could.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub times: Vec<i64>,
    /// Up to the last step that may not be skipped.
    pub depth: usize,
    pub amounts: Vec<i64>,
    clean: bool,
    /// In totals: the number of the latest step among all that were taken.
    came: usize,
}

type Fills<'a> = Box<dyn Fn(&TwinEvent, usize) -> bool + 'a>;

/// One run: which steps an event may fill, and which it matches.
struct Run<'a> {
    query: &'a TwinQuery,
    events: Vec<TwinEvent>,
    fills: Fills<'a>,
    may_start: Box<dyn Fn(&TwinEvent) -> bool + 'a>,
}

fn matches(query: &TwinQuery, event: &TwinEvent, step: usize) -> bool {
    let step = &query.steps[step];
    step.names.contains(&event.name) && (step.v.is_none() || step.v == event.v)
}

fn is_step(query: &TwinQuery, event: &TwinEvent) -> bool {
    (0..query.steps.len()).any(|step| matches(query, event, step))
}

fn is_banned(query: &TwinQuery, event: &TwinEvent) -> bool {
    query.exclusions.iter().any(|(name, _, _)| *name == event.name)
}

/// What becomes of each unit of a person.
pub fn units(query: &TwinQuery, events: &[TwinEvent]) -> Vec<Person> {
    let first = events.iter().filter(|event| matches(query, event, 0)).map(|event| event.at_s).min();
    let last = query.to_s.map(|to| if query.entry_only { to + query.window_s } else { to });
    let mut events: Vec<TwinEvent> = events
        .iter()
        .filter(|event| query.from_s.is_none_or(|from| event.at_s >= from) && last.is_none_or(|to| event.at_s < to))
        .cloned()
        .collect();
    events.sort_by_key(|event| event.at_s);
    let values = [Some("1"), Some("2")];
    let held: &[Option<&str>] = if query.hold { &values } else { &[None] };
    let first = first.filter(|_| query.first_ever);
    match query.units {
        Units::People => vec![person(query, &events, held, first)],
        Units::Totals => vec![all_attempts(query, &events, held, first)].into_iter().flatten().collect(),
        Units::Prop => values.iter().map(|value| person(query, &events, &[*value], first)).collect(),
        Units::Sessions => {
            let sessions = events.chunk_by(|one, two| two.at_s - one.at_s < SESSION_GAP_S);
            sessions.map(|session| person(query, session, held, first)).collect()
        }
    }
}

fn person(query: &TwinQuery, events: &[TwinEvent], held: &[Option<&'static str>], first: Option<i64>) -> Person {
    let events = events.to_vec();
    let fate = |fills: &dyn Fn(&TwinEvent, usize) -> bool, may_start: &dyn Fn(&TwinEvent) -> bool| {
        let may = |event: &TwinEvent| {
            may_start(event) && (!query.first_ever || (first == Some(event.at_s) && matches(query, event, 0)))
        };
        fate(query, &events, held, &fills, &may)
    };
    let all = |event: &TwinEvent, step| matches(query, event, step);
    let whole = fate(&all, &|_| true);
    let any_start = |_: &TwinEvent| true;
    let mut by_value = Vec::new();
    // A step event whose held property is missing belongs to no attempt; its value is not looked at.
    let of_steps = of_steps(query, &events, held);
    let mut values: Vec<&'static str> = Vec::new();
    match query.attribution {
        None => {}
        Some(Attribution::FirstTouch | Attribution::LastTouch) => {
            by_value.push((touch(query, &of_steps), whole.clone()));
        }
        Some(Attribution::AllEvents) => {
            values.extend(of_steps.iter().map(|event| event.v.unwrap_or("")));
            for value in unique(values) {
                let fills = |event: &TwinEvent, step| matches(query, event, step) && event.v.unwrap_or("") == value;
                by_value.push((value, fate(&fills, &any_start)));
            }
        }
        Some(Attribution::Step(_)) if query.order == Order::Unordered => {
            values.extend(of_steps.iter().map(|event| event.v.unwrap_or("")));
            for value in unique(values) {
                let starts = |event: &TwinEvent| event.v.unwrap_or("") == value;
                by_value.push((value, fate(&all, &starts)));
            }
        }
        Some(Attribution::Step(at)) => {
            values.extend(of_steps.iter().filter(|event| matches(query, event, at)).map(|event| event.v.unwrap_or("")));
            for value in unique(values) {
                let fills = |event: &TwinEvent, step| {
                    matches(query, event, step) && (step != at || event.v.unwrap_or("") == value)
                };
                by_value.push((value, fate(&fills, &any_start)));
            }
        }
    }
    Person { whole, by_value }
}

fn of_steps<'a>(query: &TwinQuery, events: &'a [TwinEvent], held: &[Option<&str>]) -> Vec<&'a TwinEvent> {
    events.iter().filter(|event| is_step(query, event) && (held == [None] || held.contains(&event.h))).collect()
}

/// The first or last value.
fn touch(query: &TwinQuery, of_steps: &[&TwinEvent]) -> &'static str {
    let valued = of_steps.iter().filter(|event| event.v.is_some());
    let steps = || 0..query.steps.len();
    let found = if query.attribution == Some(Attribution::FirstTouch) {
        let first_step = |event: &TwinEvent| steps().find(|step| matches(query, event, *step));
        valued.min_by_key(|event| (event.at_s, first_step(event), event.v))
    } else {
        let last_step = |event: &TwinEvent| steps().rfind(|step| matches(query, event, *step));
        valued.max_by_key(|event| (event.at_s, last_step(event), event.v))
    };
    found.and_then(|event| event.v).unwrap_or("")
}

fn unique(mut values: Vec<&'static str>) -> Vec<&'static str> {
    values.sort_unstable();
    values.dedup();
    values
}

fn fate(
    query: &TwinQuery,
    events: &[TwinEvent],
    held: &[Option<&'static str>],
    fills: &dyn Fn(&TwinEvent, usize) -> bool,
    may_start: &dyn Fn(&TwinEvent) -> bool,
) -> Fate {
    let mut tried = Vec::new();
    for hold in held.iter().copied() {
        // Within a held value: its own events fill steps, an exclusion without value counts too.
        let own = move |event: &TwinEvent| hold.is_none() || event.h == hold;
        let of_others =
            |event: &&TwinEvent| !(hold.is_some() && event.h.is_some() && event.h != hold && is_banned(query, event));
        let mut events: Vec<TwinEvent> = events.to_vec();
        if query.order != Order::Strict {
            events = events.iter().filter(of_others).cloned().collect();
        } else {
            // Another's exclusion still breaks a strict attempt: it stays as an event that is nothing.
            for event in &mut events {
                if !of_others(&&*event) {
                    event.name = "z";
                }
            }
        }
        let in_time = move |event: &TwinEvent| query.to_s.is_none_or(|to| event.at_s < to);
        let run = Run {
            query,
            events,
            fills: Box::new(move |event, step| own(event) && fills(event, step)),
            may_start: Box::new(move |event| in_time(event) && may_start(event)),
        };
        tried.extend(match query.order {
            Order::Ordered if is_flexible(query) => run.flexible(),
            Order::Ordered => run.ordered(),
            Order::Strict => run.strict(own),
            Order::Unordered => run.unordered(),
        });
    }
    judge(query.order, &tried)
}

fn is_flexible(query: &TwinQuery) -> bool {
    query.steps.iter().any(|step| step.optional || step.window_s.is_some())
}

fn judge(order: Order, tried: &[Tried]) -> Fate {
    let Some(deepest) = tried.iter().map(|one| one.depth).max() else { return Fate::Never };
    let clean = |one: &&Tried| one.clean && (one.depth == deepest || order == Order::Unordered);
    // In any order what was wiped counts as nothing, and the first window wins; else the latest start.
    let best = tried.iter().filter(clean).min_by_key(|one| {
        let (start, end) = (one.times[0], one.times[one.depth - 1]);
        let sign = if order == Order::Unordered { start } else { -start };
        let first = if order == Order::Unordered { (sign, end) } else { (end, sign) };
        let mut times = one.times.clone();
        times.resize(32, SKIPPED);
        (usize::MAX - one.depth, first, times, one.amounts.iter().map(|n| -n).collect::<Vec<_>>())
    });
    best.map_or(Fate::Excluded, |one| Fate::Reached(one.clone()))
}

impl Run<'_> {
    fn steps(&self) -> usize {
        self.query.steps.len()
    }

    /// An attempt without steps that may be skipped.
    fn tried(&self, times: Vec<i64>, clean: bool) -> Tried {
        Tried { depth: times.len(), amounts: self.amounts(&times), clean, came: 0, times }
    }

    /// Of all ways to give each step an event of its time the one with most for the first step, then the second..
    fn amounts(&self, times: &[i64]) -> Vec<i64> {
        fn best(run: &Run, times: &[i64], used: &mut Vec<usize>) -> Option<Vec<i64>> {
            let step = used.len();
            if step == times.len() {
                return Some(Vec::new());
            }
            if times[step] == SKIPPED {
                used.push(usize::MAX);
                let rest = best(run, times, used);
                used.pop();
                return rest.map(|rest| [vec![0], rest].concat());
            }
            let mut found: Option<Vec<i64>> = None;
            for (index, event) in run.events.iter().enumerate() {
                if event.at_s == times[step] && !used.contains(&index) && (run.fills)(event, step) {
                    used.push(index);
                    let rest = best(run, times, used).map(|rest| [vec![event.n], rest].concat());
                    used.pop();
                    found = found.max(rest);
                }
            }
            found
        }
        if self.query.order == Order::Unordered { Vec::new() } else { best(self, times, &mut vec![]).unwrap() }
    }

    /// Every chain of events, with every choice of steps skipped.
    fn flexible(&self) -> Vec<Tried> {
        let mut tried = Vec::new();
        for (index, event) in self.events.iter().enumerate() {
            if (self.may_start)(event) && (self.fills)(event, 0) {
                self.chains(&mut vec![Some(index)], &mut tried);
            }
        }
        tried
    }

    fn chains(&self, chain: &mut Vec<Option<usize>>, tried: &mut Vec<Tried>) {
        let required = |step: &usize| !self.query.steps[*step].optional;
        let times: Vec<i64> =
            chain.iter().map(|taken| taken.map_or(SKIPPED, |index| self.events[index].at_s)).collect();
        if chain.last().is_some_and(Option::is_some) {
            let depth = (0..chain.len()).rfind(required).unwrap() + 1;
            tried.push(Tried { depth, amounts: self.amounts(&times), clean: true, came: 0, times: times.clone() });
        }
        let step = chain.len();
        if step == self.steps() {
            return;
        }
        let last = *times.iter().rfind(|at| **at != SKIPPED).unwrap();
        let until = self.query.steps[step].window_s.map_or(SKIPPED, |window| last + window);
        for (index, event) in self.events.iter().enumerate() {
            let in_time = event.at_s >= last && event.at_s <= until.min(times[0] + self.query.window_s);
            if in_time && !chain.contains(&Some(index)) && (self.fills)(event, step) {
                chain.push(Some(index));
                self.chains(chain, tried);
                chain.pop();
            }
        }
        if !required(&step) {
            chain.push(None);
            self.chains(chain, tried);
            chain.pop();
        }
    }

    /// Whether an exclusion hits an attempt that ended or was ended at `until`.
    fn is_clean(&self, times: &[i64], until: i64) -> bool {
        !self.query.exclusions.iter().any(|(name, from, to)| {
            times.len() > *from
                && self.events.iter().filter(|event| event.name == *name).any(|event| {
                    let before_end = match times.get(*to) {
                        Some(end) => event.at_s < *end,
                        None => event.at_s <= times[0] + self.query.window_s,
                    };
                    event.at_s > times[*from] && before_end && event.at_s <= until
                })
        })
    }

    /// For every start all ways to go on; an attempt is the deepest, and its times the earliest.
    fn ordered(&self) -> Vec<Tried> {
        let mut starts: Vec<i64> = self.events.iter().map(|event| event.at_s).collect();
        starts.dedup();
        let mut tried = Vec::new();
        for start in starts {
            let mut chains = Vec::new();
            self.extend(&mut vec![], start, &mut chains);
            let Some(depth) = chains.iter().map(Vec::len).max() else { continue };
            let times = chains.into_iter().filter(|chain| chain.len() == depth).min().unwrap();
            tried.push(self.tried(times.clone(), self.is_clean(&times, i64::MAX)));
        }
        tried
    }

    fn extend(&self, used: &mut Vec<usize>, start: i64, chains: &mut Vec<Vec<i64>>) {
        let step = used.len();
        if step > 0 {
            chains.push(used.iter().map(|index| self.events[*index].at_s).collect());
        }
        if step == self.steps() {
            return;
        }
        for (index, event) in self.events.iter().enumerate() {
            let in_order = match used.last() {
                None => event.at_s == start && (self.may_start)(event),
                Some(last) => event.at_s >= self.events[*last].at_s && event.at_s <= start + self.query.window_s,
            };
            if in_order && !used.contains(&index) && (self.fills)(event, step) {
                used.push(index);
                self.extend(used, start, chains);
                used.pop();
            }
        }
    }

    /// Instant by instant; at each, every number of steps that its events allow.
    fn strict(&self, own: impl Fn(&TwinEvent) -> bool + Copy) -> Vec<Tried> {
        let instants: Vec<&[TwinEvent]> = self.events.chunk_by(|one, two| one.at_s == two.at_s).collect();
        let matched = |event: &TwinEvent, step: usize| own(event) && matches(self.query, event, step);
        let mut tried = Vec::new();
        for start in 0..instants.len() {
            let mut open = vec![Vec::new()];
            for (index, instant) in instants.iter().enumerate().skip(start) {
                let at = instant[0].at_s;
                let mut next = Vec::new();
                for times in open.drain(..) {
                    self.through(instant, at, &times, index == start, matched, &mut next, &mut tried);
                }
                open = next;
            }
            let ends =
                open.into_iter().map(|times: Vec<i64>| self.tried(times.clone(), self.is_clean(&times, i64::MAX)));
            tried.extend(ends);
        }
        tried
    }

    #[expect(clippy::too_many_arguments, reason = "one step of the search, kept flat to be read against the rules")]
    fn through(
        &self,
        instant: &[TwinEvent],
        at: i64,
        times: &[i64],
        is_start: bool,
        matched: impl Fn(&TwinEvent, usize) -> bool + Copy,
        next: &mut Vec<Vec<i64>>,
        tried: &mut Vec<Tried>,
    ) {
        let depth = times.len();
        let earlier = |event: &TwinEvent| {
            let last = (0..self.steps()).rfind(|step| matched(event, *step));
            depth > 0 && last.is_some_and(|last| last + 1 < depth)
        };
        let may_go_on = match times.first() {
            None => instant.iter().any(|event| (self.may_start)(event)),
            Some(start) => at <= start + self.query.window_s,
        };
        let most = if instant.iter().any(earlier) || !may_go_on { 0 } else { self.most(instant, depth, &mut vec![]) };
        if depth == 0 && most == 0 {
            return;
        }
        for more in 0..=most {
            if is_start && more == 0 {
                continue;
            }
            let mut longer = times.to_vec();
            longer.extend(std::iter::repeat_n(at, more));
            let first = depth.saturating_sub(1);
            let all_fit = instant.iter().all(|event| (first..depth + more).any(|step| matched(event, step)));
            if all_fit && !instant.iter().any(earlier) {
                next.push(longer);
            } else if more == most {
                tried.push(self.tried(longer.clone(), self.is_clean(&longer, at)));
            }
        }
    }

    /// How many steps from `step` on different events of the instant can fill.
    fn most(&self, instant: &[TwinEvent], step: usize, used: &mut Vec<usize>) -> usize {
        if step == self.steps() {
            return 0;
        }
        let mut most = 0;
        for (index, event) in instant.iter().enumerate() {
            if !used.contains(&index) && (self.fills)(event, step) {
                used.push(index);
                most = most.max(1 + self.most(instant, step + 1, used));
                used.pop();
            }
        }
        most
    }

    /// For every event that may open a window: the most steps that its events can fill.
    fn unordered(&self) -> Vec<Tried> {
        let mut tried = Vec::new();
        for (index, opener) in self.events.iter().enumerate() {
            if !(self.may_start)(opener) || !(0..self.steps()).any(|step| (self.fills)(opener, step)) {
                continue;
            }
            let end = opener.at_s + self.query.window_s;
            let bans = self.events.iter().filter(|event| is_banned(self.query, event) && event.at_s > opener.at_s);
            let ban = bans.map(|event| event.at_s).min().filter(|ban| *ban <= end);
            let until = ban.unwrap_or(end);
            let pool: Vec<usize> = (0..self.events.len())
                .filter(|other| *other != index && (opener.at_s..=until).contains(&self.events[*other].at_s))
                .collect();
            let mut found: Vec<Vec<i64>> = Vec::new();
            for step in (0..self.steps()).filter(|step| (self.fills)(opener, *step)) {
                self.assign(&pool, 0, &mut vec![step], &mut vec![opener.at_s], &mut found);
            }
            let depth = found.iter().map(Vec::len).max().unwrap();
            let times = found.into_iter().filter(|times| times.len() == depth).min().unwrap();
            tried.push(self.tried(times, ban.is_none() || depth == self.steps()));
        }
        tried
    }

    fn assign(
        &self,
        pool: &[usize],
        from: usize,
        steps: &mut Vec<usize>,
        times: &mut Vec<i64>,
        found: &mut Vec<Vec<i64>>,
    ) {
        found.push(times.clone());
        for place in from..pool.len() {
            let event = &self.events[pool[place]];
            for step in 0..self.steps() {
                if !steps.contains(&step) && (self.fills)(event, step) {
                    steps.push(step);
                    times.push(event.at_s);
                    self.assign(pool, place + 1, steps, times, found);
                    steps.pop();
                    times.pop();
                }
            }
        }
    }
}

/// Every attempt for itself: event by event, each looking for an attempt that waits for it.
fn all_attempts(
    query: &TwinQuery,
    events: &[TwinEvent],
    held: &[Option<&'static str>],
    first: Option<i64>,
) -> Vec<Person> {
    let of_steps = of_steps(query, events, held);
    let all = |event: &TwinEvent, step| matches(query, event, step);
    let alone = |fate: Fate, value| Person { whole: fate.clone(), by_value: vec![(value, fate)] };
    let whole = totals(query, events, held, first, &all);
    let mut values: Vec<&'static str> = Vec::new();
    let only = |value: &'static str, step: Option<usize>| {
        let fills = move |event: &TwinEvent, at: usize| {
            matches(query, event, at) && (step.is_some_and(|step| step != at) || event.v.unwrap_or("") == value)
        };
        let fates = totals(query, events, held, first, &fills).into_iter();
        fates.map(|fate| Person { whole: Fate::Never, by_value: vec![(value, fate)] }).collect::<Vec<_>>()
    };
    let none = |fate: &Fate| Person { whole: fate.clone(), by_value: Vec::new() };
    match query.attribution {
        None => whole.iter().map(none).collect(),
        Some(Attribution::FirstTouch | Attribution::LastTouch) => {
            let value = touch(query, &of_steps);
            whole.into_iter().map(|fate| alone(fate, value)).collect()
        }
        Some(Attribution::AllEvents) => {
            values.extend(of_steps.iter().map(|event| event.v.unwrap_or("")));
            let by_value = unique(values).into_iter().flat_map(|value| only(value, None));
            whole.iter().map(none).chain(by_value).collect()
        }
        Some(Attribution::Step(at)) => {
            values.extend(of_steps.iter().filter(|event| matches(query, event, at)).map(|event| event.v.unwrap_or("")));
            let by_value = unique(values).into_iter().flat_map(|value| only(value, Some(at)));
            whole.iter().map(none).chain(by_value).collect()
        }
    }
}

fn totals(
    query: &TwinQuery,
    events: &[TwinEvent],
    held: &[Option<&'static str>],
    first: Option<i64>,
    fills: &dyn Fn(&TwinEvent, usize) -> bool,
) -> Vec<Fate> {
    let mut all = Vec::new();
    for hold in held {
        let mut attempts: Vec<Tried> = Vec::new();
        let own = |event: &&TwinEvent| hold.is_none() || event.h == *hold;
        let may_fill = |event: &TwinEvent, step: usize| own(&event) && fills(event, step);
        for instant in events.chunk_by(|one, two| one.at_s == two.at_s) {
            let at = instant[0].at_s;
            let mut sorted: Vec<&TwinEvent> = instant.iter().collect();
            let mask =
                |event: &TwinEvent| -> Vec<bool> { (0..query.steps.len()).map(|step| may_fill(event, step)).collect() };
            // By the first step that it fills; then fewer and earlier of the others; then the dearest.
            sorted.sort_by_key(|event| {
                let mask = mask(event);
                (
                    mask.iter().position(|fills| *fills).unwrap_or(99),
                    mask.into_iter().rev().collect::<Vec<_>>(),
                    -event.n,
                )
            });
            for event in sorted {
                take(query, event, &mut attempts, &may_fill, first);
            }
            for (name, from, to) in &query.exclusions {
                let of_all = |event: &&TwinEvent| hold.is_none() || event.h.is_none() || event.h == *hold;
                if !instant.iter().filter(of_all).any(|event| event.name == *name) {
                    continue;
                }
                for attempt in attempts.iter_mut().filter(|attempt| attempt.clean) {
                    let depth = attempt.times.len();
                    let in_zone = depth > *from && depth <= *to && attempt.times[*from] < at;
                    attempt.clean = !(in_zone && at <= attempt.times[0] + query.window_s);
                }
            }
        }
        all.extend(attempts.into_iter().map(|one| if one.clean { Fate::Reached(one) } else { Fate::Excluded }));
    }
    all
}

/// The attempt that waits for the event takes it: the deepest step first, then the latest step before.
fn take(
    query: &TwinQuery,
    event: &TwinEvent,
    attempts: &mut Vec<Tried>,
    fills: &dyn Fn(&TwinEvent, usize) -> bool,
    first: Option<i64>,
) {
    let at = event.at_s;
    for step in (1..query.steps.len()).rev().filter(|step| fills(event, *step)) {
        let waits = |attempt: &Tried| {
            let last = *attempt.times.last().unwrap();
            let skips = &query.steps[attempt.times.len().min(step)..step];
            attempt.clean
                && attempt.times.len() <= step
                && skips.iter().all(|step| step.optional)
                && at <= attempt.times[0] + query.window_s
                && query.steps[step].window_s.is_none_or(|window| at <= last + window)
        };
        // Of the same latest time the one deeper on its way, and of these the one that came there last.
        let rank = |attempt: &Tried| (*attempt.times.last().unwrap(), attempt.times.len());
        let mut found: Option<usize> = None;
        for (index, attempt) in attempts.iter().enumerate().filter(|(_, attempt)| waits(attempt)) {
            if found.is_none_or(|found| (rank(attempt), attempt.came) >= (rank(&attempts[found]), attempts[found].came))
            {
                found = Some(index);
            }
        }
        if let Some(index) = found {
            let clock = 1 + attempts.iter().map(|attempt| attempt.came).max().unwrap();
            let attempt = &mut attempts[index];
            attempt.times.resize(step, SKIPPED);
            attempt.times.push(at);
            attempt.amounts.resize(step, 0);
            attempt.amounts.push(event.n);
            attempt.came = clock;
            if !query.steps[step].optional {
                attempt.depth = step + 1;
            }
            return;
        }
    }
    let may_start = query.to_s.is_none_or(|to| at < to) && (!query.first_ever || first == Some(at));
    if fills(event, 0) && may_start {
        let came = 1 + attempts.iter().map(|attempt| attempt.came).max().unwrap_or(0);
        attempts.push(Tried { times: vec![at], depth: 1, amounts: vec![event.n], clean: true, came });
    }
}
