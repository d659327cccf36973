//! A condition as a test that the database carries out.

use base::{Id, Timestamp, id};
use funnel::condition::{CONDITIONS_MAX, Condition, DEPTH_MAX, Test};
use funnel::field::{Definition, FieldKind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use store::records::{Column, Comparison, Holds, Key, Place, Predicate};

use super::{Record, column};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, AppError, Result};

/// Most values of one test.
const VALUES_MAX: usize = 500;

/// The test of a condition.
pub(super) fn compiled<R: Record>(
    app: &App,
    actor: &Actor,
    fields: &Fields,
    condition: &Condition,
) -> Result<Predicate> {
    let (count, depth) = condition.size();
    if count > CONDITIONS_MAX || depth > DEPTH_MAX {
        let message = format!("write at most {CONDITIONS_MAX} conditions, {DEPTH_MAX} deep");
        return Err(AppError::invalid("filter", "too_many", message));
    }
    let zone = TimeZone::get(&app.company().timezone).unwrap_or(TimeZone::UTC);
    Compiler { actor, fields, zone }.condition::<R>(condition)
}

struct Compiler<'a> {
    actor: &'a Actor,
    fields: &'a Fields,
    /// In which days begin and end.
    zone: TimeZone,
}

/// A field that is looked at.
struct Field<'a> {
    name: &'a str,
    column: Column,
    definition: Option<&'a Definition>,
}

impl Compiler<'_> {
    fn condition<R: Record>(&self, condition: &Condition) -> Result<Predicate> {
        let each = |parts: &[Condition]| parts.iter().map(|part| self.condition::<R>(part)).collect::<Result<Vec<_>>>();
        match condition {
            Condition::All(parts) => Ok(Predicate::All(each(parts)?)),
            Condition::Any(parts) => Ok(Predicate::Any(each(parts)?)),
            Condition::Not(part) => Ok(Predicate::Not(Box::new(self.condition::<R>(part)?))),
            Condition::Field(test) => {
                let (column, definition) = column::<R>(self.fields, "filter", &test.field)?;
                let field = Field { name: &test.field, column, definition };
                let tests = test.tests.iter().map(|test| self.test(&field, test)).collect::<Result<Vec<_>>>()?;
                Ok(Predicate::All(tests))
            }
            Condition::Segment(segment) if R::ENTITY == Entity::Contact => Ok(Predicate::InSegment(segment.uuid())),
            Condition::Event(_) | Condition::Deal(_) | Condition::Segment(_) => {
                let message =
                    "a list is filtered by fields, one of contacts by segments too; who did what is told by insights";
                Err(AppError::invalid("filter", "event", message))
            }
        }
    }

    fn test(&self, field: &Field<'_>, test: &Test) -> Result<Predicate> {
        let not = |predicate| Predicate::Not(Box::new(predicate));
        match test {
            Test::Known(is_known) => Ok(Predicate::Known(field.column.clone(), *is_known)),
            Test::Is(value) => self.is(field, value),
            Test::IsNot(value) => Ok(not(self.is(field, value)?)),
            Test::OneOf(values) => self.one_of(field, values),
            Test::NoneOf(values) => Ok(not(self.one_of(field, values)?)),
            Test::Contains(part) => match field.column.holds {
                Holds::List => Ok(Predicate::Has(field.column.clone(), part.clone())),
                Holds::Text => Ok(Predicate::Contains(field.column.clone(), part.clone())),
                _ => Err(refused(field, "only texts and lists have something in them: use is, at_least, at_most")),
            },
            Test::AtLeast(value) => self.compared(field, Comparison::AtLeast, value),
            Test::AtMost(value) => self.compared(field, Comparison::AtMost, value),
            Test::Above(value) => self.compared(field, Comparison::Above, value),
            Test::Below(value) => self.compared(field, Comparison::Below, value),
        }
    }

    fn one_of(&self, field: &Field<'_>, values: &[Value]) -> Result<Predicate> {
        if values.len() > VALUES_MAX {
            return Err(refused(field, &format!("name at most {VALUES_MAX} values")));
        }
        Ok(Predicate::Any(values.iter().map(|value| self.is(field, value)).collect::<Result<Vec<_>>>()?))
    }

    fn is(&self, field: &Field<'_>, value: &Value) -> Result<Predicate> {
        if field.column.holds == Holds::List {
            let entry = value.as_str().ok_or_else(|| refused(field, "write an entry of the list as a text"))?;
            return Ok(Predicate::Has(field.column.clone(), entry.to_owned()));
        }
        // The whole of a day, where moments are compared.
        if let Some((start, end)) = self.day_of(field, value) {
            let from = Predicate::Compare(field.column.clone(), Comparison::AtLeast, moment_key(field, start));
            let to = Predicate::Compare(field.column.clone(), Comparison::Below, moment_key(field, end));
            return Ok(Predicate::All(vec![from, to]));
        }
        Ok(Predicate::Compare(field.column.clone(), Comparison::Is, self.key(field, value)?))
    }

    fn compared(&self, field: &Field<'_>, comparison: Comparison, value: &Value) -> Result<Predicate> {
        if matches!(field.column.holds, Holds::List | Holds::Id | Holds::YesNo) {
            return Err(refused(field, "this has no order: use is, is_not, one_of or known"));
        }
        let key = match (self.day_of(field, value), comparison) {
            // From its first moment, or until its last one.
            (Some((start, _)), Comparison::AtLeast | Comparison::Below) => moment_key(field, start),
            (Some((_, end)), Comparison::AtMost) => return self.bound(field, Comparison::Below, end),
            (Some((_, end)), _) => return self.bound(field, Comparison::AtLeast, end),
            (None, _) => self.key(field, value)?,
        };
        Ok(Predicate::Compare(field.column.clone(), comparison, key))
    }

    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "reads as the other branches of its match do")]
    fn bound(&self, field: &Field<'_>, comparison: Comparison, at: Timestamp) -> Result<Predicate> {
        Ok(Predicate::Compare(field.column.clone(), comparison, moment_key(field, at)))
    }

    /// First moment of a day and of the next one, where a field holds moments and a day is named.
    fn day_of(&self, field: &Field<'_>, value: &Value) -> Option<(Timestamp, Timestamp)> {
        if !holds_moments(field) {
            return None;
        }
        let day: Date = value.as_str().filter(|text| text.len() == 10)?.parse().ok()?;
        let start = |day: Date| Some(Timestamp::from_jiff(day.to_zoned(self.zone.clone()).ok()?.timestamp()));
        Some((start(day)?, start(day.tomorrow().ok()?)?))
    }

    /// A value as it is compared.
    fn key(&self, field: &Field<'_>, value: &Value) -> Result<Key> {
        let text = || value.as_str().map(str::trim);
        match field.column.holds {
            Holds::Moment => {
                let moment: Option<Timestamp> = text().and_then(|text| text.parse().ok());
                moment.map(Key::from).ok_or_else(|| refused(field, "write a day as 2026-03-02, or a moment"))
            }
            Holds::Number => number(value).ok_or_else(|| refused(field, "write a number")),
            Holds::Money => {
                let minor = value.get("minor").unwrap_or(value);
                number(minor).ok_or_else(|| refused(field, "write an amount in minor units"))
            }
            Holds::YesNo => {
                let is_so = value.as_bool().ok_or_else(|| refused(field, "write true or false"))?;
                Ok(match field.column.place {
                    Place::Column(_) => Key::Whole(i64::from(is_so)),
                    _ => Key::Number(if is_so { 1.0 } else { 0.0 }),
                })
            }
            Holds::Id => self.id(field, text().unwrap_or_default()),
            Holds::Text | Holds::List => {
                // As it would be stored, where it could be: a phone number is found however it is written.
                let stored = field.definition.and_then(|definition| definition.normal(value).ok().flatten());
                let text = stored.as_ref().and_then(Value::as_str).or(text()).map(str::to_owned);
                let number = || value.is_number().then(|| value.to_string());
                text.or_else(number).map(Key::Text).ok_or_else(|| refused(field, "write a text"))
            }
        }
    }

    fn id(&self, field: &Field<'_>, text: &str) -> Result<Key> {
        let found = match field.name {
            "owner_id" if text == "me" => self.actor.user_id().map(Id::uuid),
            "owner_id" => text.parse::<Id<id::User>>().ok().map(Id::uuid),
            _ => text.parse::<Id<id::Company>>().ok().map(Id::uuid),
        };
        found.map(Key::Id).ok_or_else(|| refused(field, "write the id of one, such as usr_… or cmp_…"))
    }
}

fn holds_moments(field: &Field<'_>) -> bool {
    field.column.holds == Holds::Moment
        || field.definition.is_some_and(|definition| definition.kind == FieldKind::DateTime)
}

fn moment_key(field: &Field<'_>, at: Timestamp) -> Key {
    if field.column.holds == Holds::Moment { Key::from(at) } else { Key::Text(at.to_string()) }
}

fn number(value: &Value) -> Option<Key> {
    let found = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    found.filter(|number| number.is_finite()).map(Key::Number)
}

fn refused(field: &Field<'_>, message: &str) -> AppError {
    AppError::invalid("filter", "value", format!("{}: {message}", field.name))
}
