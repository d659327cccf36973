//! Columns of a file that are fields of the company's own: which there are, what is made anew, and whether each value
//! is of its field's type.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::{Currency, Money};
use funnel::field::{CHOICES_MAX, Choice, Definition, FieldKind, LABEL_CHARS_MAX, TEXT_CHARS_MAX};
use funnel::localized::Localized;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use store::ConnectionTrait;
use utoipa::ToSchema;

use super::{
    Cell, contact,
    guess::{Sample, field_key},
    mapping::{ImportKind, Mapping, MappingError, Target},
    number::{self, ValueType},
    records_sink,
    time::{self, TimeFormat},
};
use crate::fields::{Entity, Fields};
use crate::{Actor, App, Result};

/// Most different values of a column that are taken for choices.
const CHOICES_GUESSED_MAX: usize = 20;
/// How often each of them must come on average.
const CHOICE_REPEATS_MIN: usize = 3;

/// A field that is made when the import starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FieldToMake)]
pub struct FieldToMake {
    /// What people read.
    pub label: String,
    pub kind: FieldKind,
    /// What can be chosen, where something is.
    #[serde(default)]
    #[schema(default = json!([]))]
    pub choices: Vec<String>,
}

impl FieldToMake {
    /// The field, under a key.
    pub(super) fn definition(&self, key: &str) -> Definition {
        let mut values = HashSet::new();
        let mut choices = Vec::new();
        for choice in self.choices.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
            // A value says the same in capitals: both would be found by it.
            if self.kind.has_choices() && values.insert(choice.to_lowercase()) {
                choices.push(Choice { value: choice.to_owned(), label: choice.into() });
            }
        }
        Definition {
            key: key.to_owned(),
            label: self.label.trim().into(),
            kind: self.kind,
            choices,
            is_required: false,
            help: Localized::default(),
            group: Localized::default(),
        }
    }
}

/// What a column would be as a field of the company's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SuggestedField)]
pub struct SuggestedField {
    /// The key that it would get.
    pub key: String,
    #[serde(flatten)]
    pub field: FieldToMake,
    /// How the column writes numbers.
    pub value: ValueType,
    /// How it writes days and moments.
    pub format: TimeFormat,
}

/// Whose fields the columns of such a file are; none when its rows are events.
pub(super) fn entity_of(kind: ImportKind) -> Option<Entity> {
    match kind {
        ImportKind::Contacts => Some(Entity::Contact),
        ImportKind::Companies => Some(Entity::Company),
        ImportKind::Deals => Some(Entity::Deal),
        ImportKind::Events => None,
    }
}

/// The company's own fields, as rows meet them.
#[derive(Debug, Clone, Default)]
pub struct OwnFields {
    fields: HashMap<Entity, Vec<Definition>>,
    /// Keys that no field in use has and that are taken.
    archived: HashSet<(Entity, String)>,
    /// Ids of users by their names and addresses.
    users: HashMap<String, String>,
    /// The currency of amounts that name none.
    currency: Option<Currency>,
}

impl OwnFields {
    /// Those that an actor sees.
    pub(super) async fn load(app: &App, conn: &impl ConnectionTrait, actor: &Actor) -> Result<Self> {
        let mut own = Self { currency: Some(app.company().currency), ..Self::default() };
        for entity in [Entity::Contact, Entity::Company, Entity::Deal] {
            let fields = Fields::load(conn, actor, entity).await?;
            own.archived.extend(fields.unused_keys().map(|key| (entity, key.to_owned())));
            own.fields.insert(entity, fields.all_seen().cloned().collect());
        }
        let users = records_sink::users(conn).await?;
        own.users = users.into_iter().map(|(name, id)| (name, id.to_string())).collect();
        Ok(own)
    }

    /// The fields that rows of a kind may fill.
    pub(super) fn of(&self, kind: ImportKind) -> &[Definition] {
        entity_of(kind).and_then(|entity| self.fields.get(&entity)).map_or(&[], Vec::as_slice)
    }

    fn get(&self, kind: ImportKind, key: &str) -> Option<&Definition> {
        self.of(kind).iter().find(|definition| definition.key == key)
    }

    /// The field that a column is called after: by its key, or by its label in any language.
    pub(super) fn called(&self, kind: ImportKind, column: &str) -> Option<&Definition> {
        let (key, wanted) = (field_key(column), records_sink::plain(column));
        let is_label =
            |definition: &&Definition| definition.label.texts().any(|text| records_sink::plain(text) == wanted);
        let all = self.of(kind);
        let by_key = all.iter().find(|definition| definition.key == key);
        by_key.or_else(|| all.iter().find(is_label).filter(|_| !wanted.is_empty())).or_else(|| {
            all.iter().find(|definition| records_sink::plain(&definition.key) == wanted && !wanted.is_empty())
        })
    }

    /// The fields of a mapping by their keys: those there are, and those to be made.
    pub(super) fn of_mapping(&self, mapping: &Mapping) -> HashMap<String, Definition> {
        let mut all: HashMap<String, Definition> =
            self.of(mapping.kind).iter().map(|definition| (definition.key.clone(), definition.clone())).collect();
        for (key, make) in to_make(mapping) {
            all.entry(key.to_owned()).or_insert_with(|| make.definition(key));
        }
        all
    }

    /// The fields that a mapping makes and that are not there yet.
    pub(super) fn missing(&self, mapping: &Mapping) -> Vec<Definition> {
        let missing = to_make(mapping).filter(|(key, _)| self.get(mapping.kind, key).is_none());
        missing.map(|(key, make)| make.definition(key)).collect()
    }

    /// Everything that is wrong with what a mapping says of own fields.
    pub(super) fn problems(&self, mapping: &Mapping) -> Vec<MappingError> {
        let mut problems = Vec::new();
        for rule in &mapping.columns {
            let (Target::Field { key, .. } | Target::FieldCurrency { key }) = &rule.target else { continue };
            let mut wrong = |message: String| problems.push(MappingError { field: rule.column.clone(), message });
            let Some(entity) = entity_of(mapping.kind) else {
                wrong("events have no fields of your own; make the column a property".to_owned());
                continue;
            };
            let known = self.get(mapping.kind, key);
            match (&rule.target, known) {
                (Target::Field { make: Some(make), .. }, Some(known)) if make.kind != known.kind => {
                    let label = known.label.texts().next().unwrap_or(key);
                    wrong(format!(
                        "there is a field {label} with the key {key} already, of another type; choose it, or another key"
                    ));
                }
                (_, Some(_)) => {}
                (Target::Field { make: Some(make), .. }, None) => {
                    if self.archived.contains(&(entity, key.clone())) {
                        wrong(format!(
                            "a field with the key {key} is out of use; restore it in the settings, or choose another key"
                        ));
                    }
                    for problem in make.definition(key).problems() {
                        wrong(format!("{}: {}", problem.field, problem.message));
                    }
                }
                (Target::FieldCurrency { .. }, None) if to_make(mapping).any(|(made, _)| made == key) => {}
                (_, None) => wrong(format!("there is no field of your own with the key {key}; choose one, or make it")),
            }
        }
        problems
    }

    /// What a cell says in a field, in the one form of the field's type; nothing when it says nothing.
    pub(super) fn read(
        &self,
        definition: &Definition,
        cell: &Cell,
        writing: &Written<'_>,
    ) -> Result<Option<Value>, String> {
        let value = self.value(definition, cell, writing)?;
        definition
            .normal(&value)
            .map_err(|problem| format!("{} is no value of this field: {}", shown(cell), problem.message))
    }

    fn value(&self, definition: &Definition, cell: &Cell, writing: &Written<'_>) -> Result<Value, String> {
        let text = cell.as_text();
        Ok(match definition.kind {
            FieldKind::WholeNumber | FieldKind::Number => writing.value.read(cell),
            FieldKind::Money => self.money(cell, writing)?,
            FieldKind::Date => {
                let time = writing.format.read(cell, writing.zone).map_err(|error| error.to_string())?;
                time.to_jiff().to_zoned(writing.zone.clone()).date().to_string().into()
            }
            FieldKind::DateTime => {
                writing.format.read(cell, writing.zone).map_err(|error| error.to_string())?.to_string().into()
            }
            FieldKind::YesNo => match cell {
                Cell::Text(_) => ValueType::Bool.read(cell),
                other => other.to_json(),
            },
            FieldKind::Choices => contact::tags(cell).into(),
            FieldKind::User => {
                let known = self.users.get(&records_sink::plain(&text)).cloned();
                known.unwrap_or_else(|| text.into_owned()).into()
            }
            _ => text.into_owned().into(),
        })
    }

    fn money(&self, cell: &Cell, writing: &Written<'_>) -> Result<Value, String> {
        if let Cell::Json(value) = cell {
            return Ok(value.clone());
        }
        let amount = match writing.value.read(cell) {
            Value::Number(number) => number,
            _ => return Err(format!("{} is no amount; write a number such as 12500.50", shown(cell))),
        };
        let code = writing.currency.trim();
        let currency = match (code.is_empty(), self.currency) {
            (true, Some(usual)) => usual,
            _ => code.to_uppercase().parse().map_err(|_| format!("{code} is no currency; write a code such as NOK"))?,
        };
        let minor = minor_units(&amount, currency).ok_or("write an amount with at most 15 digits")?;
        serde_json::to_value(Money::new(minor, currency)).map_err(|error| error.to_string())
    }
}

/// How a column writes its values.
pub(super) struct Written<'a> {
    pub(super) value: ValueType,
    pub(super) format: TimeFormat,
    /// Of amounts; the company's when empty.
    pub(super) currency: &'a str,
    pub(super) zone: &'a TimeZone,
}

fn shown(cell: &Cell) -> String {
    super::cell::shortened(&cell.as_text(), 40)
}

/// An amount in units as minor units; none when it is too large to be exact.
pub(super) fn minor_units(amount: &Number, currency: Currency) -> Option<i64> {
    let units = amount.as_f64()?;
    let minor = (units * 10f64.powi(i32::try_from(currency.exponent()).unwrap_or(0))).round();
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range that was just looked at")]
    (minor.abs() <= 9.0e15).then_some(minor as i64)
}

fn to_make(mapping: &Mapping) -> impl Iterator<Item = (&str, &FieldToMake)> {
    mapping.columns.iter().filter_map(|rule| match &rule.target {
        Target::Field { key, make: Some(make), .. } => Some((key.as_str(), make)),
        _ => None,
    })
}

/// The field that a column could become, by its name and its values.
pub(super) fn suggested(sample: &Sample, place: usize) -> SuggestedField {
    let name = &sample.columns[place];
    let label: String = field_key(name).trim().chars().take(LABEL_CHARS_MAX).collect();
    let kind = kind_of(sample, place);
    let value = ValueType::detect(sample.values(place), sample.is_comma_usual);
    let format = time::detect(false, sample.values(place)).map_or(TimeFormat::YearFirst, |found| found.format);
    let choices = if kind == FieldKind::Choice { different(sample, place) } else { Vec::new() };
    SuggestedField { key: key_of(&label, place), field: FieldToMake { label, kind, choices }, value, format }
}

/// A key made of a label; by the place of the column where no letter of it can stand in a key.
fn key_of(label: &str, place: usize) -> String {
    let mut key = String::new();
    for letter in label.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => key.push(letter),
            'å' | 'ä' | 'à' | 'á' | 'â' => key.push('a'),
            'ø' | 'ö' | 'ó' | 'ô' => key.push('o'),
            'æ' => key.push_str("ae"),
            'é' | 'è' | 'ê' | 'ë' => key.push('e'),
            'ü' | 'ú' => key.push('u'),
            'ß' => key.push_str("ss"),
            _ if !key.ends_with('_') => key.push('_'),
            _ => {}
        }
    }
    let key = key.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let key: String = key.chars().take(funnel::field::KEY_CHARS_MAX).collect();
    let key = key.trim_end_matches('_');
    if key.is_empty() { format!("column_{}", place + 1) } else { key.to_owned() }
}

/// The type that all values of a column are of.
fn kind_of(sample: &Sample, place: usize) -> FieldKind {
    let values = || sample.values(place);
    let texts: Vec<String> = values().map(|cell| cell.as_text().into_owned()).collect();
    if texts.is_empty() {
        return FieldKind::Text;
    }
    let all = |fits: &dyn Fn(&str) -> bool| texts.iter().all(|text| fits(text));
    if values().all(|cell| matches!(cell, Cell::Bool(_))) || ValueType::detect(values(), false) == ValueType::Bool {
        return FieldKind::YesNo;
    }
    let is_number = |cell: &Cell| match cell {
        Cell::Number(_) => true,
        Cell::Text(text) => number::number(text, '.').is_some() || number::number(text, ',').is_some(),
        _ => false,
    };
    let has_date = || time::detect(false, values()).filter(|found| found.share >= 1.0);
    if values().all(is_number) {
        let is_whole = |cell: &Cell| match cell {
            Cell::Number(number) => number.is_i64(),
            Cell::Text(text) => !text.contains(['.', ',']),
            _ => false,
        };
        return if values().all(is_whole) { FieldKind::WholeNumber } else { FieldKind::Number };
    }
    if all(&time::looks_like_date) && has_date().is_some() {
        let has_hours = texts.iter().any(|text| text.contains(':'));
        return if has_hours { FieldKind::DateTime } else { FieldKind::Date };
    }
    if values().all(|cell| matches!(cell, Cell::Time(_))) {
        return FieldKind::DateTime;
    }
    if all(&|text| text.parse::<base::Email>().is_ok()) {
        return FieldKind::Email;
    }
    let is_address = |text: &str| text.contains("://") && funnel::field::normal_url(text).is_some();
    if all(&is_address) {
        return FieldKind::Url;
    }
    if all(&|text| text.starts_with('+') && funnel::field::normal_phone(text).is_some()) {
        return FieldKind::Phone;
    }
    if texts.iter().any(|text| text.contains('\n') || text.chars().count() > TEXT_CHARS_MAX) {
        return FieldKind::LongText;
    }
    let different = different(sample, place);
    let is_choice = |text: &String| text.chars().count() <= LABEL_CHARS_MAX && !text.contains([',', ';']);
    let comes_again = texts.len() >= different.len() * CHOICE_REPEATS_MIN;
    let is_few = different.len() <= CHOICES_GUESSED_MAX && comes_again && different.iter().all(is_choice);
    if is_few { FieldKind::Choice } else { FieldKind::Text }
}

/// The different values of a column, the commonest first.
fn different(sample: &Sample, place: usize) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for cell in sample.values(place) {
        *counts.entry(cell.as_text().into_owned()).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.into_iter().map(|(text, _)| text).take(CHOICES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Row;
    use super::*;

    fn sample(name: &str, values: &[&str]) -> Sample {
        let row = |(line, text): (u64, &&str)| Row { line, cells: vec![Cell::text(text)] };
        Sample::of(vec![name.to_owned()], (1..).zip(values).map(row).collect())
    }

    #[test]
    fn a_columns_type_is_found_from_all_its_values() {
        let kind = |values: &[&str]| suggested(&sample("Column", values), 0).field.kind;
        let cases: [(&[&str], FieldKind); 14] = [
            (&["1", "20", ""], FieldKind::WholeNumber),
            (&["1,5", "20"], FieldKind::Number),
            (&["1.5", "-3"], FieldKind::Number),
            (&["0", "1", "1"], FieldKind::WholeNumber),
            (&["ja", "Nei"], FieldKind::YesNo),
            (&["2026-03-02", "2025-01-31"], FieldKind::Date),
            (&["31.01.2025", "02.03.2026"], FieldKind::Date),
            (&["2026-03-02 08:00", "2026-03-02 09:15"], FieldKind::DateTime),
            (&["a@b.no", "c@d.no"], FieldKind::Email),
            (&["https://a.no/x", "http://b.no"], FieldKind::Url),
            (&["+47 22 33 44 55"], FieldKind::Phone),
            (&["Large", "Small", "Large", "Large", "Small", "Small"], FieldKind::Choice),
            (&["Large", "Small", "Middle"], FieldKind::Text),
            (&["one\ntwo"], FieldKind::LongText),
        ];
        for (values, expected) in cases {
            assert_eq!(kind(values), expected, "{values:?}");
        }
        assert_eq!(kind(&["20", "on request"]), FieldKind::Text);
        assert_eq!(kind(&["0047", "0012"]), FieldKind::Text);
        assert_eq!(kind(&[]), FieldKind::Text);
    }

    #[test]
    fn keys_are_made_of_labels() {
        for (label, key) in [
            ("Størrelse på butikk", "storrelse_pa_butikk"),
            ("7 days", "days"),
            ("fields.x", "x"),
            ("日本", "column_1"),
        ] {
            assert_eq!(suggested(&sample(label, &["a"]), 0).key, key);
        }
        let size = suggested(&sample("Size", &["S", "L", "L", "L", "S", "S", "L"]), 0);
        assert_eq!(size.field.choices, ["L", "S"]);
        assert_eq!(size.field.definition("size").problems(), []);
    }

    #[test]
    fn values_are_of_their_fields_type_or_refused_with_what_to_do() {
        let own = OwnFields {
            currency: Some("NOK".parse().unwrap()),
            users: [("kariselger".to_owned(), "usr_01jd3k5w0me9xr9q5y8t3v7n2p".to_owned())].into(),
            ..OwnFields::default()
        };
        let zone = TimeZone::get("Europe/Oslo").unwrap();
        let read = |kind: FieldKind, text: &str, value: ValueType, format: TimeFormat, currency: &str| {
            let make = FieldToMake { label: "X".into(), kind, choices: vec!["Large".into(), "Small".into()] };
            let definition = make.definition("x");
            own.read(&definition, &Cell::text(text), &Written { value, format, currency, zone: &zone })
        };
        let (plain, comma, year) = (ValueType::Text, ValueType::NumberComma, TimeFormat::YearFirst);
        let good = [
            (FieldKind::Number, "1.234,5", comma, year, "", json!(1234.5)),
            (FieldKind::WholeNumber, "12", ValueType::Number, year, "", json!(12)),
            (FieldKind::Money, "1 234,50", comma, year, "", json!({"minor": 123_450, "currency": "NOK"})),
            (FieldKind::Money, "12", ValueType::Number, year, "jpy", json!({"minor": 12, "currency": "JPY"})),
            (FieldKind::Date, "02.03.2026", plain, TimeFormat::DayFirst, "", json!("2026-03-02")),
            (FieldKind::DateTime, "2026-03-02 08:00", plain, year, "", json!("2026-03-02T07:00:00.000Z")),
            (FieldKind::YesNo, "Ja", plain, year, "", json!(true)),
            (FieldKind::Choice, "large", plain, year, "", json!("Large")),
            (FieldKind::Choices, "Small; large", plain, year, "", json!(["Large", "Small"])),
            (FieldKind::User, "Kari Selger", plain, year, "", json!("usr_01jd3k5w0me9xr9q5y8t3v7n2p")),
        ];
        for (kind, text, value, format, currency, expected) in good {
            assert_eq!(read(kind, text, value, format, currency), Ok(Some(expected)), "{kind:?} {text}");
        }
        let bad = [
            (FieldKind::Number, "many", "number"),
            (FieldKind::Money, "free", "12500.50"),
            (FieldKind::Date, "soon", "not a time of the form"),
            (FieldKind::YesNo, "perhaps", "true or false"),
            (FieldKind::Choice, "Middle", "Large, Small"),
            (FieldKind::User, "Nobody", "choose a user"),
            (FieldKind::Email, "kari", ""),
        ];
        for (kind, text, hint) in bad {
            let refused = read(kind, text, plain, year, "").unwrap_err();
            assert!(refused.contains(hint), "{kind:?} {text}: {refused}");
        }
    }
}
