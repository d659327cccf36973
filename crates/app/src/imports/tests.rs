//! Whole files, from bytes to events and contacts.

mod cards;
mod cases;
mod contacts;
mod crm;
mod deals;
mod events;
mod own_fields;
mod real;
mod records_round_trip;
mod round_trip;
mod running;

use std::io::Write;

use base::Timestamp;
use tempfile::NamedTempFile;

use super::{
    ContactDraft, Guess, GuessHint, Next, OwnFields, ReadHint, RowRefused, Sample, apply::Applier, guess,
    guess::ColumnGuess, open,
};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn file(text: impl AsRef<[u8]>) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_ref()).unwrap();
    file
}

fn guessed(text: impl AsRef<[u8]>, hint: &GuessHint) -> Guess {
    let file = file(text);
    let mut table = open(file.path(), &ReadHint::default()).unwrap();
    let sample = Sample::read(&mut table).unwrap();
    guess(&sample, hint)
}

fn target<'a>(guess: &'a Guess, column: &str) -> &'a ColumnGuess {
    guess.columns.iter().find(|found| found.column == column).unwrap()
}

/// Everything of a file by its guessed mapping, changed by `change`.
struct All {
    events: Vec<::events::NewEvent>,
    contacts: Vec<ContactDraft>,
    refused: Vec<RowRefused>,
}

fn all(text: impl AsRef<[u8]>, hint: &GuessHint, change: impl FnOnce(&mut super::Mapping)) -> All {
    let file = file(text);
    let mut table = open(file.path(), &ReadHint::default()).unwrap();
    let sample = Sample::read(&mut table).unwrap();
    let mut mapping = guess(&sample, hint).mapping;
    change(&mut mapping);
    let mut table = open(file.path(), &ReadHint::default()).unwrap();
    let mut applier = Applier::new(&mapping, table.columns(), OwnFields::default(), "imp_test", now()).unwrap();
    let mut all = All { events: vec![], contacts: vec![], refused: vec![] };
    while let Some(next) = table.next_row().unwrap() {
        let mapped = match next {
            Next::Row(row) => applier.apply(table.columns(), &row),
            Next::Refused(refused) => Err(refused),
        };
        match mapped {
            Ok(mapped) => {
                all.events.extend(mapped.event);
                all.contacts.extend(mapped.contact);
            }
            Err(refused) => all.refused.push(refused),
        }
    }
    all
}
