//! Facts about people: of each person and property the latest told, whenever and by whatever event.
//!
//! A part keeps, block by block, who was told what when, and only what stands: of two people who are joined later the
//! later fact stands again, so nothing else is ever asked for. A question brings together the parts, people joined
//! since, and what is in no part, and gives every event of a person the facts of the person.

use std::{collections::BTreeMap, io, sync::Arc};

use insight::frame::{self, Buffer, Codes, Frame, PEOPLE_PER_BLOCK, Room};

use super::{
    cache::Cache,
    file::{FactsMeta, Part},
    properties::{Said, is_fact},
    snapshot::{Wanted, has_moved},
};
use crate::state::View;

/// When a fact was told, and by the event of which position: the later one stands.
pub(crate) type Told = (i64, u64);

/// Something told about a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fact {
    pub person: u32,
    pub told: Told,
    /// Its number, or the column of the question.
    pub property: u32,
    pub code: u32,
}

/// What events tell about people, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct FactRows {
    people: Vec<u32>,
    told: Vec<Told>,
    /// By property; shorter than the others where the latest events say nothing of it.
    columns: BTreeMap<u32, Vec<u32>>,
}

impl FactRows {
    /// Take what an event tells.
    pub(super) fn push(&mut self, person: u32, told: Told, said: &[Said]) {
        let row = self.people.len();
        for said in said {
            match said.code {
                Some(0) => {}
                Some(code) => {
                    let column = self.columns.entry(said.property).or_default();
                    column.resize(row, 0);
                    column.push(code);
                }
                None => drop(self.columns.remove(&said.property)),
            }
        }
        self.people.push(person);
        self.told.push(told);
    }

    /// Give a column up.
    pub(super) fn remove(&mut self, property: u32) {
        self.columns.remove(&property);
    }

    /// What stands, block by block.
    pub(super) fn each_block(&self, mut each: impl FnMut(u32, Vec<Fact>) -> io::Result<()>) -> io::Result<()> {
        let mut order: Vec<u32> = (0..self.people.len() as u32).collect();
        let person = |row: u32| self.people[row as usize];
        order.sort_unstable_by_key(|row| (person(*row), self.told[*row as usize]));
        for rows in order.chunk_by(|one, two| frame::block(person(*one)) == frame::block(person(*two))) {
            let mut facts = Vec::new();
            for rows in rows.chunk_by(|one, two| person(*one) == person(*two)) {
                for (property, codes) in &self.columns {
                    let code = |row: u32| codes.get(row as usize).copied().filter(|code| *code != 0);
                    let latest = rows.iter().rev().find_map(|row| Some((*row, code(*row)?)));
                    facts.extend(latest.map(|(row, code)| {
                        let told = self.told[row as usize];
                        Fact { person: person(row), told, property: *property, code }
                    }));
                }
            }
            each(frame::block(person(rows[0])), facts)?;
        }
        Ok(())
    }
}

/// The facts that a question asks for.
pub(super) struct Facts {
    columns: Vec<usize>,
    /// By block: what stands in no part under the person of today. `Fact::property` is the column.
    loose: BTreeMap<u32, Vec<Fact>>,
    /// What was told before is not shown any more.
    from_ms: i64,
}

/// What a part knows about the people of a block.
struct Here<'a> {
    wanted: &'a Wanted,
    meta: &'a FactsMeta,
    keys: Arc<Room<u64>>,
    positions: Codes,
    /// A bit for each person who moved away.
    moved: Option<Box<[u64]>>,
}

/// By place of the person in the block: the code of what stands, and when it was told.
struct Latest {
    codes: Vec<u32>,
    told: Vec<Told>,
}

impl Latest {
    fn new() -> Self {
        let people = PEOPLE_PER_BLOCK as usize;
        Self { codes: vec![0; people], told: vec![(i64::MIN, 0); people] }
    }

    fn learn(&mut self, place: u32, told: Told, code: u32) {
        let place = place as usize;
        if code != 0 && told >= self.told[place] {
            self.told[place] = told;
            self.codes[place] = code;
        }
    }

    /// The facts of the people of a list of events.
    fn of(&self, keys: &[u64]) -> Codes {
        let place = |key: &u64| frame::person(*key) as usize;
        Codes::Words(Buffer::Own(keys.iter().map(|key| self.codes[place(key)]).collect()))
    }
}

impl Part {
    /// All that stands about the people of a block, by what is known in this part alone.
    pub(super) fn all_facts(&self, cache: &Cache, block: u32) -> io::Result<Vec<Fact>> {
        let Some(meta) = self.facts(block) else { return Ok(Vec::new()) };
        let (keys, positions) = self.told(cache, meta)?;
        let mut facts = Vec::new();
        for (property, _) in &meta.columns {
            let codes = self.facts_codes(cache, meta, *property)?;
            for (row, key) in keys.iter().enumerate().filter(|(row, _)| codes.get(*row) != 0) {
                let person = block * PEOPLE_PER_BLOCK + frame::person(*key);
                let told = (frame::at_ms(*key), self.origin().first + u64::from(positions.get(row)));
                facts.push(Fact { person, told, property: *property, code: codes.get(row) });
            }
        }
        Ok(facts)
    }
}

impl<'a> Here<'a> {
    fn read(wanted: &'a Wanted, cache: &Cache, block: u32) -> io::Result<Option<Self>> {
        let Some(meta) = wanted.part.facts(block) else { return Ok(None) };
        let (keys, positions) = wanted.part.told(cache, meta)?;
        Ok(Some(Self { wanted, meta, keys, positions, moved: wanted.moved_in(block) }))
    }

    fn told(&self, row: usize) -> Told {
        (frame::at_ms(self.keys[row]), self.wanted.part.origin().first + u64::from(self.positions.get(row)))
    }

    /// The codes of a column of the question, and what they are there; `None` when nothing was told.
    fn codes(&self, cache: &Cache, column: usize) -> io::Result<Option<Codes>> {
        let Some(property) = self.wanted.property(column) else { return Ok(None) };
        let codes = self.wanted.part.facts_codes(cache, self.meta, property)?;
        Ok(Some(codes).filter(|codes| !matches!(codes, Codes::Same(0))))
    }

    fn has_moved(&self, place: u32) -> bool {
        has_moved(self.moved.as_deref(), place)
    }
}

impl Facts {
    /// Those among these columns.
    pub(super) fn among(columns: &[String], from_ms: i64) -> Self {
        let is_wanted = |(column, name): (usize, &String)| is_fact(name).then_some(column);
        Self { columns: columns.iter().enumerate().filter_map(is_wanted).collect(), loose: BTreeMap::new(), from_ms }
    }

    fn learn(&mut self, fact: Fact) {
        if fact.told.0 >= self.from_ms && fact.code != 0 {
            self.loose.entry(frame::block(fact.person)).or_default().push(fact);
        }
    }

    /// Take what was told about people of a part who were joined since.
    pub(super) fn take_moved(&mut self, wanted: &Wanted, cache: &Cache, view: &View) -> io::Result<()> {
        if self.columns.is_empty() {
            return Ok(());
        }
        for people in wanted.moved.chunk_by(|one, two| frame::block(*one) == frame::block(*two)) {
            let Some(here) = Here::read(wanted, cache, frame::block(people[0]))? else { continue };
            for column in self.columns.clone() {
                let Some(codes) = here.codes(cache, column)? else { continue };
                for person in people {
                    let start = here.keys.partition_point(|key| *key < frame::key(*person, 0));
                    let same = |row: &usize| frame::person(here.keys[*row]) == person % PEOPLE_PER_BLOCK;
                    for row in (start..here.keys.len()).take_while(same) {
                        self.learn(Fact {
                            person: view.person(*person),
                            told: here.told(row),
                            property: column as u32,
                            code: wanted.code(column, codes.get(row)),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Take what is in no part.
    pub(super) fn take_rest(&mut self, rows: &FactRows, code: impl Fn(&Fact) -> u32) -> io::Result<()> {
        rows.each_block(|_, facts| {
            facts.into_iter().for_each(|fact| self.learn(Fact { code: code(&fact), ..fact }));
            Ok(())
        })
    }

    fn here<'a>(&self, parts: &'a [Wanted], cache: &Cache, block: u32) -> io::Result<Vec<Here<'a>>> {
        parts.iter().filter_map(|wanted| Here::read(wanted, cache, block).transpose()).collect()
    }

    /// What stands of a column; `None` when nobody was told anything.
    fn latest(&self, here: &[Here<'_>], cache: &Cache, block: u32, column: usize) -> io::Result<Option<Latest>> {
        let mut latest = None;
        for here in here {
            let Some(codes) = here.codes(cache, column)? else { continue };
            let latest = latest.get_or_insert_with(Latest::new);
            for (row, key) in here.keys.iter().enumerate() {
                let (place, told) = (frame::person(*key), here.told(row));
                if told.0 >= self.from_ms && !here.has_moved(place) {
                    latest.learn(place, told, here.wanted.code(column, codes.get(row)));
                }
            }
        }
        for fact in self.loose.get(&block).into_iter().flatten().filter(|fact| fact.property as usize == column) {
            latest.get_or_insert_with(Latest::new).learn(fact.person % PEOPLE_PER_BLOCK, fact.told, fact.code);
        }
        Ok(latest)
    }

    /// Give every event of a block the facts of its person.
    pub(super) fn fill(&self, parts: &[Wanted], cache: &Cache, block: u32, frame: &mut Frame) -> io::Result<()> {
        if self.columns.is_empty() || frame.lists.iter().all(Option::is_none) {
            return Ok(());
        }
        let here = self.here(parts, cache, block)?;
        for column in &self.columns {
            let latest = self.latest(&here, cache, block, *column)?;
            for list in frame.lists.iter_mut().flatten() {
                list.columns[*column] = latest.as_ref().map_or(Codes::Same(0), |latest| latest.of(&list.keys));
            }
        }
        Ok(())
    }

    /// All that stands about the people of a block.
    pub(super) fn all(&self, parts: &[Wanted], cache: &Cache, block: u32) -> io::Result<Vec<Fact>> {
        let here = self.here(parts, cache, block)?;
        let mut facts = Vec::new();
        for column in &self.columns {
            let Some(latest) = self.latest(&here, cache, block, *column)? else { continue };
            for (place, (code, told)) in (0..).zip(latest.codes.iter().zip(&latest.told)) {
                if *code != 0 {
                    let person = block * PEOPLE_PER_BLOCK + place;
                    facts.push(Fact { person, told: *told, property: *column as u32, code: *code });
                }
            }
        }
        Ok(facts)
    }
}
