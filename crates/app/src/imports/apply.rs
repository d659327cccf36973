//! A row becomes an event, a contact, or a refusal with a reason.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use base::{Email, Locale, Timestamp};
use events::{Link, NewEvent, PersonKey};
use funnel::deal::DealStatus;
use funnel::field::Definition;
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};

use super::{
    Cell, ColumnRule, VALUE_BYTES_MAX,
    cell::shortened,
    contact::{self, ConsentDraft, ConsentStatus, ContactDraft, KnownBy},
    guess::{Shape, names, posthog_property},
    mapping::{ImportKind, Mapping, MappingError, Others, PersonNamespace, Target},
    message_id::{self, MessageIds},
    number::ValueType,
    own::{OwnFields, Written},
    reader::{Row, RowRefused},
    record::{self, CompanyDraft, DealDraft},
    time::{TimeFormat, check_range},
};
use crate::{activities::BODY_CHARS_MAX, contacts::TRAITS_BYTES_MAX};

/// What a row came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// Line of the row.
    pub line: u64,
    /// What happened.
    pub event: Option<NewEvent>,
    /// Who it is.
    pub contact: Option<ContactDraft>,
    /// Which company it is.
    pub company: Option<CompanyDraft>,
    /// Which deal it is.
    pub deal: Option<DealDraft>,
}

impl Mapped {
    fn nothing(line: u64) -> Self {
        Self { line, event: None, contact: None, company: None, deal: None }
    }
}

/// Event names of Segment's kinds of call.
pub const PAGE_VIEWED: &str = "Page Viewed";
const SCREEN_VIEWED: &str = "Screen Viewed";
const IDENTIFIED: &str = "Identified";
const ALIASED: &str = "Aliased";
const GROUP_JOINED: &str = "Group Joined";

/// Characters of a refused value that are shown.
const SHOWN_CHARS_MAX: usize = 80;
/// Longest telephone number that is no number, in characters.
const PHONE_CHARS_MAX: usize = 40;

/// A mapping made ready for the rows of one file.
pub struct Applier {
    mapping: Mapping,
    source: String,
    now: Timestamp,
    zone: TimeZone,
    columns: Vec<String>,
    /// Aligned with `columns`.
    targets: Arc<Vec<Target>>,
    ids: MessageIds,
    event_names: HashSet<String>,
    own: OwnFields,
    /// The fields of the company's own that rows may fill, by their keys.
    fields: HashMap<String, Definition>,
}

/// Different event names of one file: more are the sign of a column that is no event, and every one of
/// them would stay in every list of events.
const EVENT_NAMES_MAX: usize = 1_000;

/// What is wrong with a row, and in which column.
struct Fault {
    column: Option<usize>,
    reason: String,
}

impl Fault {
    fn row(reason: impl Into<String>) -> Self {
        Self { column: None, reason: reason.into() }
    }

    fn at(column: usize, reason: impl Into<String>) -> Self {
        Self { column: Some(column), reason: reason.into() }
    }
}

/// What was gathered of a row so far.
#[derive(Default)]
struct Draft<'a> {
    event: Option<&'a Cell>,
    call: Option<(usize, &'a Cell)>,
    at: Option<Timestamp>,
    message_id: Option<String>,
    user: Option<PersonKey>,
    anonymous: Option<PersonKey>,
    former: Option<String>,
    email: Option<Email>,
    properties: Map<String, Value>,
    traits: Map<String, Value>,
    first_name: String,
    last_name: String,
    phone: String,
    company: String,
    locale: Option<Locale>,
    tags: Vec<String>,
    created_at: Option<Timestamp>,
    consent: Option<ConsentStatus>,
    has_opted_out: bool,
    consent_at: Option<Timestamp>,
    consent_from: String,
    note: String,
    texts: Texts,
    amount: Option<Number>,
    discount: Option<f64>,
    status: Option<DealStatus>,
    closed_at: Option<Timestamp>,
    /// Columns whose values are of a field of the company's own.
    own: Vec<usize>,
    /// The currencies of own amounts, by the keys of their fields.
    currencies: HashMap<&'a str, String>,
}

/// Texts that only companies and deals have.
#[derive(Default)]
struct Texts {
    record_id: String,
    contact_ids: String,
    company_ids: String,
    owner: String,
    domain: String,
    organisation_number: String,
    address: String,
    title: String,
    pipeline: String,
    stage: String,
    currency: String,
    reason: String,
}

impl Applier {
    /// Make a mapping ready. `source` names the import and `now` is the moment of it.
    ///
    /// # Errors
    /// Everything that is wrong with the mapping for these columns.
    pub fn new(
        mapping: &Mapping,
        columns: &[String],
        own: OwnFields,
        source: &str,
        now: Timestamp,
    ) -> Result<Self, Vec<MappingError>> {
        let mut problems = mapping.problems(columns);
        problems.extend(own.problems(mapping));
        if !problems.is_empty() {
            return Err(problems);
        }
        let zone = mapping.zone().map_err(|problem| vec![problem])?;
        let (known, targets, ids, event_names) = Default::default();
        let fields = own.of_mapping(mapping);
        let (mapping, source) = (mapping.clone(), source.to_owned());
        let mut applier = Self { mapping, source, now, zone, columns: known, targets, ids, event_names, own, fields };
        applier.learn(columns);
        Ok(applier)
    }

    /// Columns that the file brought since: a JSONL file may.
    fn learn(&mut self, columns: &[String]) {
        for column in &columns[self.columns.len()..] {
            let target = match (self.mapping.target_of(column), self.mapping.others) {
                (Some(target), _) => target.clone(),
                (None, Others::Skip) => Target::Skip,
                (None, Others::Keep) => self.mapping.shape.target_of(column, self.mapping.kind),
            };
            // What is called as an own field is one.
            let target = match target {
                Target::Trait { name, value } if self.fields.contains_key(&name) => {
                    Target::Field { key: name, value, format: TimeFormat::YearFirst, make: None }
                }
                target => target,
            };
            Arc::make_mut(&mut self.targets).push(target);
            self.columns.push(column.clone());
        }
        self.ids.learn(&self.columns);
    }

    /// What a row comes to. `columns` are those of the table at this moment.
    ///
    /// # Errors
    /// When the row is refused: the line, the column, what stands there and what would be right.
    pub fn apply(&mut self, columns: &[String], row: &Row) -> Result<Mapped, RowRefused> {
        if columns.len() > self.columns.len() {
            self.learn(columns);
        }
        self.mapped(row).map_err(|fault| {
            let column = fault.column.and_then(|index| self.columns.get(index)).cloned();
            let cell = fault.column.and_then(|index| row.cells.get(index));
            let value = cell.map(|cell| shortened(&cell.as_text(), SHOWN_CHARS_MAX));
            RowRefused { line: row.line, column, value, reason: fault.reason }
        })
    }

    fn mapped(&mut self, row: &Row) -> Result<Mapped, Fault> {
        let targets = self.targets.clone();
        let mut draft = Draft::default();
        for (index, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !is_nothing(cell)) {
            let target = targets.get(index).unwrap_or(&Target::Skip);
            self.gather(&mut draft, target, index, cell)?;
        }
        self.gather_own(&mut draft, row)?;
        if self.mapping.shape == Shape::Posthog {
            draft.read_posthog();
        }
        match self.mapping.kind {
            ImportKind::Contacts => {
                draft.traits.append(&mut draft.properties);
                let contact = self.contact(row.line, &draft)?;
                Ok(Mapped { contact: Some(contact), ..Mapped::nothing(row.line) })
            }
            ImportKind::Companies => {
                let company = self.company(row, draft)?;
                Ok(Mapped { company: Some(company), ..Mapped::nothing(row.line) })
            }
            ImportKind::Deals => {
                let deal = self.deal(row, draft)?;
                Ok(Mapped { deal: Some(deal), ..Mapped::nothing(row.line) })
            }
            ImportKind::Events => {
                let makes_contact = self.mapping.makes_contacts && draft.email.is_some();
                let contact = if makes_contact { Some(self.contact(row.line, &draft)?) } else { None };
                Ok(Mapped { event: Some(self.event(row, draft)?), contact, ..Mapped::nothing(row.line) })
            }
        }
    }

    fn gather<'a>(&self, draft: &mut Draft<'a>, target: &'a Target, index: usize, cell: &'a Cell) -> Result<(), Fault> {
        match target {
            Target::Skip => {}
            // An amount is read once its currency is known.
            Target::Field { .. } => draft.own.push(index),
            Target::FieldCurrency { key } => drop(draft.currencies.insert(key, cell.as_text().into_owned())),
            Target::Discount { value } => draft.discount = Some(percent(*value, index, cell)?),
            Target::Status => draft.status = Some(status(index, cell)?),
            Target::Event => draft.event = Some(cell),
            Target::CallType => draft.call = Some((index, cell)),
            Target::Time { format } => draft.at = Some(self.time(*format, index, cell)?),
            Target::CreatedAt { format } => draft.created_at = Some(self.time(*format, index, cell)?),
            Target::ClosedAt { format } => draft.closed_at = Some(self.time(*format, index, cell)?),
            Target::Amount { value } => match value.read(cell) {
                Value::Number(number) => draft.amount = Some(number),
                _ => return Err(Fault::at(index, "not an amount; write a number such as 12500.50")),
            },
            Target::ConsentAt { format } => draft.consent_at = Some(self.time(*format, index, cell)?),
            Target::Note => draft.note = note(index, &cell.as_text())?,
            Target::ConsentFrom => draft.consent_from = name(index, &cell.as_text())?,
            Target::Person { namespace } => person(draft, *namespace, index, cell)?,
            Target::MessageId => draft.message_id = Some(message_id(index, cell)?),
            Target::Property { name, value } => {
                draft.properties.insert(name.clone(), checked(index, value.read(cell))?);
            }
            Target::PropertyElse { name } => {
                let value = checked(index, cell.to_json())?;
                draft.properties.entry(name.as_str()).or_insert(value);
            }
            Target::Trait { name, value } => {
                draft.traits.insert(name.clone(), checked(index, value.read(cell))?);
            }
            Target::Properties => draft.properties.append(&mut object(index, cell)?),
            Target::Email => {
                let email = cell.as_text().parse().map_err(|e: base::EmailError| Fault::at(index, e.to_string()))?;
                draft.email = Some(email);
            }
            Target::Consent => {
                let unknown = "not a state of consent; write subscribed, unsubscribed, cleaned or not asked";
                draft.consent = Some(ConsentStatus::read(cell).ok_or_else(|| Fault::at(index, unknown))?);
            }
            Target::OptOut => match ConsentStatus::read(cell) {
                Some(ConsentStatus::Subscribed) => draft.has_opted_out = true,
                Some(ConsentStatus::Unsubscribed | ConsentStatus::NotAsked) => {}
                _ => return Err(Fault::at(index, "neither yes nor no")),
            },
            _ => match draft.texts.place(target) {
                Some(text) => *text = note(index, &cell.as_text())?,
                None => self.gather_name(draft, target, index, cell)?,
            },
        }
        Ok(())
    }

    /// Fields of the company's own: each value in the form of its type.
    fn gather_own(&self, draft: &mut Draft<'_>, row: &Row) -> Result<(), Fault> {
        for index in std::mem::take(&mut draft.own) {
            let Some(Target::Field { key, value, format, .. }) = self.targets.get(index) else { continue };
            let Some(definition) = self.fields.get(key) else { continue };
            let currency = draft.currencies.get(key.as_str()).map_or("", String::as_str);
            let written = Written { value: *value, format: *format, currency, zone: &self.zone };
            let found = self.own.read(definition, &row.cells[index], &written).map_err(|e| Fault::at(index, e))?;
            draft.traits.extend(found.map(|value| (key.clone(), value)));
        }
        Ok(())
    }

    /// Fields of a contact that are plain texts.
    fn gather_name(&self, draft: &mut Draft<'_>, target: &Target, index: usize, cell: &Cell) -> Result<(), Fault> {
        let text = cell.as_text();
        match target {
            Target::FirstName => draft.first_name = name(index, &text)?,
            Target::LastName => draft.last_name = name(index, &text)?,
            Target::Company => draft.company = name(index, &text)?,
            Target::FullName => {
                let (first, last) = contact::split_name(&name(index, &text)?);
                draft.first_name = first;
                draft.last_name = last;
            }
            // A number that cannot be dialled is still what the company knows of the person.
            Target::Phone => {
                draft.phone = contact::phone(&text).unwrap_or_else(|_| text.chars().take(PHONE_CHARS_MAX).collect());
            }
            Target::Locale => match language(&text) {
                Some(locale) => draft.locale = Some(locale),
                None => {
                    draft.traits.insert(self.columns[index].clone(), checked(index, cell.to_json())?);
                }
            },
            Target::Tags => {
                for tag in contact::tags(cell) {
                    draft.tags.push(name(index, &tag)?);
                }
                if draft.tags.len() > contact::TAGS_MAX {
                    return Err(Fault::at(index, format!("more than {} tags", contact::TAGS_MAX)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn time(&self, format: TimeFormat, index: usize, cell: &Cell) -> Result<Timestamp, Fault> {
        let time = format.read(cell, &self.zone).map_err(|e| Fault::at(index, e.to_string()))?;
        check_range(time, self.now).map_err(|reason| Fault::at(index, format!("{time} {reason}")))?;
        Ok(time)
    }

    /// The column mapped to a meaning, to name it in a refusal.
    fn column_of(&self, wanted: fn(&Target) -> bool) -> Option<usize> {
        self.targets.iter().position(wanted)
    }

    fn event_name(&self, draft: &Draft<'_>) -> Result<String, Fault> {
        let empty = || {
            let column = self.column_of(|target| matches!(target, Target::Event));
            Fault { column, reason: "the row does not say what happened: its event is empty".into() }
        };
        let tracked = || {
            let from_cell = draft.event.map(|cell| cell.as_text().into_owned());
            from_cell.or_else(|| self.mapping.event_name.clone()).ok_or_else(empty)
        };
        let name = match draft.call.map(|(index, cell)| (index, cell.as_text().to_ascii_lowercase())) {
            None => tracked()?,
            Some((index, call)) => match call.as_str() {
                "track" => tracked()?,
                "page" => PAGE_VIEWED.to_owned(),
                "screen" => SCREEN_VIEWED.to_owned(),
                "identify" => IDENTIFIED.to_owned(),
                "alias" => ALIASED.to_owned(),
                "group" => GROUP_JOINED.to_owned(),
                _ => {
                    return Err(Fault::at(
                        index,
                        "not a kind of call; write track, page, screen, identify, group or alias",
                    ));
                }
            },
        };
        let name = self.mapping.event_names.get(&name).cloned().unwrap_or(name);
        if name.len() > events::NAME_BYTES_MAX {
            let column = self.column_of(|target| matches!(target, Target::Event));
            let reason = format!("an event name has at most {} bytes", events::NAME_BYTES_MAX);
            return Err(Fault { column, reason });
        }
        Ok(name)
    }

    fn event(&mut self, row: &Row, mut draft: Draft<'_>) -> Result<NewEvent, Fault> {
        let name = self.event_name(&draft)?;
        if !self.event_names.contains(&name) {
            if self.event_names.len() == EVENT_NAMES_MAX {
                let column = self.column_of(|target| matches!(target, Target::Event));
                let reason =
                    format!("the file has more than {EVENT_NAMES_MAX} different events; is this column the event?");
                return Err(Fault { column, reason });
            }
            self.event_names.insert(name.clone());
        }
        let at = draft.at.ok_or_else(|| Fault {
            column: self.column_of(|target| matches!(target, Target::Time { .. })),
            reason: "the row does not say when it happened: its time is empty".into(),
        })?;
        let email = draft.email.as_ref().map(PersonKey::email);
        let mut keys = [draft.user.take(), email, draft.anonymous.take()].into_iter().flatten();
        let person = keys.next().ok_or_else(|| Fault {
            column: self.column_of(|target| matches!(target, Target::Person { .. } | Target::Email)),
            reason: "the row does not say to whom it happened: the person's id is empty".into(),
        })?;
        let mut links: Vec<Link> = keys.map(Link::Claim).collect();
        if let Some(former) = draft.former.take() {
            // It may have been either kind of id: both names are of the one person from now on.
            let both = [PersonKey::anonymous(&former), PersonKey::user(&former)];
            links.extend(both.into_iter().flatten().map(Link::Merge));
        }
        let message_id = match draft.message_id.take() {
            Some(id) => id,
            None => self.ids.next(&name, &person, at, &row.cells),
        };
        draft.add_contact_traits();
        let person_props = (!draft.traits.is_empty()).then(|| Value::Object(draft.traits).to_string());
        let props = Value::Object(draft.properties).to_string();
        let source = Some(self.source.clone());
        let event =
            NewEvent { message_id, name, at, received_at: self.now, person, links, props, person_props, source };
        event.check().map_err(|e| Fault::row(e.to_string()))?;
        Ok(event)
    }

    fn contact(&self, line: u64, draft: &Draft<'_>) -> Result<ContactDraft, Fault> {
        let known_by = self.known_by(draft)?;
        let opted_out = draft.has_opted_out.then_some(ConsentStatus::Unsubscribed);
        if Value::Object(draft.traits.clone()).to_string().len() > TRAITS_BYTES_MAX {
            return Err(Fault::row(format!(
                "the facts about the person have more than {TRAITS_BYTES_MAX} bytes in all; leave some columns out"
            )));
        }
        let status = opted_out.or(draft.consent).or(self.mapping.consent);
        // Mailchimp leaves the time of the confirmation empty where a list asked for none.
        let entered_at = draft.created_at.filter(|_| self.mapping.shape == Shape::Mailchimp);
        let said_at = draft.consent_at.or(entered_at.filter(|_| status == Some(ConsentStatus::Subscribed)));
        Ok(ContactDraft {
            line,
            email: draft.email.clone(),
            known_by,
            person: draft.user.clone(),
            first_name: draft.first_name.clone(),
            last_name: draft.last_name.clone(),
            phone: draft.phone.clone(),
            company: draft.company.clone(),
            locale: draft.locale.clone(),
            tags: draft.tags.clone(),
            traits: draft.traits.clone(),
            consent: status.map(|status| ConsentDraft { status, at: said_at, from: draft.consent_from.clone() }),
            created_at: draft.created_at,
            note: draft.note.clone(),
            owner: draft.texts.owner.clone(),
            company_ids: record::ids(&draft.texts.company_ids).collect(),
        })
    }

    /// By what the contact of a row is known again: its address; that of a card without one by the card's id, else by
    /// its telephone number and name.
    fn known_by(&self, draft: &Draft<'_>) -> Result<KnownBy, Fault> {
        let is_card = self.mapping.shape == Shape::Vcard;
        let card_id = if is_card { draft.texts.record_id.clone() } else { String::new() };
        let known_by = KnownBy { card_id, is_by_phone: is_card && !draft.phone.is_empty() };
        if draft.email.is_some() || !known_by.card_id.is_empty() || known_by.is_by_phone {
            return Ok(known_by);
        }
        let column = self.column_of(|target| matches!(target, Target::Email));
        let reason = match is_card {
            true => {
                "the card has no e-mail address, no telephone number and no UID: nothing to know the person again by"
            }
            false => "the row has no e-mail address, and a contact is known by it",
        };
        Err(Fault { column, reason: reason.into() })
    }

    fn company(&self, row: &Row, mut draft: Draft<'_>) -> Result<CompanyDraft, Fault> {
        if draft.company.is_empty() {
            let column = self.column_of(|target| matches!(target, Target::Company));
            return Err(Fault { column, reason: "the row does not say what the company is called".into() });
        }
        draft.traits.append(&mut draft.properties);
        let texts = draft.texts;
        Ok(CompanyDraft {
            line: row.line,
            external_id: texts.record_id,
            name: draft.company,
            domain: texts.domain,
            organisation_number: texts.organisation_number,
            phone: draft.phone,
            address: texts.address,
            owner: texts.owner,
            tags: draft.tags,
            fields: draft.traits,
            raw: String::new(),
        })
    }

    fn deal(&self, row: &Row, mut draft: Draft<'_>) -> Result<DealDraft, Fault> {
        draft.traits.append(&mut draft.properties);
        let texts = draft.texts;
        // A file that names no deal says the same of the same one.
        let external_id = if texts.record_id.is_empty() { message_id::of_row(&row.cells) } else { texts.record_id };
        Ok(DealDraft {
            line: row.line,
            external_id,
            contact_ids: record::ids(&texts.contact_ids).collect(),
            email: draft.email.as_ref().map(Email::to_string).unwrap_or_default(),
            title: texts.title,
            pipeline: texts.pipeline,
            stage: texts.stage,
            amount: draft.amount,
            currency: texts.currency,
            discount: draft.discount,
            status: draft.status,
            owner: texts.owner,
            reason: texts.reason,
            created_at: draft.created_at,
            closed_at: draft.closed_at,
            fields: draft.traits,
            raw: String::new(),
        })
    }
}

impl Texts {
    /// Where a column with this meaning goes.
    fn place(&mut self, target: &Target) -> Option<&mut String> {
        Some(match target {
            Target::RecordId => &mut self.record_id,
            Target::ContactIds => &mut self.contact_ids,
            Target::CompanyIds => &mut self.company_ids,
            Target::Owner => &mut self.owner,
            Target::Domain => &mut self.domain,
            Target::OrganisationNumber => &mut self.organisation_number,
            Target::Address => &mut self.address,
            Target::DealTitle => &mut self.title,
            Target::Pipeline => &mut self.pipeline,
            Target::Stage => &mut self.stage,
            Target::Currency => &mut self.currency,
            Target::Reason => &mut self.reason,
            _ => return None,
        })
    }
}

impl Draft<'_> {
    /// PostHog says beside its properties who somebody is: an id is a browser's until its person is
    /// identified, and the call that identifies names the browser.
    fn read_posthog(&mut self) {
        let text = |properties: &Map<String, Value>, key: &str| {
            properties.get(key).and_then(|value| value.as_str().map(str::to_owned))
        };
        let is_false = |value: &Value| *value == Value::Bool(false) || value.as_str() == Some("false");
        let device = text(&self.properties, "$device_id").and_then(|id| PersonKey::user(&id).ok());
        let is_identified = !self.properties.get("$is_identified").is_some_and(is_false);
        if let Some(user) = self.user.take_if(|user| !is_identified || device.as_ref() == Some(user)) {
            let id = user.as_str().trim_start_matches("user:");
            self.anonymous = PersonKey::anonymous(id).ok();
        }
        if let Some(id) = text(&self.properties, "$anon_distinct_id") {
            self.anonymous = PersonKey::anonymous(&id).ok().or(self.anonymous.take());
        }
        if let Some(alias) =
            self.event.filter(|event| event.as_text() == "$create_alias").and(text(&self.properties, "alias"))
        {
            self.former = Some(alias);
        }
        if let Some(Value::Object(set)) = self.properties.remove("$set") {
            self.traits.extend(set);
        }
        let renamed = std::mem::take(&mut self.properties).into_iter().filter(|(key, _)| !key.starts_with("$set"));
        self.properties = renamed.map(|(key, value)| (posthog_property(&key).to_owned(), value)).collect();
    }

    /// What an event says about its person, under the names that contacts use.
    fn add_contact_traits(&mut self) {
        let email = self.email.as_ref().map(Email::to_string).unwrap_or_default();
        let locale = self.locale.as_ref().map(Locale::to_string).unwrap_or_default();
        let fields = [
            ("email", email),
            ("first_name", std::mem::take(&mut self.first_name)),
            ("last_name", std::mem::take(&mut self.last_name)),
            ("phone", std::mem::take(&mut self.phone)),
            ("company", std::mem::take(&mut self.company)),
            ("locale", locale),
        ];
        for (name, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
            self.traits.entry(name).or_insert(Value::String(text));
        }
    }
}

/// Whether a cell says nothing: empty, or one of the words that exports write for it.
fn is_nothing(cell: &Cell) -> bool {
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => matches!(text.as_str(), "NULL" | "null" | "(null)" | "\\N"),
        _ => false,
    }
}

fn person(draft: &mut Draft<'_>, namespace: PersonNamespace, index: usize, cell: &Cell) -> Result<(), Fault> {
    let text = cell.as_text();
    // Without this, everybody whom a careless export calls "undefined" becomes one person.
    let lower = text.to_ascii_lowercase();
    if matches!(lower.as_str(), "undefined" | "none" | "nan" | "n/a" | "null" | "[object object]") {
        return Ok(());
    }
    let key = |make: fn(&str) -> Result<PersonKey, events::PersonKeyError>| {
        make(&text).map_err(|e| Fault::at(index, e.to_string()))
    };
    match namespace {
        PersonNamespace::User => draft.user = Some(key(PersonKey::user)?),
        PersonNamespace::Anonymous => draft.anonymous = Some(key(PersonKey::anonymous)?),
        PersonNamespace::Former => draft.former = Some(text.into_owned()),
    }
    Ok(())
}

/// A share of a hundred, with or without its sign.
fn percent(value: ValueType, index: usize, cell: &Cell) -> Result<f64, Fault> {
    let bare = match cell {
        Cell::Text(text) => Cell::text(text.trim_end_matches('%')),
        other => other.clone(),
    };
    let number = value.read(&bare).as_f64();
    number.ok_or_else(|| Fault::at(index, "not a discount in per cent; write a number such as 12.5"))
}

fn status(index: usize, cell: &Cell) -> Result<DealStatus, Fault> {
    let word: String = cell.as_text().to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match word.as_str() {
        "open" | "åpen" | "åpent" | "öppen" | "öppet" | "åben" | "åbent" | "avoin" | "offen" => {
            Ok(DealStatus::Open)
        }
        word => match names::deal_end(word) {
            Some(true) => Ok(DealStatus::Won),
            Some(false) => Ok(DealStatus::Lost),
            None => Err(Fault::at(index, "not how a deal may stand; write open, won or lost")),
        },
    }
}

fn message_id(index: usize, cell: &Cell) -> Result<String, Fault> {
    let text = cell.as_text();
    if text.len() > events::MESSAGE_ID_BYTES_MAX {
        return Err(Fault::at(index, format!("an event's id has at most {} bytes", events::MESSAGE_ID_BYTES_MAX)));
    }
    Ok(text.into_owned())
}

fn checked(index: usize, value: Value) -> Result<Value, Fault> {
    let bytes = match &value {
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) => value.to_string().len(),
        _ => 0,
    };
    if bytes > VALUE_BYTES_MAX {
        let reason = format!(
            "the value has {bytes} bytes; at most {VALUE_BYTES_MAX} are kept. Shorten it or leave the column out"
        );
        return Err(Fault::at(index, reason));
    }
    Ok(value)
}

/// Longest text of properties in one cell, in bytes.
fn object(index: usize, cell: &Cell) -> Result<Map<String, Value>, Fault> {
    let parsed = match cell {
        Cell::Json(value) => Cow::Borrowed(value),
        other => {
            let text = other.as_text();
            if text.len() > events::PROPS_BYTES_MAX {
                return Err(Fault::at(index, format!("more than {} bytes of properties", events::PROPS_BYTES_MAX)));
            }
            Cow::Owned(serde_json::from_str(&text).map_err(|_| Fault::at(index, "not a JSON object"))?)
        }
    };
    match parsed.into_owned() {
        Value::Object(fields) => Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(Fault::at(index, "not a JSON object")),
    }
}

fn name(index: usize, text: &str) -> Result<String, Fault> {
    if text.len() > contact::NAME_BYTES_MAX {
        return Err(Fault::at(index, format!("longer than {} bytes", contact::NAME_BYTES_MAX)));
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::at(index, "holds a line break or another control character"));
    }
    Ok(text.to_owned())
}

fn note(index: usize, text: &str) -> Result<String, Fault> {
    if text.chars().count() > BODY_CHARS_MAX {
        return Err(Fault::at(index, format!("a note has at most {BODY_CHARS_MAX} characters")));
    }
    Ok(text.to_owned())
}

/// A language by its code or by its name in English or itself.
fn language(text: &str) -> Option<Locale> {
    let code = match text.trim().to_lowercase().as_str() {
        "english" | "engelsk" | "engelska" | "englanti" => "en",
        "norwegian" | "norsk" | "bokmål" | "norwegian bokmål" | "norsk bokmål" => "nb",
        "nynorsk" | "norsk nynorsk" => "nn",
        "swedish" | "svensk" | "svenska" => "sv",
        "danish" | "dansk" => "da",
        "finnish" | "finsk" | "suomi" => "fi",
        "german" | "deutsch" | "tysk" => "de",
        "french" | "français" | "fransk" => "fr",
        "spanish" | "español" | "spansk" => "es",
        other => return other.replace('_', "-").parse().ok(),
    };
    code.parse().ok()
}

/// A rule for every column that has none, so that a person sees what will become of each.
pub fn spelled_out(mapping: &Mapping, columns: &[String]) -> Vec<ColumnRule> {
    let rule = |column: &String| {
        let target = mapping.target_of(column).cloned().unwrap_or_else(|| match mapping.others {
            Others::Skip => Target::Skip,
            Others::Keep => mapping.shape.target_of(column, mapping.kind),
        });
        ColumnRule { column: column.clone(), target }
    };
    columns.iter().map(rule).collect()
}
