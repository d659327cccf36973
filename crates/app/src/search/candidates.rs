//! Which records can have a text in them, for lists that are filtered by a part of one.
//!
//! The database would read each record: no index of its own finds a part of a text. The texts in memory tell the few
//! that can pass, and the database looks at those again, by the whole of the filter and in the scope of whoever asks. So
//! nothing is shown that a filter of the database alone would not show; and nothing is missing, since what changed after
//! the texts were read is a candidate, too.

use search::TextTest;
use store::deals::Filter;
use store::records::{COUNT_MAX, Column, Count, Place, Predicate, Table};
use store::search::{NOUNS, texts_of_contact};
use uuid::Uuid;

use super::in_background;
use crate::{App, Result};

/// Things that changed since the texts were read; where there are more a list is filtered by the database alone.
const CHANGED_MAX: usize = 1_000;
/// Most candidates: were there more, more than a list counts would pass, whatever changed meanwhile.
const CANDIDATES_MAX: usize = COUNT_MAX as usize + CHANGED_MAX;

/// Who can pass.
enum Candidates {
    /// Nobody knows.
    Unknown,
    /// These, and no others.
    Few(Vec<Uuid>),
    /// More than a list counts.
    Many,
}

async fn candidates(app: &App, noun: &str, test: TextTest) -> Result<Candidates> {
    let number = NOUNS.iter().position(|known| known.name == noun);
    let (Some((place, texts)), Some(number)) = (app.search.texts(), number) else { return Ok(Candidates::Unknown) };
    let found = in_background(move || texts.find(number as u8, &test, CANDIDATES_MAX)).await?;
    let changed = store::search::changed_behind(app.store.reader(), noun, place, CHANGED_MAX).await?;
    Ok(match (found, changed) {
        (_, None) => Candidates::Unknown,
        (None, _) => Candidates::Many,
        (Some(mut found), Some(changed)) => {
            found.extend(changed);
            Candidates::Few(found)
        }
    })
}

/// A filter that passes the same records and is found fast, and their number where it is known by that.
pub(crate) async fn narrowed(app: &App, table: Table, predicate: &Predicate) -> Result<(Predicate, Option<Count>)> {
    let as_it_is = || Ok((predicate.clone(), None));
    let Some((test, is_all)) = test_of(predicate).filter(|_| table == Table::Contacts) else { return as_it_is() };
    let is_told = is_all && test.is_told_alike();
    match candidates(app, "contact", test).await? {
        Candidates::Unknown => as_it_is(),
        Candidates::Few(ids) => Ok((Predicate::All(vec![Predicate::Ids(ids), predicate.clone()]), None)),
        Candidates::Many => Ok((predicate.clone(), is_told.then_some(Count { rows: COUNT_MAX, is_exact: false }))),
    }
}

/// The same for deals.
pub(crate) async fn narrowed_deals(app: &App, filter: &mut Filter) -> Result<()> {
    if let Some((test, _)) = words(1, &filter.search)
        && let Candidates::Few(ids) = candidates(app, "deal", test).await?
    {
        filter.among = Some(ids);
    }
    Ok(())
}

/// What must be in the texts of a contact that passes, and whether that is all that must be so.
fn test_of(predicate: &Predicate) -> Option<(TextTest, bool)> {
    match predicate {
        Predicate::All(parts) => {
            let (mut tests, mut is_all) = (Vec::new(), true);
            for part in parts.iter().filter(|part| **part != Predicate::EVERYTHING) {
                match test_of(part) {
                    Some((test, is_all_of_part)) => {
                        tests.push(test);
                        is_all &= is_all_of_part;
                    }
                    None => is_all = false,
                }
            }
            (!tests.is_empty()).then_some((TextTest::All(tests), is_all))
        }
        Predicate::Any(parts) => {
            let tests: Vec<(TextTest, bool)> = parts.iter().map(test_of).collect::<Option<_>>()?;
            let is_all = tests.iter().all(|(_, is_all)| *is_all);
            Some((TextTest::Any(tests.into_iter().map(|(test, _)| test).collect()), is_all))
        }
        // Over the blank between first and last name: in two texts.
        Predicate::Contains(Column { place: Place::Name, .. }, part) if part.contains(' ') => {
            words(texts_of_contact(&Place::Name)?, part).map(|(test, _)| (test, false))
        }
        Predicate::Contains(Column { place, .. }, part) => Some((TextTest::has(texts_of_contact(place)?, part)?, true)),
        Predicate::Words(text) => words(u32::MAX, text),
        // Who passes these may have any text.
        Predicate::Not(_)
        | Predicate::Known(..)
        | Predicate::Compare(..)
        | Predicate::Has(..)
        | Predicate::Ids(_)
        | Predicate::InSegment(_) => None,
    }
}

/// That each word of a search is in one of the texts.
fn words(texts: u32, search: &str) -> Option<(TextTest, bool)> {
    let mut is_all = true;
    let mut tests = Vec::new();
    for word in search.split_whitespace() {
        match TextTest::has(texts, word) {
            Some(test) => tests.push(test),
            None => is_all = false,
        }
    }
    (!tests.is_empty()).then_some((TextTest::All(tests), is_all))
}

#[cfg(test)]
#[path = "candidates_tests.rs"]
mod tests;
