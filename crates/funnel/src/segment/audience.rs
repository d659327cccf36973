//! Everybody, and which segments they are in.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;

use base::{Id, Timestamp, id};
use jiff::tz::TimeZone;

use super::Definition;
use super::bits::Bits;
use super::columns::Columns;
use super::days::Days;
use super::looks::{Deed, Kept, Look, NEVER};
use super::program::{Fault, Node, Questions, ScorePlan, Uses};
use crate::condition::{Condition, Seen};
use crate::score::Scoring;

/// Somebody went into a segment or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The segment's place.
    pub segment: usize,
    /// The contact's number.
    pub who: u32,
    /// Whether they are in it now.
    pub is_in: bool,
}

/// Fewer contacts are not worth a thread.
const SHARE_MIN: u32 = if cfg!(test) { 1 } else { 20_000 };

/// A deed that does not count yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    /// When it does.
    due: i64,
    look: usize,
    deed: Deed,
}

/// What is being gathered for a look.
#[derive(Debug)]
pub struct Gathering {
    look: usize,
    kept: Kept,
    ahead: Vec<(i64, Deed)>,
    delay_ms: i64,
    oldest: i64,
    now: i64,
}

impl Gathering {
    /// Take deeds in, in any order.
    pub fn add(&mut self, deeds: impl IntoIterator<Item = Deed>) {
        for deed in deeds {
            let due = deed.at_ms.saturating_add(self.delay_ms);
            if due > self.now {
                self.ahead.push((due, deed));
            } else {
                self.kept.add(deed, self.oldest);
            }
        }
    }
}

/// A person nobody has a number for yet.
pub(super) const NOBODY: u32 = u32::MAX;

/// A contact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Their number in the log.
    pub(super) person: u32,
    /// The place of their zone.
    pub(super) zone: u16,
    pub(super) is_there: bool,
    /// The next contact who is the same person in the log.
    pub(super) next: u32,
}

/// A segment with those who are in it.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    id: Id<id::Segment>,
    /// None when somebody chose them by hand.
    pub(super) rule: Option<Node>,
    uses: Uses,
    pub(super) members: Bits,
    /// By contact: when to look at them again, if nothing else happens.
    due: Vec<i64>,
    timers: BinaryHeap<Reverse<(i64, u32)>>,
}

/// What a look at a rule says: whether it is met, and until when at least that stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_met: bool,
    pub(super) until: i64,
}

pub(super) const FOR_EVER: i64 = i64::MAX;

/// Everybody, and which segments they are in. Contacts have dense numbers that whoever keeps the audience gives.
#[derive(Debug, Clone)]
pub struct Audience {
    scoring: Scoring,
    pub(super) questions: Questions,
    /// By look: what is kept, once it was gathered.
    pub(super) kept: Vec<Option<Kept>>,
    /// By name of an event: the looks that may want it.
    by_event: HashMap<String, Arc<[usize]>>,
    /// By look: the segments that hang on it, also by way of others.
    by_look: Vec<Vec<usize>>,
    ahead: BinaryHeap<Reverse<Waiting>>,
    pub(super) members: Vec<Member>,
    pub(super) of_person: HashMap<u32, u32>,
    pub(super) zones: Vec<Days>,
    pub(super) zone_names: HashMap<String, u16>,
    pub(super) columns: Columns,
    /// By question to deals: the contacts who have one like that.
    pub(super) with_deal: Vec<HashSet<u32>>,
    pub(super) slots: Vec<Option<Slot>>,
    /// The fields that rules ask for, sorted.
    pub(super) fields: Vec<String>,
}

impl Audience {
    /// Nobody, in no segment. `zone` is where contacts live of whom nothing is known.
    pub fn new(scoring: Scoring, zone: TimeZone) -> Self {
        Self {
            scoring,
            questions: Questions::default(),
            kept: Vec::new(),
            by_event: HashMap::new(),
            by_look: Vec::new(),
            ahead: BinaryHeap::new(),
            members: Vec::new(),
            of_person: HashMap::new(),
            zones: vec![Days::new(zone)],
            zone_names: HashMap::new(),
            columns: Columns::default(),
            with_deal: Vec::new(),
            slots: Vec::new(),
            fields: Vec::new(),
        }
    }

    // Segments.

    /// Take a segment in, or another rule for one that is known. Nobody is in it before [`Self::look_at_all`]. Answers its
    /// place.
    ///
    /// # Errors
    /// When the rule cannot be followed; everything stays as it was.
    pub fn put(&mut self, definition: &Definition) -> Result<usize, Fault> {
        let known = self.place(definition.id);
        let place = known.unwrap_or_else(|| {
            let is_free = |place: &usize| self.slots[*place].is_none() && !self.is_asked_for(*place);
            (0..self.slots.len()).find(is_free).unwrap_or(self.slots.len())
        });
        let mut questions = self.questions.clone();
        let of = |id| if id == definition.id { Some(place) } else { self.place(id) };
        let rule = match &definition.rule {
            Some(rule) => Some(questions.compile(rule, &self.scoring, &of)?),
            None => None,
        };
        let uses = rule.as_ref().map(|rule| questions.uses(rule)).unwrap_or_default();
        if self.reaches(&uses, place, &mut HashSet::new()) {
            return Err(Fault::Cycle(definition.id));
        }
        self.questions = questions;
        let members = self.slots.get_mut(place).and_then(Option::take).map(|slot| slot.members).unwrap_or_default();
        let (due, timers) = (Vec::new(), BinaryHeap::new());
        let slot = Slot { id: definition.id, rule, uses, members, due, timers };
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        self.slots[place] = Some(slot);
        self.tidy();
        Ok(place)
    }

    /// Let a segment go. Rules that ask for it find nobody in it.
    pub fn remove(&mut self, id: Id<id::Segment>) {
        if let Some(place) = self.place(id) {
            self.slots[place] = None;
            self.tidy();
        }
    }

    /// The place of a segment.
    pub fn place(&self, id: Id<id::Segment>) -> Option<usize> {
        self.slots.iter().position(|slot| slot.as_ref().is_some_and(|slot| slot.id == id))
    }

    /// The segment of a place.
    pub fn id(&self, segment: usize) -> Option<Id<id::Segment>> {
        self.slots.get(segment)?.as_ref().map(|slot| slot.id)
    }

    /// Those who are in a segment.
    pub fn members(&self, segment: usize) -> impl Iterator<Item = u32> {
        self.slots.get(segment).into_iter().flatten().flat_map(|slot| slot.members.iter())
    }

    /// How many are in a segment.
    pub fn count(&self, segment: usize) -> usize {
        self.slots.get(segment).into_iter().flatten().map(|slot| slot.members.count()).sum()
    }

    /// Whether somebody is in a segment.
    pub fn is_in(&self, segment: usize, who: u32) -> bool {
        self.slots.get(segment).into_iter().flatten().any(|slot| slot.members.has(who))
    }

    /// Segments whose rules hang on that of a place, also by way of others.
    fn reaches(&self, uses: &Uses, place: usize, seen: &mut HashSet<usize>) -> bool {
        uses.segments.iter().any(|used| {
            *used == place
                || seen.insert(*used)
                    && self.slots[*used].as_ref().is_some_and(|slot| self.reaches(&slot.uses, place, seen))
        })
    }

    fn is_asked_for(&self, place: usize) -> bool {
        self.slots.iter().flatten().any(|slot| slot.uses.segments.contains(&place))
    }

    /// Keep what rules ask for, and nothing else.
    fn tidy(&mut self) {
        let mut wanted: HashSet<usize> = HashSet::new();
        let mut asks_facts: HashSet<usize> = HashSet::new();
        let score = self.questions.score.clone();
        for rule in self.slots.iter().flatten().filter_map(|slot| slot.rule.as_ref()) {
            gather(rule, score.as_ref(), &mut wanted, &mut asks_facts);
        }
        self.kept.resize_with(self.questions.looks.len(), || None);
        for (look, kept) in self.kept.iter_mut().enumerate() {
            if !wanted.contains(&look) {
                *kept = None;
            }
        }
        self.ahead.retain(|Reverse(waiting)| wanted.contains(&waiting.look));
        let mut by_event: HashMap<String, Vec<usize>> = HashMap::new();
        for look in &wanted {
            for origin in &self.questions.looks[*look].origins {
                by_event.entry(origin.event.clone()).or_default().push(*look);
            }
        }
        let in_order = |mut looks: Vec<usize>| -> Arc<[usize]> {
            looks.sort_unstable();
            looks.dedup();
            looks.into()
        };
        self.by_event = by_event.into_iter().map(|(event, looks)| (event, in_order(looks))).collect();
        let looks = 0..self.questions.looks.len();
        self.by_look = looks.map(|look| self.hanging_on(|uses| uses.looks.contains(&look))).collect();
        self.fields = asks_facts.iter().map(|fact| self.questions.facts[*fact].field.clone()).collect();
        self.fields.sort_unstable();
        self.fields.dedup();
        self.columns.retain(&self.fields);
        self.columns.judge(&self.questions.facts);
    }

    // What has to be gathered.

    /// The looks that have to be gathered from the log, with the time since when.
    pub fn missing_looks(&self, now: Timestamp) -> Vec<(usize, &Look, Option<Timestamp>)> {
        let is_used = |look: &usize| !self.by_look[*look].is_empty();
        let missing = (0..self.kept.len()).filter(|look| self.kept[*look].is_none() && is_used(look));
        missing
            .map(|look| {
                let since = self.questions.reach[look].map(|reach| now.plus_ms(-reach));
                (look, &self.questions.looks[look], since)
            })
            .collect()
    }

    /// Begin to gather for a look, beside the audience.
    pub fn gathering(&self, look: usize, now: Timestamp) -> Gathering {
        let Look { keeps, delay_ms, .. } = self.questions.looks[look];
        let oldest = self.questions.reach[look].map_or(NEVER, |reach| now.ms() - reach);
        Gathering { look, kept: Kept::new(keeps), ahead: Vec::new(), delay_ms, oldest, now: now.ms() }
    }

    /// Take in what was gathered.
    pub fn finish(&mut self, gathering: Gathering) {
        let Gathering { look, kept, ahead, .. } = gathering;
        self.ahead.retain(|Reverse(waiting)| waiting.look != look);
        self.ahead.extend(ahead.into_iter().map(|(due, deed)| Reverse(Waiting { due, look, deed })));
        self.kept[look] = Some(kept);
    }

    /// The fields that have to be read for everybody. They are kept from now on.
    pub fn missing_fields(&mut self) -> Vec<String> {
        let missing: Vec<String> = self.fields.iter().filter(|field| !self.columns.has(field)).cloned().collect();
        missing.iter().for_each(|field| self.columns.open(field));
        missing
    }

    /// The fields that rules ask for.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The fields of deals that are asked for.
    pub fn deal_fields(&self) -> BTreeSet<&str> {
        self.questions.deals.iter().flat_map(Condition::fields).collect()
    }

    /// Whether a contact is there.
    pub fn is_there(&self, who: u32) -> bool {
        self.members.get(who as usize).is_some_and(|member| member.is_there)
    }

    /// How many questions to deals there are: with more than before all deals have to be handed on.
    pub fn deal_questions(&self) -> usize {
        self.questions.deals.len()
    }

    // What happens.

    /// Whether any rule looks at events of a name, and at their properties.
    pub fn wants(&self, event: &str) -> Option<bool> {
        let looks = self.by_event.get(event)?;
        Some(looks.iter().any(|look| self.questions.looks[*look].reads_props()))
    }

    /// A person did something. `is_new` says whether a look knows nothing of it yet: one that was gathered later than
    /// others may.
    pub fn take(&mut self, person: u32, seen: &Seen, now: Timestamp, is_new: impl Fn(usize) -> bool) -> Vec<Moved> {
        let Some(looks) = self.by_event.get(&seen.name).cloned() else { return Vec::new() };
        let mut changed = Vec::new();
        for look in looks.iter().copied() {
            let deed = self.questions.looks[look].deed(person, seen);
            if let Some(deed) = deed.filter(|_| self.kept[look].is_some() && is_new(look))
                && self.add(look, deed, now)
            {
                changed.push(look);
            }
        }
        self.look_after(person, &changed, now)
    }

    /// Two people of the log turned out to be one.
    pub fn join(&mut self, from: u32, into: u32, now: Timestamp) -> Vec<Moved> {
        if from == into {
            return Vec::new();
        }
        self.kept.iter_mut().flatten().for_each(|kept| kept.join(from, into));
        if self.ahead.iter().any(|Reverse(waiting)| waiting.deed.person == from) {
            let mut ahead = std::mem::take(&mut self.ahead).into_vec();
            let theirs = ahead.iter_mut().filter(|Reverse(waiting)| waiting.deed.person == from);
            theirs.for_each(|Reverse(waiting)| waiting.deed.person = into);
            self.ahead = ahead.into();
        }
        let movers: Vec<u32> = self.contacts(from).collect();
        for who in movers {
            self.unchain(who);
            self.members[who as usize].person = into;
            self.chain(who);
        }
        let all: Vec<usize> = (0..self.kept.len()).collect();
        self.look_after(into, &all, now)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Moved> {
        self.prepare(now);
        let mut moved = Vec::new();
        while let Some(Reverse(Waiting { due, look, deed })) = self.ahead.peek().copied() {
            if due > now.ms() {
                break;
            }
            self.ahead.pop();
            if self.add(look, deed, now) {
                moved.extend(self.look_after(deed.person, &[look], now));
            }
        }
        for segment in 0..self.slots.len() {
            while let Some(who) = self.due(segment, now) {
                moved.extend(self.look_at(segment, who, now));
            }
        }
        moved
    }

    /// When something will change next, if nothing else happens.
    pub fn next_due(&self) -> Option<Timestamp> {
        let timers = self.slots.iter().flatten().filter_map(|slot| slot.timers.peek().map(|Reverse((due, _))| *due));
        timers.chain(self.ahead.peek().map(|Reverse(waiting)| waiting.due)).min().map(Timestamp::from_ms)
    }

    fn due(&mut self, segment: usize, now: Timestamp) -> Option<u32> {
        let slot = self.slots[segment].as_mut()?;
        let Reverse((due, who)) = *slot.timers.peek()?;
        if due > now.ms() {
            return None;
        }
        slot.timers.pop();
        if let Some(kept) = slot.due.get_mut(who as usize).filter(|kept| **kept == due) {
            *kept = FOR_EVER;
        }
        Some(who)
    }

    /// Answers whether the deed counts now; else it waits.
    fn add(&mut self, look: usize, deed: Deed, now: Timestamp) -> bool {
        let due = deed.at_ms.saturating_add(self.questions.looks[look].delay_ms);
        if due > now.ms() {
            self.ahead.push(Reverse(Waiting { due, look, deed }));
            return false;
        }
        let oldest = self.questions.reach[look].map_or(NEVER, |reach| now.ms() - reach);
        if let Some(kept) = &mut self.kept[look] {
            kept.add(deed, oldest);
        }
        true
    }

    fn look_after(&mut self, person: u32, looks: &[usize], now: Timestamp) -> Vec<Moved> {
        let mut moved = Vec::new();
        if looks.is_empty() || !self.of_person.contains_key(&person) {
            return moved;
        }
        self.prepare(now);
        let who: Vec<u32> = self.contacts(person).collect();
        let mut segments: Vec<usize> = looks.iter().flat_map(|look| self.by_look[*look].iter().copied()).collect();
        segments.sort_unstable();
        segments.dedup();
        for segment in segments {
            moved.extend(who.iter().filter_map(|who| self.look_at(segment, *who, now)));
        }
        moved
    }

    /// Segments that ask for something, themselves or by way of others.
    fn hanging_on(&self, asks: impl Fn(&Uses) -> bool) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        loop {
            let is_new = |(place, slot): (usize, &Option<Slot>)| {
                let uses = &slot.as_ref().filter(|_| !found.contains(&place))?.uses;
                (asks(uses) || uses.segments.iter().any(|used| found.contains(used))).then_some(place)
            };
            let new: Vec<usize> = self.slots.iter().enumerate().filter_map(is_new).collect();
            if new.is_empty() {
                return found;
            }
            found.extend(new);
        }
    }

    /// What is known of a contact has changed: look at all segments again.
    pub fn look_again(&mut self, who: u32, now: Timestamp) -> Vec<Moved> {
        self.prepare(now);
        self.columns.judge(&self.questions.facts);
        (0..self.slots.len()).filter_map(|segment| self.look_at(segment, who, now)).collect()
    }

    /// Look at everybody again, for a segment and for those that hang on it.
    pub fn look_at_all(&mut self, segment: usize, now: Timestamp) -> Vec<Moved> {
        self.prepare(now);
        self.columns.judge(&self.questions.facts);
        let mut segments = self.hanging_on(|uses| uses.segments.contains(&segment));
        segments.retain(|other| *other != segment);
        segments.insert(0, segment);
        segments.into_iter().flat_map(|segment| self.look_at_each(segment, now)).collect()
    }

    /// Look at everybody again, for all segments.
    pub fn look_at_everything(&mut self, now: Timestamp) -> Vec<Moved> {
        self.prepare(now);
        self.columns.judge(&self.questions.facts);
        (0..self.slots.len()).flat_map(|segment| self.look_at_each(segment, now)).collect()
    }

    /// Look at everybody for a segment, on every processor.
    fn look_at_each(&mut self, segment: usize, now: Timestamp) -> Vec<Moved> {
        let everybody = self.members.len() as u32;
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get) as u32;
        let share = everybody.div_ceil(threads).max(SHARE_MIN);
        let shares = (0..everybody).step_by(share as usize).map(|first| first..(first + share).min(everybody));
        let news = |who| Some((who, self.verdict(segment, who, now)?)).filter(|news| self.is_news(segment, *news));
        let of_share = |share: Range<u32>| share.filter_map(news).collect::<Vec<_>>();
        let found: Vec<Vec<(u32, Verdict)>> = std::thread::scope(|scope| {
            let threads: Vec<_> = shares.map(|share| scope.spawn(|| of_share(share))).collect();
            // A share that failed goes on failing where everybody hears it.
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        let Some(slot) = self.slots[segment].as_mut() else { return Vec::new() };
        if found.iter().flatten().any(|(_, verdict)| verdict.until != FOR_EVER) {
            slot.due.resize(everybody as usize, FOR_EVER);
        }
        let is_earlier =
            |(who, verdict): &&(u32, Verdict)| slot.due.get(*who as usize).is_some_and(|due| verdict.until < *due);
        let timed = found.iter().flatten().filter(is_earlier);
        let timers: Vec<_> = timed.map(|(who, verdict)| Reverse((verdict.until, *who))).collect();
        timers.iter().for_each(|Reverse((until, who))| slot.due[*who as usize] = *until);
        // Put in order once, not one by one.
        slot.timers.append(&mut timers.into());
        let moved = found.into_iter().flatten().filter(|(who, verdict)| slot.members.set(*who, verdict.is_met));
        moved.map(|(who, verdict)| Moved { segment, who, is_in: verdict.is_met }).collect()
    }

    /// Whether a verdict changes anything that is known.
    fn is_news(&self, segment: usize, (who, verdict): (u32, Verdict)) -> bool {
        self.slots[segment].as_ref().is_some_and(|slot| {
            let due = slot.due.get(who as usize).copied().unwrap_or(FOR_EVER);
            slot.members.has(who) != verdict.is_met || verdict.until < due
        })
    }

    /// What must be known before anybody is looked at.
    fn prepare(&mut self, now: Timestamp) {
        let days = self.questions.days;
        if days > 0 {
            self.zones.iter_mut().for_each(|zone| zone.cover(now, days));
        }
        self.with_deal.resize_with(self.questions.deals.len(), HashSet::new);
    }

    fn look_at(&mut self, segment: usize, who: u32, now: Timestamp) -> Option<Moved> {
        let verdict = self.verdict(segment, who, now)?;
        self.follow(segment, who, verdict)
    }

    /// What a segment's rule says of somebody; of nobody where people are chosen by hand.
    fn verdict(&self, segment: usize, who: u32, now: Timestamp) -> Option<Verdict> {
        match &self.slots[segment].as_ref()?.rule {
            _ if !self.is_there(who) => Some(Verdict { is_met: false, until: FOR_EVER }),
            Some(rule) => Some(self.judge(rule, who, now.ms())),
            None => None,
        }
    }

    fn follow(&mut self, segment: usize, who: u32, verdict: Verdict) -> Option<Moved> {
        let slot = self.slots[segment].as_mut()?;
        if verdict.until != FOR_EVER {
            let at = who as usize;
            if slot.due.len() <= at {
                slot.due.resize(at + 1, FOR_EVER);
            }
            if verdict.until < slot.due[at] {
                slot.due[at] = verdict.until;
                slot.timers.push(Reverse((verdict.until, who)));
            }
        }
        slot.members.set(who, verdict.is_met).then_some(Moved { segment, who, is_in: verdict.is_met })
    }
}

/// The looks and facts that a rule asks for.
fn gather(node: &Node, score: Option<&ScorePlan>, looks: &mut HashSet<usize>, facts: &mut HashSet<usize>) {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| gather(part, score, looks, facts)),
        Node::Not(part) => gather(part, score, looks, facts),
        Node::Fact(fact) => drop(facts.insert(*fact)),
        Node::Look(look) => drop(looks.insert(look.look)),
        Node::Deal(_) | Node::Segment(_) => {}
        Node::Score(_) => {
            let Some(plan) = score else { return };
            looks.insert(plan.recency);
            looks.extend(&plan.engagement);
            plan.trust.iter().for_each(|part| gather(part, score, looks, facts));
        }
    }
}
