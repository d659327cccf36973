//! The twin: the rules in the plainest words, no thought for speed.

use insight::query::{Attribution, Order};

#[derive(Debug, Clone)]
pub struct TwinEvent {
    pub at_s: i64,
    pub name: &'static str,
    pub v: Option<&'static str>,
    pub h: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct TwinStep {
    pub names: Vec<&'static str>,
    pub v: Option<&'static str>,
}

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
}

#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    Never,
    Excluded,
    Reached(Vec<i64>),
}

impl Fate {
    pub fn times(&self) -> Option<&[i64]> {
        match self {
            Self::Reached(times) => Some(times),
            _ => None,
        }
    }
    pub fn depth(&self) -> Option<usize> {
        self.times().map(<[i64]>::len)
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
#[derive(Debug, Clone)]
struct Tried {
    times: Vec<i64>,
    clean: bool,
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

pub fn person(query: &TwinQuery, events: &[TwinEvent]) -> Person {
    let last = query.to_s.map(|to| if query.entry_only { to + query.window_s } else { to });
    let mut events: Vec<TwinEvent> = events
        .iter()
        .filter(|event| query.from_s.is_none_or(|from| event.at_s >= from) && last.is_none_or(|to| event.at_s < to))
        .cloned()
        .collect();
    events.sort_by_key(|event| event.at_s);
    let all = |event: &TwinEvent, step| matches(query, event, step);
    let whole = fate(query, &events, all, |_| true);
    let any_start = |_: &TwinEvent| true;
    let mut by_value = Vec::new();
    // A step event whose held property is missing belongs to no attempt; its value is not looked at.
    let of_steps: Vec<&TwinEvent> =
        events.iter().filter(|event| is_step(query, event) && (!query.hold || event.h.is_some())).collect();
    let mut values: Vec<&'static str> = Vec::new();
    match query.attribution {
        None => {}
        Some(Attribution::FirstTouch) => {
            let first_step = |event: &TwinEvent| (0..query.steps.len()).find(|step| matches(query, event, *step));
            let valued = of_steps.iter().filter(|event| event.v.is_some());
            let found = valued.min_by_key(|event| (event.at_s, first_step(event), event.v));
            by_value.push((found.and_then(|event| event.v).unwrap_or(""), whole.clone()));
        }
        Some(Attribution::LastTouch) => {
            let last_step = |event: &TwinEvent| (0..query.steps.len()).rfind(|step| matches(query, event, *step));
            let valued = of_steps.iter().filter(|event| event.v.is_some());
            let found = valued.max_by_key(|event| (event.at_s, last_step(event), event.v));
            by_value.push((found.and_then(|event| event.v).unwrap_or(""), whole.clone()));
        }
        Some(Attribution::AllEvents) => {
            values.extend(of_steps.iter().map(|event| event.v.unwrap_or("")));
            for value in unique(values) {
                let fills = |event: &TwinEvent, step| matches(query, event, step) && event.v.unwrap_or("") == value;
                by_value.push((value, fate(query, &events, fills, any_start)));
            }
        }
        Some(Attribution::Step(_)) if query.order == Order::Unordered => {
            values.extend(of_steps.iter().map(|event| event.v.unwrap_or("")));
            for value in unique(values) {
                let starts = |event: &TwinEvent| event.v.unwrap_or("") == value;
                by_value.push((value, fate(query, &events, all, starts)));
            }
        }
        Some(Attribution::Step(at)) => {
            values.extend(of_steps.iter().filter(|event| matches(query, event, at)).map(|event| event.v.unwrap_or("")));
            for value in unique(values) {
                let fills = |event: &TwinEvent, step| {
                    matches(query, event, step) && (step != at || event.v.unwrap_or("") == value)
                };
                by_value.push((value, fate(query, &events, fills, any_start)));
            }
        }
    }
    Person { whole, by_value }
}

fn unique(mut values: Vec<&'static str>) -> Vec<&'static str> {
    values.sort_unstable();
    values.dedup();
    values
}

fn fate<'a>(
    query: &'a TwinQuery,
    events: &[TwinEvent],
    fills: impl Fn(&TwinEvent, usize) -> bool + Copy + 'a,
    may_start: impl Fn(&TwinEvent) -> bool + Copy + 'a,
) -> Fate {
    let mut tried = Vec::new();
    let held: Vec<Option<&str>> = if query.hold { vec![Some("1"), Some("2")] } else { vec![None] };
    for hold in held {
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
            Order::Ordered => run.ordered(),
            Order::Strict => run.strict(own),
            Order::Unordered => run.unordered(),
        });
    }
    judge(query.order, &tried)
}

fn judge(order: Order, tried: &[Tried]) -> Fate {
    let Some(deepest) = tried.iter().map(|one| one.times.len()).max() else { return Fate::Never };
    let clean = |one: &&Tried| one.clean && (one.times.len() == deepest || order == Order::Unordered);
    // In any order what was wiped counts as nothing, and the first window wins; else the latest start.
    let best = tried.iter().filter(clean).min_by_key(|one| {
        let (start, end) = (one.times[0], *one.times.last().unwrap());
        let sign = if order == Order::Unordered { start } else { -start };
        let first = if order == Order::Unordered { (sign, end) } else { (end, sign) };
        (usize::MAX - one.times.len(), first, one.times.clone())
    });
    best.map_or(Fate::Excluded, |one| Fate::Reached(one.times.clone()))
}

impl Run<'_> {
    fn steps(&self) -> usize {
        self.query.steps.len()
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
            tried.push(Tried { clean: self.is_clean(&times, i64::MAX), times });
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
            let ends = open.into_iter().map(|times: Vec<i64>| Tried { clean: self.is_clean(&times, i64::MAX), times });
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
                tried.push(Tried { clean: self.is_clean(&longer, at), times: longer });
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
            tried.push(Tried { clean: ban.is_none() || depth == self.steps(), times });
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
