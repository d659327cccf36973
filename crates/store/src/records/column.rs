//! What a list can be filtered and ordered by.

use sea_orm::{DbBackend, QueryResult};
use uuid::Uuid;

use super::Key;
use crate::{Result, dialect};

/// Where a value lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A column of the table.
    Column(&'static str),
    /// First and last name together.
    Name,
    /// A key of the column with custom fields. Only a key that `funnel::field::is_key` takes: it becomes part of the
    /// statement, since an index knows an expression by its text.
    Field { column: &'static str, key: String },
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Compared without regard to large and small letters.
    Text,
    /// A number in a custom field.
    Number,
    /// Milliseconds since 1970 in a column.
    Moment,
    /// True or false.
    YesNo,
    /// Money in a custom field: its minor units.
    Money,
    /// The id of another record.
    Id,
    /// A list of texts.
    List,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub place: Place,
    pub holds: Holds,
}

impl Column {
    /// A column of the table.
    pub const fn of(name: &'static str, holds: Holds) -> Self {
        Self { place: Place::Column(name), holds }
    }

    /// As it is compared and ordered, in the words of one database.
    pub(crate) fn expression(&self, backend: DbBackend) -> String {
        match (&self.place, self.holds) {
            (Place::Name, _) => "LOWER(TRIM(first_name || ' ' || last_name))".to_owned(),
            (Place::Column(name), Holds::Text) => format!("LOWER({name})"),
            (Place::Column(name), _) => (*name).to_owned(),
            (Place::Field { column, key }, Holds::Text) => dialect::json_text(backend, column, key),
            (Place::Field { column, key }, Holds::YesNo) => dialect::json_flag(backend, column, key),
            (Place::Field { column, key }, Holds::Money) => dialect::json_number(backend, column, &[key, "minor"]),
            (Place::Field { column, key }, _) => dialect::json_number(backend, column, &[key]),
        }
    }

    /// Whether there is a value.
    pub(super) fn is_known(&self, backend: DbBackend, is_known: bool) -> String {
        let by = self.expression(backend);
        let not = if is_known { "NOT " } else { "" };
        match (&self.place, self.holds, is_known) {
            (Place::Column(name), Holds::List, true) => dialect::has_entries(backend, name, None),
            (Place::Column(name), Holds::List, false) => format!("NOT {}", dialect::has_entries(backend, name, None)),
            (Place::Field { column, key }, Holds::List, true) => dialect::has_entries(backend, column, Some(key)),
            (Place::Field { column, key }, Holds::List, false) => {
                format!("NOT {}", dialect::has_entries(backend, column, Some(key)))
            }
            // The one text that may be absent.
            (Place::Column("email"), ..) => format!("{by} IS {not}NULL"),
            (Place::Name | Place::Column(_), Holds::Text, true) => format!("{by} > ''"),
            (Place::Name | Place::Column(_), Holds::Text, false) => format!("{by} = ''"),
            _ => format!("({by}) IS {not}NULL"),
        }
    }

    /// The value of a row that a list is ordered by; none where it has none.
    pub(super) fn read(&self, row: &QueryResult, name: &str) -> Result<Option<Key>> {
        Ok(match (&self.place, self.holds) {
            (_, Holds::Text | Holds::List) => row.try_get::<Option<String>>("", name)?.map(Key::Text),
            (_, Holds::Id) => row.try_get::<Option<Uuid>>("", name)?.map(Key::Id),
            (Place::Column(_), Holds::YesNo) => {
                row.try_get::<Option<bool>>("", name)?.map(|is_so| Key::Whole(i64::from(is_so)))
            }
            (Place::Column(_), _) => row.try_get::<Option<i64>>("", name)?.map(Key::Whole),
            _ => row.try_get::<Option<f64>>("", name)?.map(Key::Number),
        })
    }
}
