//! Bringing together what some events say of each person, for whoever keeps a little of it and follows what comes.
//!
//! No question is answered here: the events go to whoever asked, person by person, without the properties that nobody
//! asked for.

use std::sync::Arc;

use base::Timestamp;

use crate::frame::{self, Codes, Frame, List, Source, spread};
use crate::record::{Plan, Records, Value};

/// Whether the value of a property is wanted.
pub type IsWanted = Arc<dyn Fn(&Value) -> bool + Send + Sync>;
/// What the value of a property comes to.
pub type AmountOf = Arc<dyn Fn(&Value) -> i64 + Send + Sync>;

/// Takes events, some at a time, from any thread.
pub type Take = Arc<dyn for<'a> Fn(&'a [Gathered]) + Send + Sync>;

/// Which events are wanted. One that is wanted in two ways comes once.
#[derive(Clone, Default)]
pub struct Gather {
    /// Any of these.
    pub origins: Vec<Origin>,
    /// The property whose amount comes along.
    pub amount: Option<(String, AmountOf)>,
    /// From this moment on.
    pub from: Option<Timestamp>,
}

/// An event that is wanted.
#[derive(Clone)]
pub struct Origin {
    /// Its name.
    pub event: String,
    /// What its properties must be, all of them.
    pub tests: Vec<(String, IsWanted)>,
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gathered {
    /// The person's number after all merges.
    pub person: u32,
    /// When it happened, ms since 1970.
    pub at_ms: i64,
    /// What the property came to; 0 when none was asked for.
    pub amount: i64,
}

impl Gather {
    /// What is needed from the log.
    pub fn plan(&self) -> Plan {
        let mut names: Vec<String> = self.origins.iter().map(|origin| origin.event.clone()).collect();
        names.sort_unstable();
        names.dedup();
        Plan { names: Some(names), columns: self.columns(), from: self.from, to: None, is_loose: false }
    }

    fn columns(&self) -> Vec<String> {
        let tested = self.origins.iter().flat_map(|origin| origin.tests.iter().map(|(property, _)| property));
        let mut columns: Vec<String> =
            tested.chain(self.amount.iter().map(|(property, _)| property)).cloned().collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// The wanted ones of some events, in their order.
    pub fn of_records(&self, records: &Records) -> Vec<Gathered> {
        let columns = self.columns();
        let place = |property: &String| columns.iter().position(|column| column == property);
        let value =
            |values: &[Value], property| place(property).and_then(|at| values.get(at).cloned()).unwrap_or_default();
        let rows = records.rows.iter().filter(|row| {
            self.origins.iter().any(|origin| {
                *origin.event == *records.names[row.name as usize]
                    && origin.tests.iter().all(|(property, is_wanted)| is_wanted(&value(&row.values, property)))
            })
        });
        let gathered = rows.map(|row| Gathered {
            person: row.person,
            at_ms: row.at_ms,
            amount: self.amount.as_ref().map_or(0, |(property, amount)| amount(&value(&row.values, property))),
        });
        gathered.collect()
    }

    /// Hand the wanted events of columns to `take`, some people at a time: from several threads, in no order of people.
    ///
    /// # Errors
    /// When columns cannot be read; some may have been handed on then.
    pub fn from_source<S: Source>(
        &self,
        source: &S,
        threads: usize,
        take: &(dyn Fn(&[Gathered]) + Sync),
    ) -> Result<(), S::Error> {
        let columns = self.columns();
        let place = |property: &String| columns.iter().position(|column| column == property);
        let passes = |(property, is_wanted): &(String, IsWanted)| {
            let column = place(property)?;
            Some((column, source.values(column).iter().map(|value| is_wanted(value)).collect()))
        };
        // By list: the ways in which its events may be wanted.
        let ways = source.names().iter().map(|name| {
            let wanted = self.origins.iter().filter(|origin| *origin.event == **name);
            wanted.map(|origin| origin.tests.iter().filter_map(passes).collect()).collect()
        });
        let ways: Vec<Vec<Way>> = ways.collect();
        let amounts = self.amount.as_ref().and_then(|(property, amount)| {
            let column = place(property)?;
            Some((column, source.values(column).iter().map(|value| amount(value)).collect::<Vec<i64>>()))
        });
        let work = |rows: &mut Vec<Gathered>, block| {
            rows.clear();
            let frame = source.load(block)?;
            of_block(block, &frame, &ways, amounts.as_ref(), rows);
            if !rows.is_empty() {
                take(rows);
            }
            Ok(())
        };
        spread(source.blocks(), threads, Vec::new, work).map(drop)
    }
}

/// A way in which events of a list are wanted: column, and by code whether its value is.
type Way = Vec<(usize, Vec<bool>)>;

fn of_block(
    block: u32,
    frame: &Frame,
    ways: &[Vec<Way>],
    amounts: Option<&(usize, Vec<i64>)>,
    rows: &mut Vec<Gathered>,
) {
    let passes = |list: &List, row: usize, way: &Way| {
        way.iter().all(|(column, passes)| passes.get(list.columns[*column].get(row) as usize).copied().unwrap_or(false))
    };
    for (list, ways) in frame.lists.iter().zip(ways) {
        let (Some(list), false) = (list, ways.is_empty()) else { continue };
        let amount = |row: usize| {
            let code = |column: usize| Codes::get(&list.columns[column], row) as usize;
            amounts.and_then(|(column, amounts)| amounts.get(code(*column)).copied()).unwrap_or(0)
        };
        let is_wanted = |row: &usize| ways.iter().any(|way| passes(list, *row, way));
        rows.extend((0..list.keys.len()).filter(is_wanted).map(|row| Gathered {
            person: block * frame::PEOPLE_PER_BLOCK + frame::person(list.keys[row]),
            at_ms: frame::at_ms(list.keys[row]),
            amount: amount(row),
        }));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::frame::MemorySource;
    use crate::record::Record;

    fn gather(columns: &[&str]) -> Gather {
        let is = |wanted: f64| -> IsWanted { Arc::new(move |value| *value == Value::Number(wanted)) };
        let amount: AmountOf = Arc::new(|value| if let Value::Number(number) = value { *number as i64 } else { 0 });
        let tests = columns.iter().map(|column| ((*column).to_owned(), is(1.0))).collect();
        let origins = vec![
            Origin { event: "A".to_owned(), tests },
            Origin { event: "A".to_owned(), tests: vec![("y".to_owned(), is(2.0))] },
            Origin { event: "B".to_owned(), tests: Vec::new() },
        ];
        Gather { origins, amount: Some(("y".to_owned(), amount)), from: None }
    }

    proptest! {
        #[test]
        fn columns_say_what_records_say(
            rows in prop::collection::vec((0u32..40_000, 0i64..1_000_000, 0u32..3, 0u8..3, 0u8..3), 0..60),
            columns in prop::sample::subsequence(vec!["x", "y"], 0..3),
        ) {
            let gather = gather(&columns);
            let plan = gather.plan();
            let value = |n: u8| if n == 0 { Value::Null } else { Value::Number(n.into()) };
            let mut rows: Vec<Record> = rows.into_iter().enumerate().map(|(position, (person, at_ms, name, x, y))| {
                let values = plan.columns.iter().map(|column| value(if column == "x" { x } else { y })).collect();
                Record { person, at_ms, position: position as u64, name, values }
            }).filter(|row| row.name < 2).collect();
            rows.sort_by_key(|row| (row.person, row.at_ms, row.position));
            let records = Records { names: vec!["A".into(), "B".into()], rows };
            let mut wanted = gather.of_records(&records);
            wanted.sort_unstable();
            let source = MemorySource::new(&records, plan.columns.len());
            let found = Mutex::new(Vec::new());
            gather.from_source(&source, 2, &|rows| found.lock().unwrap().extend_from_slice(rows)).unwrap();
            let mut found = found.into_inner().unwrap();
            found.sort_unstable();
            prop_assert_eq!(found, wanted);
        }
    }
}
