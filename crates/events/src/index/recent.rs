//! What is in no part yet, kept as columns between questions, so that each event is decoded once and not by every
//! question. Nothing is kept of a log that nobody asks, nor of one whose parts are far behind.
//!
//! A *stretch* is a tail or a newer segment, the same positions whether it was sealed meanwhile or not. Its events lie
//! in sorted *runs*: each question adds one of what came since the last, and runs of about the same size become one.
//! As parts do, runs keep an event under the person of when it was read; people joined since are moved. They have the
//! properties that questions asked for so far: to read them all would take longer than most questions.
//!
//! Only what is appended, sealed, made into parts or joined may happen to the events of a `Recent`. Whoever does anything
//! else to the log gives its state a new one ([`crate::state::State::forget_recent`]).

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use insight::{
    frame::{self, Codebook},
    record::Value,
};
use parking_lot::Mutex;

use super::{
    properties::is_fact,
    rows::{Builder, Place, RowList, Rows},
    snapshot::{Wish, read_segment},
};
use crate::{LogError, segment::Segment, state::View, tail::Chunk};

/// Events kept: four tails. With more in no part, parts are being made anew, and questions read what they want.
const EVENTS_MAX: u64 = 4 * 65_536;
/// Bytes kept, but for values: with more than about 30 properties on every event there may be too many events.
const BYTES_MAX: usize = 32 << 20;
/// Properties kept. With more asked for, it begins anew with those of one question.
const COLUMNS_MAX: usize = 200;
/// All of time.
const EVER: Range<i64> = i64::MIN..i64::MAX;

/// See above.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Ascending, without a gap.
    stretches: Vec<Stretch>,
    /// Properties that questions asked for.
    columns: Vec<String>,
    /// What begins here took more memory than is given.
    too_large_from: Option<u64>,
}

/// What the events of a stretch are read of.
enum Source<'a> {
    Segment(&'a Segment),
    Tail(&'a [Arc<Chunk>]),
}

/// Positions that are in no part.
struct Missing<'a> {
    first: u64,
    last: u64,
    source: Source<'a>,
}

struct Stretch {
    first: u64,
    /// The last event taken in.
    upto: u64,
    /// The people are those after so many joins.
    joins: u64,
    at_min_ms: i64,
    at_max_ms: i64,
    /// Knows names, properties and values; holds no event.
    builder: Builder,
    /// Oldest first.
    runs: Vec<Run>,
}

#[derive(Default)]
struct Run {
    lists: BTreeMap<Place, RowList>,
}

/// What a view has behind its parts, in order.
fn missing(view: &View) -> Vec<Missing<'_>> {
    let covered = view.parts.last().map_or(0, |part| part.origin().last);
    let segments = view.segments.iter().filter(|segment| segment.stats.last > covered).map(|segment| Missing {
        first: segment.stats.first.max(covered + 1),
        last: segment.stats.last,
        source: Source::Segment(segment),
    });
    let tails = (0..view.tails.len()).filter_map(|tail| {
        let chunks = view.tail(tail);
        let (first, last) = (chunks.first()?.first(), chunks.last()?.last());
        Some(Missing { first, last, source: Source::Tail(chunks) })
    });
    segments.chain(tails).collect()
}

/// What a question wants of what is in no part.
pub(super) enum Found {
    Rows(Rows),
    /// Some property has too many values.
    NoColumn,
    /// It is not kept: it must be read.
    NotKept,
}

impl Recent {
    /// The rows of a wish.
    pub(super) fn rows(&self, view: &View, wish: &Wish<'_>) -> Result<Found, LogError> {
        // Facts may be told by any event: those that ask for one read what is newest anew.
        if wish.columns.iter().any(|column| is_fact(column)) {
            return Ok(Found::NotKept);
        }
        let missing = missing(view);
        let mut kept = self.0.lock();
        let events: u64 = missing.iter().map(|missing| missing.last + 1 - missing.first).sum();
        let first = missing.first().map(|missing| missing.first);
        if events > EVENTS_MAX || first.is_some() && kept.too_large_from == first {
            kept.stretches.clear();
            return Ok(Found::NotKept);
        }
        if kept.is_newer_than(view, &missing) {
            return Ok(Found::NotKept);
        }
        kept.learn(wish.columns);
        kept.follow(view, &missing)?;
        if kept.stretches.iter().map(Stretch::bytes).sum::<usize>() > BYTES_MAX {
            *kept = Kept { too_large_from: first, ..Kept::default() };
            return Ok(Found::NotKept);
        }
        let mut picked = Picked::new(wish);
        for stretch in &kept.stretches {
            if !picked.take(stretch, wish) {
                return Ok(Found::NoColumn);
            }
        }
        Ok(Found::Rows(picked.finish(wish)))
    }
}

impl Kept {
    /// Whether another question has read more than this one may see.
    fn is_newer_than(&self, view: &View, missing: &[Missing<'_>]) -> bool {
        let end = missing.last().map_or(0, |missing| missing.last);
        let end = end.max(view.parts.last().map_or(0, |part| part.origin().last));
        self.stretches.iter().any(|stretch| stretch.upto > end || stretch.joins > view.joins)
    }

    /// Keep these properties, too, from now on.
    fn learn(&mut self, columns: &[String]) {
        let is_new = |column: &&String| !self.columns.contains(column);
        let new: Vec<String> = columns.iter().filter(is_new).cloned().collect();
        if new.is_empty() {
            return;
        }
        self.stretches.clear();
        if self.columns.len() + new.len() > COLUMNS_MAX {
            self.columns = columns.to_vec();
        } else {
            self.columns.extend(new);
        }
    }

    /// Take in what came, let go what is in a part by now.
    fn follow(&mut self, view: &View, missing: &[Missing<'_>]) -> Result<(), LogError> {
        let mut known = std::mem::take(&mut self.stretches).into_iter().peekable();
        let mut stretches = Vec::with_capacity(missing.len());
        for missing in missing {
            while known.next_if(|stretch| stretch.first < missing.first).is_some() {}
            let same = known.next_if(|stretch| stretch.first == missing.first && stretch.upto <= missing.last);
            let mut stretch = same.unwrap_or_else(|| Stretch::new(missing.first, &self.columns));
            stretch.rejoin(view);
            stretch.follow(view, missing)?;
            stretches.push(stretch);
        }
        if let Some((_newest, done)) = stretches.split_last_mut() {
            done.iter_mut().for_each(|stretch| stretch.merge_runs(usize::MAX));
        }
        self.stretches = stretches;
        Ok(())
    }
}

impl Stretch {
    fn new(first: u64, columns: &[String]) -> Self {
        Self {
            first,
            upto: first - 1,
            joins: 0,
            at_min_ms: i64::MAX,
            at_max_ms: i64::MIN,
            builder: Builder::wanting(columns),
            runs: Vec::new(),
        }
    }

    fn bytes(&self) -> usize {
        self.runs.iter().flat_map(|run| run.lists.values()).map(RowList::bytes).sum()
    }

    /// Read what is newer.
    fn follow(&mut self, view: &View, missing: &Missing<'_>) -> Result<(), LogError> {
        if self.upto == missing.last {
            return Ok(());
        }
        match missing.source {
            Source::Segment(segment) => {
                let wish = Wish { names: None, columns: &[], time: EVER, cut: EVER, told_from_ms: i64::MIN };
                read_segment(view, segment, self.upto, &wish, &mut self.builder)?;
            }
            Source::Tail(chunks) => {
                let start = chunks.partition_point(|chunk| chunk.last() <= self.upto);
                for (position, row, event) in chunks[start..].iter().flat_map(|chunk| chunk.events()) {
                    if position > self.upto && !view.tombstones.covers(event.source, position) {
                        self.builder.push(event.name, view.person(row.key), row.at_ms, event.props());
                    }
                }
            }
        }
        self.upto = missing.last;
        let run = Run { lists: self.builder.take_lists() };
        for key in run.lists.values().flat_map(|list| &list.keys) {
            let at_ms = frame::at_ms(*key);
            self.at_min_ms = self.at_min_ms.min(at_ms);
            self.at_max_ms = self.at_max_ms.max(at_ms);
        }
        self.runs.push(run);
        self.merge_runs(2);
        Ok(())
    }

    /// Make one of the newest runs while the older has at most `factor` times the events of the newer. With a factor of
    /// two every event is moved about `log2` of the questions asked while the stretch grows.
    fn merge_runs(&mut self, factor: usize) {
        while let [.., older, newer] = &mut self.runs[..]
            && older.events() <= newer.events().saturating_mul(factor)
        {
            for (place, list) in std::mem::take(&mut newer.lists) {
                older.add(place, list);
            }
            self.runs.pop();
        }
    }

    /// Put the events of people who were joined since under who they are now.
    fn rejoin(&mut self, view: &View) {
        if self.joins == view.joins {
            return;
        }
        self.joins = view.joins;
        for run in &mut self.runs {
            let mut moved = Vec::new();
            for (place, list) in &mut run.lists {
                take_moved(*place, list, view, &mut moved);
            }
            run.lists.retain(|_, list| !list.keys.is_empty());
            for (place, list) in moved {
                run.add(place, list);
            }
        }
    }
}

impl Run {
    fn events(&self) -> usize {
        self.lists.values().map(|list| list.keys.len()).sum()
    }

    fn add(&mut self, place: Place, list: RowList) {
        match self.lists.get_mut(&place) {
            Some(known) => {
                known.absorb(&list);
                known.sort();
            }
            None => _ = self.lists.insert(place, list),
        }
    }
}

/// Take the events out of a list whose person is somebody else by now.
fn take_moved((block, name): Place, list: &mut RowList, view: &View, moved: &mut Vec<(Place, RowList)>) {
    let now = |key: u64| {
        let person = block * frame::PEOPLE_PER_BLOCK + frame::person(key);
        (person, view.person(person))
    };
    let is_moved = |key: u64| {
        let (then, now) = now(key);
        then != now
    };
    if !list.keys.iter().any(|key| is_moved(*key)) {
        return;
    }
    let rows = |list: &RowList, wanted: &dyn Fn(u64) -> bool| {
        let rows: Vec<usize> = (0..list.keys.len()).filter(|row| wanted(list.keys[*row])).collect();
        let columns = list.columns.iter();
        let columns = columns.map(|(property, codes)| (*property, rows.iter().map(|row| codes[*row]).collect()));
        RowList { keys: rows.iter().map(|row| list.keys[*row]).collect(), columns: columns.collect() }
    };
    let gone = rows(list, &is_moved);
    *list = rows(list, &|key| !is_moved(key));
    // By who they are now; runs of one person stay together.
    let mut by_block: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, key) in gone.keys.iter().enumerate() {
        by_block.entry(frame::block(now(*key).1)).or_default().push(row);
    }
    for (to, rows) in by_block {
        let key = |row: &usize| frame::key(now(gone.keys[*row]).1, frame::at_ms(gone.keys[*row]));
        let columns = gone.columns.iter();
        let columns = columns.map(|(property, codes)| (*property, rows.iter().map(|row| codes[*row]).collect()));
        let mut list = RowList { keys: rows.iter().map(key).collect(), columns: columns.collect() };
        list.sort();
        moved.push(((to, name), list));
    }
}

/// What a question takes of the stretches.
struct Picked {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32, ahash::RandomState>,
    codebooks: Vec<Codebook>,
    lists: BTreeMap<Place, RowList>,
}

impl Picked {
    fn new(wish: &Wish<'_>) -> Self {
        Self {
            names: Vec::new(),
            numbers: HashMap::default(),
            codebooks: vec![Codebook::default(); wish.columns.len()],
            lists: BTreeMap::new(),
        }
    }

    /// The number of a name, when it is wanted.
    fn name(&mut self, name: &Arc<str>, wish: &Wish<'_>) -> Option<u32> {
        if wish.names.is_some_and(|names| !names.iter().any(|wanted| **wanted == **name)) {
            return None;
        }
        Some(*self.numbers.entry(name.clone()).or_insert_with(|| {
            self.names.push(name.clone());
            self.names.len() as u32 - 1
        }))
    }

    /// Take what is wanted of a stretch. False when a column has too many values.
    fn take(&mut self, stretch: &Stretch, wish: &Wish<'_>) -> bool {
        let names: Vec<Option<u32>> = stretch.builder.names().iter().map(|name| self.name(name, wish)).collect();
        let mut columns = Vec::new();
        for (column, name) in wish.columns.iter().enumerate() {
            match stretch.builder.find(name) {
                Ok(Some((property, values))) => columns.push((column, property, Map::new(values))),
                Ok(None) => {}
                Err(_) => return false,
            }
        }
        let are_all_inside = wish.time.start <= stretch.at_min_ms && stretch.at_max_ms < wish.time.end;
        for ((block, name), list) in stretch.runs.iter().flat_map(|run| &run.lists) {
            let Some(name) = names[*name as usize] else { continue };
            let is_inside = |row: &usize| wish.time.contains(&frame::at_ms(list.keys[*row]));
            let rows: Option<Vec<usize>> = (!are_all_inside).then(|| (0..list.keys.len()).filter(is_inside).collect());
            if rows.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let mut taken = RowList::default();
            match &rows {
                Some(rows) => taken.keys.extend(rows.iter().map(|row| list.keys[*row])),
                None => taken.keys.extend_from_slice(&list.keys),
            }
            for (column, property, map) in &mut columns {
                let Some(codes) = list.columns.get(property) else { continue };
                let codebook = &mut self.codebooks[*column];
                let mut code = |code: u32| map.code(code, codebook);
                let codes = match &rows {
                    Some(rows) => rows.iter().map(|row| code(codes[*row])).collect(),
                    None => codes.iter().map(|one| code(*one)).collect(),
                };
                taken.columns.insert(*column as u32, codes);
            }
            match self.lists.get_mut(&(*block, name)) {
                Some(known) => known.absorb(&taken),
                None => _ = self.lists.insert((*block, name), taken),
            }
        }
        true
    }

    fn finish(mut self, wish: &Wish<'_>) -> Rows {
        self.lists.values_mut().for_each(RowList::sort);
        Rows::of(self.names, wish.columns.iter().cloned().zip(self.codebooks), self.lists)
    }
}

/// Codes of a stretch in those of the question, which has only the values it meets: there may be far more.
struct Map<'a> {
    values: &'a [Value],
    known: Vec<u32>,
}

impl<'a> Map<'a> {
    const UNKNOWN: u32 = u32::MAX;

    fn new(values: &'a [Value]) -> Self {
        Self { values, known: vec![Self::UNKNOWN; values.len()] }
    }

    fn code(&mut self, code: u32, codebook: &mut Codebook) -> u32 {
        let slot = &mut self.known[code as usize];
        if *slot == Self::UNKNOWN {
            *slot = codebook.code(&self.values[code as usize]);
        }
        *slot
    }
}

#[cfg(test)]
mod tests {
    use base::{Timestamp, VirtualClock};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::{Durability, EventLog, Link, LocalLog, NewEvent, Options, PersonKey, index::snapshot::read_rest};

    const START_MS: i64 = 1_700_000_000_000;
    const HOUR_MS: i64 = 3_600_000;

    /// A wish that a question may have.
    #[derive(Debug, Clone)]
    struct Asked {
        names: Option<Vec<String>>,
        columns: Vec<String>,
        hours: Range<i64>,
        /// So many parts are left out: what they hold must be read of segments.
        parts_gone: usize,
        /// Asked of the log as it was at an earlier question.
        of_earlier: bool,
    }

    #[derive(Debug, Clone)]
    enum Act {
        Happen { count: u8, name: &'static str, person: u8, hour: i64, props: Json, link: Option<u8> },
        Ask(Asked),
        TakeBack,
        Erase(u8),
    }

    fn act() -> impl Strategy<Value = Act> {
        let name = || prop::sample::select(vec!["a", "b", "c", "x"]);
        let value = prop_oneof![Just(json!("one")), Just(json!("two")), Just(json!(7)), Just(json!(""))];
        let property = prop::sample::select(vec!["v", "n", "rare"]);
        let props = prop::option::of((property, value)).prop_map(|pair| match pair {
            Some((name, value)) => json!({ name: value }),
            None => json!({}),
        });
        let link = prop::option::weighted(0.2, 0..12u8);
        let happen = (1..12u8, name(), 0..12u8, 0..30i64, props, link);
        let happen = happen.prop_map(|(count, name, person, hour, props, link)| Act::Happen {
            count,
            name,
            person,
            hour,
            props,
            link,
        });
        let names = prop::option::of(prop::collection::vec(name().prop_map(str::to_owned), 1..3));
        let columns = prop::sample::subsequence(vec!["n", "v", "nobody has it"], 0..=3);
        let hours = prop_oneof![Just(i64::MIN..i64::MAX), (0..15i64, 15..30i64).prop_map(|(from, to)| from..to)];
        let ask = (names, columns, hours, 0..4usize, prop::bool::weighted(0.2));
        let ask = ask.prop_map(|(names, columns, hours, parts_gone, of_earlier)| {
            let columns = columns.into_iter().map(str::to_owned).collect();
            Act::Ask(Asked { names, columns, hours, parts_gone, of_earlier })
        });
        prop_oneof![12 => happen, 8 => ask, 1 => Just(Act::TakeBack), 1 => (0..12u8).prop_map(Act::Erase)]
    }

    fn log(folder: &std::path::Path) -> LocalLog {
        let options = Options {
            tail_events_max: 40,
            background_sealing: false,
            durability: Durability::Relaxed,
            ..Options::default()
        };
        LocalLog::open(folder, options, Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)))).unwrap()
    }

    fn key(person: u8) -> PersonKey {
        PersonKey::anonymous(&format!("p{person}")).unwrap()
    }

    fn event(id: String, name: &str, person: u8, hour: i64, props: &Json) -> NewEvent {
        NewEvent {
            message_id: id,
            name: name.to_owned(),
            at: Timestamp::from_ms(START_MS + hour * HOUR_MS),
            received_at: Timestamp::from_ms(START_MS),
            person: key(person),
            links: Vec::new(),
            props: props.to_string(),
            person_props: None,
            source: person.is_multiple_of(5).then(|| "imp_5".to_owned()),
        }
    }

    /// Every event as a text, in no order that means something.
    fn events(rows: &Rows) -> Vec<String> {
        let mut all = Vec::new();
        for ((block, name), list) in &rows.lists {
            assert!(list.keys.is_sorted());
            for (row, key) in list.keys.iter().enumerate() {
                let value = |(column, property): (u32, &super::super::properties::Property)| {
                    let code = list.columns.get(&column).map_or(0, |codes| codes[row]);
                    property.codebook.values()[code as usize].clone()
                };
                let values: Vec<Value> = (0..).zip(&rows.properties).map(value).collect();
                all.push(format!("{block} {} {key} {values:?}", rows.names[*name as usize]));
            }
        }
        all.sort();
        all
    }

    fn ask(view: &View, asked: &Asked) -> Result<bool, TestCaseError> {
        let ms = |hour: i64| hour.saturating_mul(HOUR_MS).saturating_add(START_MS);
        let time = ms(asked.hours.start)..ms(asked.hours.end);
        let wish = Wish {
            names: asked.names.as_deref(),
            columns: &asked.columns,
            cut: time.clone(),
            time,
            told_from_ms: i64::MIN,
        };
        let read = read_rest(view, &wish).unwrap().expect("few values");
        match view.recent.rows(view, &wish).unwrap() {
            Found::Rows(rows) => {
                prop_assert_eq!(events(&rows), events(&read));
                Ok(true)
            }
            Found::NotKept => Ok(false),
            Found::NoColumn => Err(TestCaseError::fail("few values")),
        }
    }

    async fn play(acts: Vec<Act>) -> Result<(), TestCaseError> {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        let mut earlier = log.view();
        for (number, act) in acts.into_iter().enumerate() {
            match act {
                Act::Happen { count, name, person, hour, props, link } => {
                    let each = |index: u8| event(format!("{number} {index}"), name, person, hour, &props);
                    let mut events: Vec<NewEvent> = (0..count).map(each).collect();
                    events[0].links = link.into_iter().map(|other| Link::Merge(key(other))).collect();
                    log.append(events).await.unwrap();
                }
                Act::Ask(asked) => {
                    let mut view = log.view();
                    view.parts = view.parts[..view.parts.len().saturating_sub(asked.parts_gone)].into();
                    if asked.of_earlier {
                        // It may have been overtaken.
                        ask(&earlier, &asked)?;
                    } else {
                        prop_assert!(ask(&view, &asked)?);
                    }
                    earlier = view;
                }
                Act::TakeBack => _ = log.retract("imp_5").await.unwrap(),
                Act::Erase(person) => {
                    let person = log.person(&key(person));
                    log.erase(&person.into_iter().collect::<Vec<u32>>()).await.unwrap();
                }
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_kept_is_what_would_be_read(acts in prop::collection::vec(act(), 1..80)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(play(acts))?;
        }
    }

    #[tokio::test]
    async fn an_event_is_decoded_once_and_let_go_when_a_part_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        let wish = Wish { names: None, columns: &[], time: EVER, cut: EVER, told_from_ms: i64::MIN };
        let mut runs = Vec::new();
        for number in 0..39 {
            log.append(vec![event(number.to_string(), "a", 1, number % 30, &json!({}))]).await.unwrap();
            let view = log.view();
            assert!(matches!(view.recent.rows(&view, &wish), Ok(Found::Rows(_))));
            let kept = view.recent.0.lock();
            assert_eq!(kept.stretches.len(), 1);
            assert_eq!(kept.stretches[0].upto, number as u64 + 1);
            runs.push(kept.stretches[0].runs.len());
        }
        assert!(runs.iter().all(|runs| *runs <= 6), "{runs:?}");
        log.append(vec![event("last".to_owned(), "a", 1, 5, &json!({}))]).await.unwrap();
        let view = log.view();
        assert_eq!(view.parts.len(), 1, "the tail was sealed and made into a part");
        assert!(matches!(view.recent.rows(&view, &wish), Ok(Found::Rows(_))));
        assert!(view.recent.0.lock().stretches.is_empty());
    }

    #[tokio::test]
    async fn an_earlier_view_does_not_see_what_a_later_question_read() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        let wish = Wish { names: None, columns: &[], time: EVER, cut: EVER, told_from_ms: i64::MIN };
        log.append(vec![event("1".to_owned(), "a", 1, 1, &json!({}))]).await.unwrap();
        let earlier = log.view();
        log.append(vec![event("2".to_owned(), "a", 1, 2, &json!({}))]).await.unwrap();
        let later = log.view();
        assert!(matches!(later.recent.rows(&later, &wish), Ok(Found::Rows(_))));
        assert!(matches!(earlier.recent.rows(&earlier, &wish), Ok(Found::NotKept)));
    }

    #[tokio::test]
    async fn too_many_bytes_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        log.append(vec![event("1".to_owned(), "a", 1, 1, &json!({}))]).await.unwrap();
        let wish = Wish { names: None, columns: &[], time: EVER, cut: EVER, told_from_ms: i64::MIN };
        let view = log.view();
        view.recent.0.lock().too_large_from = Some(1);
        assert!(matches!(view.recent.rows(&view, &wish), Ok(Found::NotKept)));
        assert!(view.recent.0.lock().stretches.is_empty());
    }

    #[tokio::test]
    async fn what_is_emptied_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(VirtualClock::at(Timestamp::from_ms(START_MS)));
        let options = Options { background_sealing: false, retention_days: Some(1), ..Options::default() };
        let log = LocalLog::open(folder.path(), options, clock.clone()).unwrap();
        let wish = Wish { names: None, columns: &[], time: EVER, cut: EVER, told_from_ms: i64::MIN };
        let kept = || {
            let view = View { parts: Arc::default(), ..log.view() };
            let Ok(Found::Rows(rows)) = view.recent.rows(&view, &wish) else { panic!("few events") };
            assert_eq!(events(&rows), events(&read_rest(&view, &wish).unwrap().unwrap()));
            events(&rows).len()
        };
        let (old, new) = (event("1".to_owned(), "a", 1, 0, &json!({})), event("2".to_owned(), "a", 1, 5, &json!({})));
        log.append(vec![old, new]).await.unwrap();
        assert_eq!(kept(), 2);
        clock.advance_ms(48 * HOUR_MS);
        log.expire().await.unwrap();
        assert_eq!(kept(), 1);
    }

    #[tokio::test]
    async fn properties_are_kept_from_the_first_question_about_them_on() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        log.append(vec![event("1".to_owned(), "a", 1, 1, &json!({"v": "x", "n": 7}))]).await.unwrap();
        let view = log.view();
        for (columns, known) in [(&["v"][..], 1), (&["v", "n"], 2), (&["n"], 2)] {
            let columns: Vec<String> = columns.iter().map(|name| name.to_string()).collect();
            let wish = Wish { names: None, columns: &columns, time: EVER, cut: EVER, told_from_ms: i64::MIN };
            let Ok(Found::Rows(rows)) = view.recent.rows(&view, &wish) else { panic!("one event is kept") };
            assert_eq!(events(&rows), events(&read_rest(&view, &wish).unwrap().unwrap()));
            assert_eq!(view.recent.0.lock().columns.len(), known);
        }
        let many: Vec<String> = (0..COLUMNS_MAX).map(|number| number.to_string()).collect();
        let wish = Wish { names: None, columns: &many, time: EVER, cut: EVER, told_from_ms: i64::MIN };
        assert!(matches!(view.recent.rows(&view, &wish), Ok(Found::Rows(_))));
        assert_eq!(view.recent.0.lock().columns, many);
    }
}
