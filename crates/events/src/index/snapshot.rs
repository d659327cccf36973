//! A still picture of the columns for one question: parts, what is newer, and people joined since.

use std::{collections::BTreeMap, io, ops::Range, sync::Arc};

use insight::{
    frame::{self, Buffer, Codebook, Codes, Frame, List, Source, Visits, sort_together},
    record::{Plan, Value},
};

use super::{
    cache::Cache,
    facts::{Fact, Facts},
    file::{ListMeta, Part},
    properties::is_fact,
    recent::Found,
    rows::{Builder, Rows},
};
use crate::{LogError, segment::Segment, state::View};

/// A part with what the question wants of it.
pub(super) struct Wanted {
    pub(super) part: Arc<Part>,
    /// By number of the part's name: the list, when it is wanted.
    lists: Vec<Option<usize>>,
    /// By column of the question: the property, and what its codes are in the question; `None` when the same.
    columns: Vec<Option<(u32, Option<Vec<u32>>)>>,
    /// People who are somebody else by now, ascending.
    pub(super) moved: Arc<[u32]>,
}

/// Events that stand in no part under their person of today.
#[derive(Debug, Default, Clone)]
struct Loose {
    keys: Vec<u64>,
    columns: Vec<Vec<u32>>,
}

/// A list of a part, and who of its people moved away.
type PartList<'a> = (&'a Wanted, &'a ListMeta, Option<&'a [u64]>);

/// Columns that answer one plan.
pub(crate) struct Snapshot {
    cache: Arc<Cache>,
    names: Vec<Arc<str>>,
    codebooks: Vec<Codebook>,
    parts: Vec<Wanted>,
    loose: BTreeMap<(u32, usize), Loose>,
    facts: Facts,
    /// What lies outside is left out with the list that it is in.
    time: Range<i64>,
    /// What lies outside is left out.
    cut: Range<i64>,
    blocks: u32,
}

/// By code of other values: the code in the question; `None` when all are the same.
fn map(codebook: &mut Codebook, values: &[Value]) -> Option<Vec<u32>> {
    let map: Vec<u32> = values.iter().map(|value| codebook.code(value)).collect();
    (0..).zip(&map).any(|(code, mapped)| code != *mapped).then_some(map)
}

/// What a question wants.
pub(crate) struct Wish<'a> {
    /// `None` for all names.
    pub names: Option<&'a [String]>,
    pub columns: &'a [String],
    pub time: Range<i64>,
    /// The part of the time that must be kept to strictly.
    pub cut: Range<i64>,
    /// Facts that were told before are not wanted.
    pub told_from_ms: i64,
}

/// The columns for a plan; `None` when some property has none, and segments must be read.
pub(crate) fn snapshot(view: &View, cache: &Arc<Cache>, plan: &Plan) -> Result<Option<Snapshot>, LogError> {
    let from_ms = plan.from.map_or(i64::MIN, base::Timestamp::ms).max(view.oldest_ms);
    let time = from_ms..plan.to.map_or(i64::MAX, base::Timestamp::ms);
    let cut = if plan.is_loose { view.oldest_ms..i64::MAX } else { time.clone() };
    let wish = Wish { names: plan.names.as_deref(), columns: &plan.columns, time, cut, told_from_ms: view.oldest_ms };
    let tombstones = view.tombstones.fingerprint();
    if view.parts.iter().any(|part| part.origin().tombstones != tombstones) {
        return Ok(None);
    }
    // Before anything is read: it would be for nothing.
    if view.parts.iter().any(|part| plan.columns.iter().any(|column| part.property(column).is_err())) {
        return Ok(None);
    }
    let Some(rest) = rest(view, &wish)? else { return Ok(None) };
    of_parts(&view.parts, Some(&rest), view, cache, &wish).map_err(crate::state::disk_error)
}

/// The columns of some parts, and of loose rows beside them.
pub(crate) fn of_parts(
    parts: &[Arc<Part>],
    rest: Option<&Rows>,
    view: &View,
    cache: &Arc<Cache>,
    wish: &Wish<'_>,
) -> io::Result<Option<Snapshot>> {
    let mut names: Vec<Arc<str>> = wish.names.into_iter().flatten().map(|name| name.as_str().into()).collect();
    let mut codebooks = vec![Codebook::default(); wish.columns.len()];
    let mut list_of = |name: &str| {
        let known = names.iter().position(|known| **known == *name);
        if known.is_none() && wish.names.is_none() {
            names.push(name.into());
            return Some(names.len() - 1);
        }
        known
    };
    let mut wanted = Vec::new();
    for part in parts {
        let mut used = Vec::new();
        for (codebook, name) in codebooks.iter_mut().zip(wish.columns) {
            let Ok(property) = part.property(name) else { return Ok(None) };
            used.push(match property {
                Some(number) => Some((number, map(codebook, part.dictionary(number)?))),
                None => None,
            });
        }
        let lists = part.names().iter().map(|name| list_of(name)).collect();
        wanted.push(Wanted { part: part.clone(), lists, columns: used, moved: moved(part, view)? });
    }
    let rest_lists: Vec<Option<usize>> =
        rest.map_or_else(Vec::new, |rest| rest.names.iter().map(|name| list_of(name)).collect());
    let mut snapshot = Snapshot {
        cache: cache.clone(),
        names,
        codebooks: Vec::new(),
        blocks: parts.iter().map(|part| part.blocks()).max().unwrap_or(0),
        parts: wanted,
        loose: BTreeMap::new(),
        facts: Facts::among(wish.columns, wish.told_from_ms),
        time: wish.time.clone(),
        cut: wish.cut.clone(),
    };
    snapshot.take_moved(view)?;
    if let Some(rest) = rest {
        snapshot.take_rest(rest, &rest_lists, &mut codebooks)?;
    }
    let last = snapshot.loose.keys().map(|(block, _)| block + 1).max();
    snapshot.blocks = snapshot.blocks.max(last.unwrap_or(0));
    snapshot.codebooks = codebooks;
    Ok(Some(snapshot))
}

/// People of a part who were joined with a person of a lower number since it was made.
fn moved(part: &Part, view: &View) -> io::Result<Arc<[u32]>> {
    if let Some(known) = part.moved.lock().as_ref().filter(|(joins, _)| *joins == view.joins) {
        return Ok(known.1.clone());
    }
    let mut found = Vec::new();
    for (word, bits) in part.people()?.iter().enumerate() {
        let mut left = *bits;
        while left != 0 {
            let person = word as u32 * 64 + left.trailing_zeros();
            if view.person(person) != person {
                found.push(person);
            }
            left &= left - 1;
        }
    }
    let found: Arc<[u32]> = found.into();
    *part.moved.lock() = Some((view.joins, found.clone()));
    Ok(found)
}

/// What is in no part: newer segments and the tails. `None` when a wanted property has too many values.
fn rest(view: &View, wish: &Wish<'_>) -> Result<Option<Rows>, LogError> {
    match view.recent.rows(view, wish)? {
        Found::Rows(rows) => Ok(Some(rows)),
        Found::NoColumn => Ok(None),
        Found::NotKept => read_rest(view, wish),
    }
}

/// The same, read for this question alone.
pub(super) fn read_rest(view: &View, wish: &Wish<'_>) -> Result<Option<Rows>, LogError> {
    let covered = view.parts.last().map_or(0, |part| part.origin().last);
    let mut builder = Builder::wanting(wish.columns);
    let wants_facts = wish.columns.iter().any(|column| is_fact(column));
    for segment in view.segments.iter().filter(|segment| segment.stats.last > covered) {
        let stats = &segment.stats;
        let has_name = wish.names.is_none_or(|names| names.iter().any(|name| stats.names.contains_key(name)));
        if has_name && stats.at_max_ms >= wish.time.start && stats.at_min_ms < wish.time.end {
            read_segment(view, segment, covered, wish, &mut builder)?;
        }
        if wants_facts {
            read_facts(view, segment, covered, &mut builder)?;
        }
    }
    for chunk in &view.chunks {
        for (position, row, event) in chunk.events() {
            if view.tombstones.covers(event.source, position) {
                continue;
            }
            if wish.takes(event.name, row.at_ms) {
                builder.push(event.name, view.person(row.key), row.at_ms, event.props());
            }
            if wants_facts && let Some(told) = event.person_props() {
                builder.tell(view.person(row.key), (row.at_ms, position), told);
            }
        }
    }
    let rows = builder.finish();
    Ok(if rows.properties.iter().any(|property| property.is_wide) { None } else { Some(rows) })
}

impl Wish<'_> {
    fn takes(&self, name: &str, at_ms: i64) -> bool {
        self.time.contains(&at_ms) && self.names.is_none_or(|names| names.iter().any(|wanted| wanted == name))
    }
}

/// Push the events of a segment after a position.
pub(crate) fn read_segment(
    view: &View,
    segment: &Segment,
    covered: u64,
    wish: &Wish<'_>,
    builder: &mut Builder,
) -> Result<(), LogError> {
    let mut columns = vec!["position", "event", "timestamp", "person_number", "props"];
    let is_retracted = segment.may_be_retracted(&view.tombstones);
    if is_retracted {
        columns.push("source");
    }
    segment.each(&columns, None, |batch| {
        let (positions, times, keys) = (batch.positions()?, batch.times("timestamp")?, batch.numbers()?);
        let (names, props) = (batch.coded("event")?, batch.texts("props")?);
        let sources = if is_retracted { Some(batch.coded("source")?) } else { None };
        for row in (0..batch.rows()).filter(|row| positions[*row] > covered) {
            let name = names.get(row).unwrap_or_default();
            let source = sources.as_ref().and_then(|sources| sources.get(row));
            if wish.takes(name, times[row]) && !view.tombstones.covers(source, positions[row]) {
                builder.push(name, view.person(keys[row]), times[row], props.value(row));
            }
        }
        Ok(())
    })
}

/// Take what the events of a segment after a position tell about people.
pub(crate) fn read_facts(view: &View, segment: &Segment, covered: u64, builder: &mut Builder) -> Result<(), LogError> {
    if !segment.stats.has_person_props {
        return Ok(());
    }
    segment.each(&["position", "timestamp", "person_number", "person_props", "source"], None, |batch| {
        let (positions, times, keys) = (batch.positions()?, batch.times("timestamp")?, batch.numbers()?);
        let (told, sources) = (batch.texts("person_props")?, batch.coded("source")?);
        for (row, told) in told.iter().enumerate().filter(|(row, _)| positions[*row] > covered) {
            let Some(told) = told else { continue };
            if !view.tombstones.covers(sources.get(row), positions[row]) {
                builder.tell(view.person(keys[row]), (times[row], positions[row]), told);
            }
        }
        Ok(())
    })
}

impl Loose {
    fn push(&mut self, key: u64, codes: impl Iterator<Item = u32>) {
        self.keys.push(key);
        for (column, code) in self.columns.iter_mut().zip(codes) {
            column.push(code);
        }
    }

    fn sort(&mut self) {
        sort_together(&mut self.keys, self.columns.iter_mut());
    }
}

/// What is wanted of a list beside its columns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Also {
    Nothing,
    /// The ranks, behind the columns.
    Ranks,
}

impl Wanted {
    fn codes(&self, cache: &Cache, list: &ListMeta, also: Also) -> io::Result<Vec<Codes>> {
        let codes = |column: &Option<(u32, Option<Vec<u32>>)>| match column {
            Some((property, _)) => self.part.codes(cache, list, *property),
            None => Ok(Codes::Same(0)),
        };
        let ranks = (also == Also::Ranks).then(|| self.part.ranks(cache, list));
        self.columns.iter().map(codes).chain(ranks).collect()
    }

    /// The property of the part that is a column of the question.
    pub(super) fn property(&self, column: usize) -> Option<u32> {
        self.columns.get(column)?.as_ref().map(|(property, _)| *property)
    }

    /// Codes of the part in those of the question.
    pub(super) fn code(&self, column: usize, code: u32) -> u32 {
        match self.columns.get(column) {
            Some(Some((_, Some(map)))) => map.get(code as usize).copied().unwrap_or(0),
            _ => code,
        }
    }

    /// Whether the codes are those of the question already, so that nothing needs to be copied.
    fn is_direct(&self, column: usize, codes: &Codes) -> bool {
        !matches!(self.columns.get(column), Some(Some((_, Some(_))))) || matches!(codes, Codes::Same(0))
    }

    /// A bit for each person of the block who moved away; `None` when nobody did.
    pub(super) fn moved_in(&self, block: u32) -> Option<Box<[u64]>> {
        let of_block = |edge: u32| self.moved.partition_point(|person| frame::block(*person) < edge);
        let moved = &self.moved[of_block(block)..of_block(block + 1)];
        if moved.is_empty() {
            return None;
        }
        let mut bits = vec![0; (frame::PEOPLE_PER_BLOCK / 64) as usize].into_boxed_slice();
        for person in moved {
            let place = person % frame::PEOPLE_PER_BLOCK;
            bits[(place / 64) as usize] |= 1 << (place % 64);
        }
        Some(bits)
    }
}

impl Snapshot {
    fn loose_at(&mut self, person: u32, list: usize) -> &mut Loose {
        let width = self.parts.first().map_or(0, |part| part.columns.len());
        let empty = || Loose { keys: Vec::new(), columns: vec![Vec::new(); width] };
        self.loose.entry((frame::block(person), list)).or_insert_with(empty)
    }

    fn is_inside(&self, key: u64) -> bool {
        self.cut.contains(&frame::at_ms(key))
    }

    /// Whether nothing of a list is left out for its time.
    fn is_inside_whole(&self, meta: &ListMeta) -> bool {
        self.cut.contains(&meta.at_min_ms) && self.cut.contains(&meta.at_max_ms)
    }

    /// Put the events of people who were joined since under who they are now.
    fn take_moved(&mut self, view: &View) -> io::Result<()> {
        for index in 0..self.parts.len() {
            let moved = self.parts[index].moved.clone();
            for people in moved.chunk_by(|one, two| frame::block(*one) == frame::block(*two)) {
                let part = self.parts[index].part.clone();
                for meta in part.lists(frame::block(people[0])) {
                    let Some(list) = self.parts[index].lists[meta.name as usize] else { continue };
                    let keys = part.keys(&self.cache, meta)?;
                    let codes = self.parts[index].codes(&self.cache, meta, Also::Nothing)?;
                    for person in people {
                        let now = view.person(*person);
                        let start = keys.partition_point(|key| *key < frame::key(*person, 0));
                        let same = |key: &u64| frame::person(*key) == person % frame::PEOPLE_PER_BLOCK;
                        for (offset, key) in keys[start..].iter().take_while(|key| same(key)).enumerate() {
                            if self.is_inside(*key) {
                                let wanted = &self.parts[index];
                                let codes: Vec<u32> = codes
                                    .iter()
                                    .enumerate()
                                    .map(|(column, codes)| wanted.code(column, codes.get(start + offset)))
                                    .collect();
                                self.loose_at(now, list).push(frame::key(now, frame::at_ms(*key)), codes.into_iter());
                            }
                        }
                    }
                }
            }
        }
        self.loose.values_mut().for_each(Loose::sort);
        self.parts.iter().try_for_each(|wanted| self.facts.take_moved(wanted, &self.cache, view))
    }

    fn take_rest(&mut self, rest: &Rows, lists: &[Option<usize>], codebooks: &mut [Codebook]) -> io::Result<()> {
        let maps: Vec<Option<Vec<u32>>> = codebooks
            .iter_mut()
            .zip(&rest.properties)
            .map(|(codebook, property)| map(codebook, property.codebook.values()))
            .collect();
        self.facts.take_rest(&rest.facts, |fact| match &maps[fact.property as usize] {
            Some(map) => map[fact.code as usize],
            None => fact.code,
        })?;
        for ((block, name), rows) in &rest.lists {
            let Some(list) = lists[*name as usize] else { continue };
            let codes = |column: usize| match rows.columns.get(&(column as u32)) {
                Some(codes) => match &maps[column] {
                    Some(map) => codes.iter().map(|code| map[*code as usize]).collect(),
                    None => codes.clone(),
                },
                None => vec![0; rows.keys.len()],
            };
            let columns = (0..maps.len()).map(codes).collect();
            let new = Loose { keys: rows.keys.clone(), columns };
            let place = (*block, list);
            let all = match self.loose.remove(&place) {
                Some(moved) => merge(moved, new),
                None => new,
            };
            self.loose.insert(place, all);
        }
        Ok(())
    }

    fn list(&self, block: u32, list: usize, lists: &[PartList<'_>], also: Also) -> io::Result<Option<List>> {
        let loose = self.loose.get(&(block, list));
        if let ([(wanted, meta, None)], None) = (lists, loose)
            && self.is_inside_whole(meta)
        {
            let codes = wanted.codes(&self.cache, meta, also)?;
            if codes.iter().enumerate().all(|(column, codes)| wanted.is_direct(column, codes)) {
                let keys = Buffer::Shared(wanted.part.keys(&self.cache, meta)?);
                return Ok(Some(with(keys, codes, also)));
            }
        }
        // The newest first: the older a part the larger, so that little is copied more than once.
        let mut all = loose.cloned();
        for (wanted, meta, moved) in lists.iter().rev() {
            let here = self.copied(wanted, meta, *moved, also)?;
            all = Some(match all {
                Some(newer) => merge(here, newer),
                None => here,
            });
        }
        let Some(all) = all else { return Ok(None) };
        let columns: Vec<Codes> = all.columns.into_iter().map(|codes| Codes::Words(Buffer::Own(codes))).collect();
        Ok(Some(with(Buffer::Own(all.keys), columns, also)))
    }

    /// The events of a list that are inside the time and whose people are still the same.
    fn copied(&self, wanted: &Wanted, meta: &ListMeta, moved: Option<&[u64]>, also: Also) -> io::Result<Loose> {
        let keys = wanted.part.keys(&self.cache, meta)?;
        let stays = |row: &usize| self.is_inside(keys[*row]) && !has_moved(moved, frame::person(keys[*row]));
        let rows: Option<Vec<usize>> =
            (0..keys.len()).any(|row| !stays(&row)).then(|| (0..keys.len()).filter(stays).collect());
        let codes = wanted.codes(&self.cache, meta, also)?;
        let column = |(column, codes): (usize, &Codes)| {
            let mut codes = codes.to_words(keys.len());
            if let Some(rows) = &rows {
                codes = rows.iter().map(|row| codes[*row]).collect();
            }
            codes.iter_mut().for_each(|code| *code = wanted.code(column, *code));
            codes
        };
        let columns = codes.iter().enumerate().map(column).collect();
        let keys = match &rows {
            Some(rows) => rows.iter().map(|row| keys[*row]).collect(),
            None => keys.to_vec(),
        };
        Ok(Loose { keys, columns })
    }
}

/// Whether a person of a block is another one now; `moved` has a bit for each.
pub(super) fn has_moved(moved: Option<&[u64]>, place: u32) -> bool {
    moved.is_some_and(|bits| bits[(place / 64) as usize] >> (place % 64) & 1 == 1)
}

/// A list; its ranks are the last of the codes.
fn with(keys: Buffer<u64>, mut codes: Vec<Codes>, also: Also) -> List {
    let ranks = if also == Also::Ranks { codes.pop() } else { None };
    List { keys, columns: codes, ranks }
}

/// Two sorted lists as one; of equal keys those of the first come first.
fn merge(one: Loose, two: Loose) -> Loose {
    if two.keys.is_empty() {
        return one;
    }
    if one.keys.is_empty() {
        return two;
    }
    let total = one.keys.len() + two.keys.len();
    let mut all = Loose {
        keys: Vec::with_capacity(total),
        columns: one.columns.iter().map(|_| Vec::with_capacity(total)).collect(),
    };
    let (mut a, mut b) = (0, 0);
    while a < one.keys.len() || b < two.keys.len() {
        // Runs are copied whole: where the second list is short they are long.
        let run_a = match two.keys.get(b) {
            Some(key) => a + run(&one.keys[a..], |other| other <= *key),
            None => one.keys.len(),
        };
        all.keys.extend_from_slice(&one.keys[a..run_a]);
        for (column, from) in all.columns.iter_mut().zip(&one.columns) {
            column.extend_from_slice(&from[a..run_a]);
        }
        a = run_a;
        let run_b = match one.keys.get(a) {
            Some(key) => b + run(&two.keys[b..], |other| other < *key),
            None => two.keys.len(),
        };
        all.keys.extend_from_slice(&two.keys[b..run_b]);
        for (column, from) in all.columns.iter_mut().zip(&two.columns) {
            column.extend_from_slice(&from[b..run_b]);
        }
        b = run_b;
    }
    all
}

/// How many keys there are before the first that is not of the run, by leaps: where people of both lists take turns runs
/// are short, and to look for each end in all that is left took longer than what was asked.
fn run(keys: &[u64], is_of_it: impl Fn(u64) -> bool) -> usize {
    let mut end = 1;
    while keys.get(end - 1).is_some_and(|key| is_of_it(*key)) {
        end *= 2;
    }
    let start = end / 2;
    start + keys[start..end.min(keys.len())].partition_point(|key| is_of_it(*key))
}

impl Source for Snapshot {
    type Error = io::Error;

    fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    fn values(&self, column: usize) -> &[Value] {
        self.codebooks[column].values()
    }

    fn blocks(&self) -> u32 {
        self.blocks
    }

    fn load(&self, block: u32) -> io::Result<Frame> {
        self.frame(block, Also::Nothing, |_| true)
    }

    fn visit(&self, block: u32, list: usize, take: &mut dyn FnMut(Visits<'_>)) -> io::Result<()> {
        let moved = self.moved(block);
        let lists = &self.part_lists(block, &moved, |other| other == list)[list];
        if let ([(wanted, meta, None)], false) = (lists.as_slice(), self.loose.contains_key(&(block, list)))
            && self.is_inside_whole(meta)
        {
            return wanted.part.visit(meta, take);
        }
        if let Some(list) = self.list(block, list, lists, Also::Nothing)? {
            frame::visit_keys(&list.keys, take);
        }
        Ok(())
    }

    fn load_ranked(&self, block: u32, wanted: &[bool]) -> io::Result<Frame> {
        let is_loose = self.loose.range((block, 0)..(block + 1, 0)).next().is_some();
        let here: Vec<&Wanted> = self.parts.iter().filter(|wanted| !wanted.part.lists(block).is_empty()).collect();
        match here.as_slice() {
            // The ranks of a part are among all events only where nothing came to them and nobody left.
            [only] if !is_loose && only.moved_in(block).is_none() => {
                self.frame(block, Also::Ranks, |list| wanted[list])
            }
            _ => Ok(self.load(block)?.ranked()),
        }
    }
}

impl Snapshot {
    /// By part: a bit for each person of the block who moved away.
    fn moved(&self, block: u32) -> Vec<Option<Box<[u64]>>> {
        self.parts.iter().map(|wanted| wanted.moved_in(block)).collect()
    }

    /// By list: where some lists of a block lie.
    fn part_lists<'a>(
        &'a self,
        block: u32,
        moved: &'a [Option<Box<[u64]>>],
        is_wanted: impl Fn(usize) -> bool,
    ) -> Vec<Vec<PartList<'a>>> {
        let mut by_list: Vec<Vec<PartList<'_>>> = vec![Vec::new(); self.names.len()];
        for (wanted, moved) in self.parts.iter().zip(moved) {
            for meta in wanted.part.lists(block) {
                if let Some(list) = wanted.lists[meta.name as usize].filter(|list| is_wanted(*list))
                    && meta.at_max_ms >= self.time.start
                    && meta.at_min_ms < self.time.end
                {
                    by_list[list].push((wanted, meta, moved.as_deref()));
                }
            }
        }
        by_list
    }

    /// The events of a block, without facts about their people.
    pub(super) fn events(&self, block: u32) -> io::Result<Frame> {
        self.lists(block, Also::Nothing, |_| true)
    }

    /// What stands about the people of a block.
    pub(super) fn facts(&self, block: u32) -> io::Result<Vec<Fact>> {
        self.facts.all(&self.parts, &self.cache, block)
    }

    /// Some lists of a block.
    fn frame(&self, block: u32, also: Also, is_wanted: impl Fn(usize) -> bool) -> io::Result<Frame> {
        let mut frame = self.lists(block, also, is_wanted)?;
        self.facts.fill(&self.parts, &self.cache, block, &mut frame)?;
        Ok(frame)
    }

    fn lists(&self, block: u32, also: Also, is_wanted: impl Fn(usize) -> bool) -> io::Result<Frame> {
        let moved = self.moved(block);
        let by_list = self.part_lists(block, &moved, is_wanted);
        let lists = by_list.iter().enumerate().map(|(list, parts)| self.list(block, list, parts, also));
        Ok(Frame { lists: lists.collect::<io::Result<_>>()? })
    }
}
