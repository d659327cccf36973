//! What a file is and what its columns mean: a proposal, each part with how sure it is and a sentence
//! that says why, for a person to agree with or change.

pub(super) mod names;
mod shape;
mod words;

use std::collections::HashSet;

use base::{Id, id};
use funnel::field::{FieldKind, is_key};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use shape::Shape;
pub(super) use shape::field_key;
use shape::hubspot_record;
pub(super) use shape::posthog_property;

use super::{
    Cell, Next, ReadError, Row, RowRefused, SAMPLE_ROWS, Table,
    apply::spelled_out,
    cell::shortened,
    contact::ConsentStatus,
    mapping::{ImportKind, Mapping, MappingError, Others, PersonNamespace, Target},
    number::ValueType,
    own::{self, OwnFields, SuggestedField},
    time::{self, Detected, TimeFormat},
};
use names::Word;

/// The first rows of a file.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Columns known after those rows.
    pub columns: Vec<String>,
    /// Rows that could be read.
    pub rows: Vec<Row>,
    /// Rows that could not.
    pub refused: Vec<RowRefused>,
    /// Whether that is all of the file.
    pub is_whole: bool,
    /// Whether numbers with a comma are usual where the file comes from.
    pub(super) is_comma_usual: bool,
}

/// Rows of a sample hold at most so many bytes of text together.
const SAMPLE_BYTES_MAX: usize = 8 << 20;

impl Sample {
    /// The rows of a whole file.
    #[cfg(test)]
    pub(super) fn of(columns: Vec<String>, rows: Vec<Row>) -> Self {
        Self { columns, rows, refused: Vec::new(), is_whole: true, is_comma_usual: false }
    }

    /// Read the first rows.
    ///
    /// # Errors
    /// Those of [`Table::next_row`].
    pub fn read(table: &mut Table) -> Result<Self, ReadError> {
        let is_comma_usual = table.dialect().is_some_and(|dialect| dialect.delimiter == ';');
        let (columns, rows, refused) = Default::default();
        let mut sample = Self { columns, rows, refused, is_whole: false, is_comma_usual };
        let mut bytes = 0;
        while sample.rows.len() + sample.refused.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES_MAX {
            match table.next_row()? {
                None => {
                    sample.is_whole = true;
                    break;
                }
                Some(Next::Refused(refused)) => sample.refused.push(refused),
                Some(Next::Row(row)) => {
                    bytes += row.cells.iter().map(|cell| cell.as_text().len()).sum::<usize>();
                    sample.rows.push(row);
                }
            }
        }
        sample.columns = table.columns().to_vec();
        Ok(sample)
    }

    pub(super) fn values(&self, column: usize) -> impl Iterator<Item = &Cell> + Clone {
        self.rows.iter().filter_map(move |row| row.cells.get(column)).filter(|cell| !cell.is_empty())
    }
}

/// What is known better than the file shows.
#[derive(Debug, Clone, Default)]
pub struct GuessHint {
    /// What the rows are.
    pub kind: Option<ImportKind>,
    /// One event name for all rows.
    pub event_name: Option<String>,
    /// The column of the person's id.
    pub person: Option<String>,
    /// The column of the time.
    pub time: Option<String>,
    /// Zone of times that name none; UTC when nobody says.
    pub time_zone: Option<String>,
    /// The name of the file.
    pub file_name: Option<String>,
    /// The company's own fields.
    pub own: OwnFields,
}

/// What one column seems to mean.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ColumnGuess {
    /// Its name.
    pub column: String,
    /// What it seems to mean.
    #[serde(flatten)]
    pub target: Target,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// Why, for people.
    pub sentence: String,
    /// A few of its values.
    pub examples: Vec<String>,
    /// What it would be as a field of the company's own.
    pub field: SuggestedField,
}

/// What a file seems to be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Guess {
    /// The mapping that follows from it, with a rule for every column.
    pub mapping: Mapping,
    /// Every column.
    pub columns: Vec<ColumnGuess>,
    /// How sure the whole is, 0 to 1.
    pub confidence: f64,
    /// What was found and what was assumed, for people.
    pub sentences: Vec<String>,
    /// What must be said before the file can be imported.
    pub problems: Vec<MappingError>,
}

/// Examples of a column that are shown.
const EXAMPLES_MAX: usize = 3;
/// Characters of an example.
const EXAMPLE_CHARS_MAX: usize = 60;
/// Share of the values that must read as addresses for a column to hold them.
const EMAIL_SHARE: f64 = 0.8;
/// Names of events in a file: more different ones are something else.
const EVENT_NAMES_MAX: usize = 300;

/// What one column shows.
struct Seen<'a> {
    name: &'a str,
    words: Vec<(Word, usize)>,
    times: Option<Detected>,
    is_email: bool,
    is_unique: bool,
    is_filled: bool,
    /// Every value is the id of a record of ours: those of other programs may be anybody's.
    is_of_ours: bool,
    different: usize,
}

impl<'a> Seen<'a> {
    fn of(sample: &'a Sample, index: usize) -> Self {
        let name = sample.columns[index].as_str();
        let values = || sample.values(index);
        let count = values().count();
        let emails = values().filter(|cell| cell.as_text().parse::<base::Email>().is_ok()).count();
        let different: HashSet<_> = values().map(Cell::as_text).collect();
        Self {
            name,
            words: names::words(name),
            times: time::detect(names::names_a_time(name), values()),
            is_email: count > 0 && emails as f64 >= count as f64 * EMAIL_SHARE,
            is_unique: different.len() == count,
            is_filled: count > 0,
            is_of_ours: count > 0 && values().all(|cell| is_own_id(&cell.as_text())),
            different: different.len(),
        }
    }

    fn rank(&self, word: Word) -> Option<usize> {
        self.words.iter().find(|(found, _)| *found == word).map(|(_, rank)| *rank)
    }
}

/// Whether a text is the id of a deal or a company here.
fn is_own_id(text: &str) -> bool {
    text.parse::<Id<id::Deal>>().is_ok() || text.parse::<Id<id::Company>>().is_ok()
}

/// The proposal in the making.
struct Maker<'a> {
    sample: &'a Sample,
    seen: Vec<Seen<'a>>,
    /// Target, confidence and reason of the columns that have one.
    found: Vec<Option<(Target, f64, String)>>,
    sentences: Vec<String>,
    shape: Shape,
}

impl<'a> Maker<'a> {
    fn new(sample: &'a Sample) -> Self {
        let seen: Vec<Seen<'a>> = (0..sample.columns.len()).map(|index| Seen::of(sample, index)).collect();
        let found = vec![None; seen.len()];
        Self { sample, seen, found, sentences: Vec::new(), shape: Shape::of(&sample.columns) }
    }

    /// The free column whose name is the surest for a word and that `fits`.
    fn by_name(&self, word: Word, fits: impl Fn(&Seen<'_>) -> bool) -> Option<usize> {
        let free = self.seen.iter().enumerate().filter(|(index, seen)| self.found[*index].is_none() && fits(seen));
        free.filter_map(|(index, seen)| seen.rank(word).map(|rank| (rank, index))).min().map(|(_, index)| index)
    }

    fn free(&self, fits: impl Fn(&Seen<'_>) -> bool) -> Option<usize> {
        self.seen.iter().enumerate().position(|(index, seen)| self.found[index].is_none() && fits(seen))
    }

    fn give(&mut self, index: usize, target: Target, confidence: f64, reason: impl Into<String>) {
        self.found[index] = Some((target, confidence, reason.into()));
    }

    fn named(&self, column: Option<&str>) -> Option<usize> {
        column.and_then(|name| self.sample.columns.iter().position(|column| column == name))
    }

    /// The columns that the tool's own convention settles.
    fn follow_convention(&mut self, kind: Option<ImportKind>) {
        let Some(tool) = self.shape.name() else { return };
        let mut taken = HashSet::new();
        for index in 0..self.seen.len() {
            let name = self.seen[index].name;
            let of_record = kind.filter(|_| self.shape == Shape::Hubspot).and_then(|kind| hubspot_record(name, kind));
            let Some(target) = of_record.or_else(|| self.shape.convention(name)) else { continue };
            let target = self.as_written(index, target);
            let is_free = matches!(target, Target::Skip | Target::Properties) || taken.insert(format!("{target:?}"));
            self.give(index, if is_free { target } else { Target::Skip }, 1.0, format!("as {tool} exports it"));
        }
        self.sentences.push(match self.shape {
            Shape::Vcard => "These are address cards. Pictures, sounds and keys in them are left out.".to_owned(),
            _ => format!("The columns are those of an export of {tool}."),
        });
    }

    /// With the way in which the column writes times and numbers.
    fn as_written(&self, index: usize, target: Target) -> Target {
        let written = |usual: TimeFormat| self.seen[index].times.as_ref().map_or(usual, |found| found.format);
        match target {
            Target::Time { format } => Target::Time { format: written(format) },
            Target::CreatedAt { format } => Target::CreatedAt { format: written(format) },
            Target::ClosedAt { format } => Target::ClosedAt { format: written(format) },
            Target::Amount { value } => Target::Amount { value: self.number_as_written(index, value) },
            Target::Discount { value } => Target::Discount { value: self.number_as_written(index, value) },
            target => target,
        }
    }

    fn number_as_written(&self, index: usize, usual: ValueType) -> ValueType {
        let found = ValueType::detect(self.sample.values(index), self.sample.is_comma_usual);
        if found == ValueType::NumberComma { found } else { usual }
    }

    fn email(&mut self) {
        let by_both = self.by_name(Word::Email, |seen| seen.is_email);
        let by_name = || self.by_name(Word::Email, |seen| !seen.is_filled || seen.rank(Word::Email) < Some(4));
        if let Some(index) = by_both {
            self.give(index, Target::Email, 1.0, "the name and the values are those of e-mail addresses");
        } else if let Some(index) = self.free(|seen| seen.is_email) {
            self.give(index, Target::Email, 0.8, "the values read as e-mail addresses");
        } else if let Some(index) = by_name() {
            self.give(index, Target::Email, 0.6, "the name says e-mail address, though the values hardly do");
        }
    }

    fn time(&mut self, hint: &GuessHint) {
        let is_time = |seen: &Seen<'_>| seen.times.is_some();
        let found = self
            .named(hint.time.as_deref())
            .map(|index| (index, 1.0))
            .or_else(|| self.by_name(Word::Time, is_time).map(|index| (index, 0.95)))
            .or_else(|| self.free(|seen| is_time(seen) && names::names_a_time(seen.name)).map(|index| (index, 0.85)))
            .or_else(|| self.free(is_time).map(|index| (index, 0.6)));
        let Some((index, confidence)) = found else { return };
        let times = self.seen[index].times.clone();
        let (format, sentence) = words::time(times.as_ref());
        self.give(index, Target::Time { format }, confidence, sentence);
        self.say_zone(index, hint);
    }

    fn say_zone(&mut self, index: usize, hint: &GuessHint) {
        let Some(times) = &self.seen[index].times else { return };
        let zone = hint.time_zone.as_deref().unwrap_or("UTC");
        let name = self.seen[index].name;
        if times.is_naive {
            self.sentences.push(format!("Times in {name} name no zone and are read as {zone}."));
        }
        if times.is_ambiguous {
            self.sentences.push(format!(
                "Nothing in {name} shows whether day or month comes first; the day was taken. Check it before importing."
            ));
        }
    }

    fn person(&mut self, hint: &GuessHint) {
        let user = Target::Person { namespace: PersonNamespace::User };
        if let Some(index) = self.named(hint.person.as_deref()) {
            self.give(index, user.clone(), 1.0, "said to be the person's id");
        } else if let Some(index) = self.by_name(Word::User, |seen| seen.times.is_none() && seen.is_filled) {
            let reason = "the name says whose row it is; files that use the same ids are joined by it";
            self.give(index, user.clone(), 0.9, reason);
        }
        if let Some(index) = self.by_name(Word::Anonymous, |seen| seen.is_filled) {
            let anonymous = Target::Person { namespace: PersonNamespace::Anonymous };
            self.give(index, anonymous, 0.9, "the name is that of a browser's or device's id");
        }
        let is_known = self.found.iter().flatten().any(|(t, ..)| matches!(t, Target::Person { .. } | Target::Email));
        let names_a_thing = |seen: &Seen<'_>| names::names_a_thing(seen.name) && seen.is_filled && seen.times.is_none();
        if !is_known && let Some(index) = self.free(names_a_thing) {
            self.give(index, user, 0.5, "the first id of the row; say so if another one is the person's");
        }
    }

    fn event(&mut self, hint: &GuessHint) {
        if hint.event_name.is_some() {
            return;
        }
        let is_name = |seen: &Seen<'_>| {
            seen.is_filled && seen.times.is_none() && !seen.is_email && seen.different <= EVENT_NAMES_MAX
        };
        if let Some(index) = self.by_name(Word::Event, is_name) {
            let count = self.seen[index].different;
            let names = if count == 1 { "one name".to_owned() } else { format!("{count} different names") };
            self.give(
                index,
                Target::Event,
                0.95,
                format!("the name says what happened; there are {names} in the first rows"),
            );
        }
        let is_own = |seen: &Seen<'_>| seen.is_filled && seen.is_unique && seen.times.is_none();
        if let Some(index) = self.by_name(Word::MessageId, is_own) {
            self.give(index, Target::MessageId, 0.9, "every value is another one: it names the event itself");
        }
    }

    fn has(&self, wanted: fn(&Target) -> bool) -> bool {
        self.found.iter().flatten().any(|(target, ..)| wanted(target))
    }

    /// The fields of a contact that names show.
    fn contact(&mut self) {
        let any = |seen: &Seen<'_>| seen.times.is_none();
        let fields = [
            (Word::FirstName, Target::FirstName, "the given name"),
            (Word::LastName, Target::LastName, "the family name"),
            (Word::Phone, Target::Phone, "the telephone number"),
            (Word::Company, Target::Company, "where the person works"),
            (Word::Locale, Target::Locale, "the language to write in"),
            (Word::Tags, Target::Tags, "marks"),
            (Word::Owner, Target::Owner, "who looks after the person"),
        ];
        for (word, target, what) in fields {
            // An id of nine digits may read as a time; a telephone number too.
            let fits = |seen: &Seen<'_>| word == Word::Phone || any(seen);
            if let Some(index) = self.by_name(word, fits) {
                self.give(index, target, 0.9, format!("the name says {what}"));
            }
        }
        let has_parts = self.has(|target| matches!(target, Target::FirstName | Target::LastName));
        if !has_parts && let Some(index) = self.by_name(Word::FullName, |seen| any(seen) && !seen.is_email) {
            self.give(index, Target::FullName, 0.8, "the name says given and family name together");
        }
    }

    fn consent(&mut self) {
        let index_of = |maker: &Self, word: Word| {
            let readable = |seen: &Seen<'_>| {
                let index = maker.sample.columns.iter().position(|column| column == seen.name).unwrap_or(0);
                seen.is_filled && maker.sample.values(index).all(|cell| ConsentStatus::read(cell).is_some())
            };
            maker.by_name(word, readable)
        };
        if let Some(index) = index_of(self, Word::Consent) {
            self.give(index, Target::Consent, 0.85, "the name and the values say who may be written to");
        }
        if let Some(index) = index_of(self, Word::OptOut) {
            self.give(index, Target::OptOut, 0.85, "yes means that the person must not be written to");
        }
        let times = |index: usize, maker: &Self| maker.seen[index].times.as_ref().map(|found| found.format);
        if let Some(index) = self.by_name(Word::ConsentAt, |seen| seen.times.is_some()) {
            let format = times(index, self).unwrap_or(TimeFormat::YearFirst);
            self.give(index, Target::ConsentAt { format }, 0.8, "the name says since when");
        }
        if let Some(index) = self.by_name(Word::CreatedAt, |seen| seen.times.is_some()) {
            let format = times(index, self).unwrap_or(TimeFormat::YearFirst);
            self.give(index, Target::CreatedAt { format }, 0.8, "the name says when the person came in");
            self.say_zone(index, &GuessHint::default());
        }
    }

    /// Columns that are called as fields of the company's own are.
    fn own_fields(&mut self, kind: ImportKind, own: &OwnFields) {
        let mut taken = HashSet::new();
        for index in 0..self.seen.len() {
            let free = match &self.found[index] {
                None => true,
                // A tool's convention makes a fact of it: the field of that name is the better place.
                Some((Target::Trait { name, .. }, ..)) => own.called(kind, name).is_some(),
                Some(_) => false,
            };
            let name = self.seen[index].name.to_owned();
            let bare = name.strip_suffix(" (currency)");
            let Some(definition) = own.called(kind, bare.unwrap_or(&name)).filter(|_| free).cloned() else { continue };
            let key = definition.key.clone();
            let label = definition.label.texts().next().unwrap_or(&key).to_owned();
            if definition.kind == FieldKind::Money && bare.is_some() {
                let sentence = format!("the currency of your own field {label}");
                self.give(index, Target::FieldCurrency { key }, 0.95, sentence);
                continue;
            }
            if !taken.insert(key.clone()) {
                continue;
            }
            let value = ValueType::detect(self.sample.values(index), self.sample.is_comma_usual);
            let format = self.seen[index].times.as_ref().map_or(TimeFormat::YearFirst, |found| found.format);
            let sentence = format!("your own field {label}");
            self.give(index, Target::Field { key, value, format, make: None }, 0.95, sentence);
        }
    }

    /// Columns that only the kind of the import gives a meaning: properties, or traits.
    fn rest(&mut self, kind: ImportKind) {
        let taken: HashSet<String> = self.found.iter().flatten().filter_map(|(t, ..)| property_name(t)).collect();
        for index in 0..self.seen.len() {
            if self.found[index].is_some() {
                continue;
            }
            let name = self.seen[index].name.to_owned();
            let value = if names::names_a_thing(&name) || names::names_a_country(&name) {
                ValueType::Text
            } else {
                ValueType::detect(self.sample.values(index), self.sample.is_comma_usual)
            };
            let what = words::value_type(value);
            let target = match kind {
                _ if taken.contains(&name) => Target::Skip,
                ImportKind::Events => Target::Property { name, value },
                ImportKind::Contacts => Target::Trait { name: field_key(&name).to_owned(), value },
                // There only fields stand; what is called as one may be one that a gate asks for.
                _ if is_key(field_key(&name)) => Target::Trait { name: field_key(&name).to_owned(), value },
                _ => Target::Skip,
            };
            let noun = match kind {
                ImportKind::Events => "a property of the event",
                ImportKind::Contacts => "a fact about the person",
                ImportKind::Companies | ImportKind::Deals => "a field of your own of that name, if there is one",
            };
            let sentence = match target {
                Target::Skip => "left out; make it a field of your own to keep it".to_owned(),
                _ => format!("kept as {noun}{what}"),
            };
            self.give(index, target, 0.5, sentence);
        }
    }
}

fn property_name(target: &Target) -> Option<String> {
    match target {
        Target::Property { name, .. } | Target::Trait { name, .. } => Some(name.clone()),
        _ => None,
    }
}

/// Say what a file is and what its columns mean.
pub fn guess(sample: &Sample, hint: &GuessHint) -> Guess {
    let mut maker = Maker::new(sample);
    let settled = hint.kind.or_else(|| maker.shape.kind(&sample.columns));
    // As events a file of deals means what its words say, not what the tool's own records are made of.
    if !(maker.shape == Shape::Hubspot && settled == Some(ImportKind::Events)) {
        maker.follow_convention(settled);
    }
    let is_stream = matches!(maker.shape, Shape::Segment | Shape::Posthog);
    if !is_stream && !matches!(settled, Some(ImportKind::Companies | ImportKind::Deals)) {
        maker.event(hint);
    }
    maker.email();
    let kind = settled.unwrap_or_else(|| maker.kind(hint, is_stream));
    let mut mapping = Mapping {
        kind,
        shape: maker.shape,
        event_name: None,
        event_names: Default::default(),
        stage_names: Default::default(),
        known_deals: Default::default(),
        time_zone: hint.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        columns: Vec::new(),
        others: Others::Keep,
        consent: None,
        makes_contacts: false,
    };
    match kind {
        ImportKind::Events => maker.events(hint, &mut mapping),
        ImportKind::Contacts => maker.contacts(hint, &mut mapping),
        ImportKind::Companies => maker.companies(),
        ImportKind::Deals => maker.deals(),
    }
    maker.own_fields(kind, &hint.own);
    maker.rest(kind);
    maker.finish(mapping)
}

impl Maker<'_> {
    fn kind(&self, hint: &GuessHint, is_stream: bool) -> ImportKind {
        let has_word = |word: Word| self.seen.iter().any(|seen| seen.rank(word).is_some());
        let is_deal =
            self.seen.iter().any(|seen| seen.rank(Word::DealStage).is_some_and(|rank| rank < names::SURE_STAGES));
        // A file of deals as we write it, or as people keep it.
        if has_word(Word::DealStage)
            && has_word(Word::DealTitle)
            && (has_word(Word::Amount) || has_word(Word::Pipeline))
        {
            return ImportKind::Deals;
        }
        let has_event = self.has(|target| matches!(target, Target::Event)) || hint.event_name.is_some();
        let has_email = self.has(|target| matches!(target, Target::Email));
        if is_stream || is_deal || has_event || !has_email { ImportKind::Events } else { ImportKind::Contacts }
    }

    fn events(&mut self, hint: &GuessHint, mapping: &mut Mapping) {
        let names = self.shape.event_names().iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        mapping.event_names = names.collect();
        mapping.event_name = hint.event_name.clone();
        let has_time = self.has(|target| matches!(target, Target::Time { .. }));
        if !has_time || hint.time.is_some() {
            self.time(hint);
        }
        self.person(hint);
        if self.has(|target| matches!(target, Target::Event | Target::CallType)) || mapping.event_name.is_some() {
            return;
        }
        let is_sure = |seen: &Seen<'_>| seen.rank(Word::DealStage).is_some_and(|rank| rank < names::SURE_STAGES);
        if let Some(index) = self.by_name(Word::DealStage, |seen| seen.is_filled && is_sure(seen)) {
            self.give(index, Target::Event, 0.7, "the stage says what became of the deal");
            let stages = self.sample.values(index).map(|cell| cell.as_text().into_owned());
            let known = stages.filter_map(|stage| names::deal_stage(&stage).map(|event| (stage, event.to_owned())));
            mapping.event_names.extend(known.collect::<Vec<_>>());
            return;
        }
        let time = self.found.iter().position(|f| matches!(f, Some((Target::Time { .. }, ..))));
        let by_time = time.and_then(|index| names::happening(self.seen[index].name).zip(Some(self.seen[index].name)));
        let file = hint.file_name.as_deref();
        let by_file = || file.and_then(|name| names::happening(name).zip(Some(name)));
        if let Some((event, from)) = by_time.or_else(by_file) {
            mapping.event_name = Some(event.to_owned());
            self.sentences.push(format!(
                "No column says what happened; by the name of {from}, every row becomes the event {event}."
            ));
        }
    }

    fn contacts(&mut self, hint: &GuessHint, mapping: &mut Mapping) {
        self.contact();
        self.consent();
        self.person(hint);
        if self.has(|target| matches!(target, Target::Consent)) {
            return;
        }
        mapping.consent = self.mailchimp_consent(hint);
        self.sentences.push(match mapping.consent {
            Some(status) => words::consent(status).to_owned(),
            None => "The file does not say who may be written to: the contacts get no marketing mail until they agree."
                .to_owned(),
        });
    }

    /// The fields of a company that names show.
    fn companies(&mut self) {
        let fields = [
            (Word::Company, Target::Company, "what the company is called"),
            (Word::FullName, Target::Company, "what the company is called"),
            (Word::Phone, Target::Phone, "the telephone number"),
            (Word::Tags, Target::Tags, "marks"),
            (Word::Owner, Target::Owner, "who looks after it"),
            (Word::Domain, Target::Domain, "the domain"),
            (Word::OrganisationNumber, Target::OrganisationNumber, "the organisation number"),
            (Word::Address, Target::Address, "the address"),
            (Word::RecordId, Target::RecordId, "which company it is"),
        ];
        for (word, target, what) in fields {
            if !self.has_target(&target)
                && let Some(index) = self.by_name(word, |seen| word != Word::RecordId || seen.is_of_ours)
            {
                self.give(index, target, 0.9, format!("the name says {what}"));
            }
        }
    }

    /// The fields of a deal that names show.
    fn deals(&mut self) {
        let format = TimeFormat::YearFirst;
        let fields = [
            (Word::DealStage, Target::Stage, "where the deal stands"),
            (Word::DealTitle, Target::DealTitle, "what the deal is about"),
            (Word::Pipeline, Target::Pipeline, "in which funnel the deal is"),
            (Word::DealStatus, Target::Status, "whether the deal is open, won or lost"),
            (Word::Amount, Target::Amount { value: ValueType::Number }, "what the deal may bring"),
            (Word::Currency, Target::Currency, "the currency of the amount"),
            (Word::Discount, Target::Discount { value: ValueType::Number }, "the discount"),
            (Word::Owner, Target::Owner, "who looks after it"),
            (Word::Reason, Target::Reason, "why it has ended"),
            (Word::CreatedAt, Target::CreatedAt { format }, "when the deal was made"),
            (Word::ClosedAt, Target::ClosedAt { format }, "when the deal has ended"),
            (Word::RecordId, Target::RecordId, "which deal it is"),
            (Word::ContactIds, Target::ContactIds, "whose deal it is"),
        ];
        for (word, target, what) in fields {
            let is_there = self
                .found
                .iter()
                .flatten()
                .any(|(found, ..)| std::mem::discriminant(found) == std::mem::discriminant(&target));
            let fits = |seen: &Seen<'_>| word != Word::RecordId || seen.is_of_ours;
            if !is_there && let Some(index) = self.by_name(word, fits) {
                let target = self.as_written(index, target);
                self.give(index, target, 0.9, format!("the name says {what}"));
            }
        }
        // What a program knows of its own accord and no file can tell it.
        for index in 0..self.seen.len() {
            if self.found[index].is_none() && self.seen[index].rank(Word::OfItself).is_some() {
                self.give(index, Target::Skip, 0.9, "the program keeps this itself");
            }
        }
        self.sentences.push(
            "A deal passes every gate up to its stage, as if somebody put it there; one that does not is refused with \
             the reason."
                .to_owned(),
        );
    }

    fn has_target(&self, wanted: &Target) -> bool {
        self.found.iter().flatten().any(|(target, ..)| target == wanted)
    }

    /// Mailchimp exports one file for each state.
    fn mailchimp_consent(&self, hint: &GuessHint) -> Option<ConsentStatus> {
        if self.shape != Shape::Mailchimp {
            return None;
        }
        let has = |start: &str| self.seen.iter().any(|seen| names::plain(seen.name).starts_with(start));
        let file = hint.file_name.as_deref().unwrap_or_default().to_lowercase();
        Some(if has("unsub") || file.contains("unsub") {
            ConsentStatus::Unsubscribed
        } else if has("clean") || file.contains("clean") {
            ConsentStatus::Cleaned
        } else if file.contains("nonsub") || file.contains("non-sub") {
            ConsentStatus::NotAsked
        } else {
            ConsentStatus::Subscribed
        })
    }

    fn finish(self, mut mapping: Mapping) -> Guess {
        let noun = match mapping.kind {
            ImportKind::Events => "something that happened to a person",
            ImportKind::Contacts => "a person",
            ImportKind::Companies => "a company",
            ImportKind::Deals => "a deal",
        };
        let mut sentences = vec![format!("Each row is taken for {noun}.")];
        sentences.extend(self.sentences);
        let mut columns = Vec::with_capacity(self.found.len());
        let mut confidence = 1.0f64;
        for (index, found) in self.found.into_iter().enumerate() {
            let column = self.sample.columns[index].clone();
            let (target, sure, sentence) = found.unwrap_or((Target::Skip, 0.0, String::new()));
            if !matches!(target, Target::Property { .. } | Target::Trait { .. } | Target::Skip) {
                confidence = confidence.min(sure);
            }
            mapping.columns.push(super::ColumnRule { column: column.clone(), target: target.clone() });
            let mut examples: Vec<String> = Vec::new();
            for value in self.sample.values(index) {
                let text = shortened(&value.as_text(), EXAMPLE_CHARS_MAX);
                if examples.len() < EXAMPLES_MAX && !examples.contains(&text) {
                    examples.push(text);
                }
            }
            let field = own::suggested(self.sample, index);
            columns.push(ColumnGuess { column, target, confidence: sure, sentence, examples, field });
        }
        let problems = mapping.problems(&self.sample.columns);
        if !problems.is_empty() {
            confidence = 0.0;
        }
        mapping.columns = spelled_out(&mapping, &self.sample.columns);
        Guess { mapping, columns, confidence, sentences, problems }
    }
}
