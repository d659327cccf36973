//! Which column means what. A mapping is guessed, shown, changed, and then holds for every row.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{contact::ConsentStatus, guess::Shape, number::ValueType, own::FieldToMake, time::TimeFormat};

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Each row is something that happened to a person.
    Events,
    /// Each row is a person.
    Contacts,
    /// Each row is a company that people work for.
    Companies,
    /// Each row is a possible sale.
    Deals,
}

/// Who an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonNamespace {
    /// A known person: the company's own id. Files that use the same ids are joined by it.
    User,
    /// A browser or device.
    Anonymous,
    /// An id that the person went by before: from this row on the two are one person.
    Former,
}

/// What a column means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportTarget)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Target {
    /// Nothing: it is left out.
    Skip,
    /// The name of the event.
    Event,
    /// Segment's kind of call: `track` takes the event's name, `page` is `Page Viewed`, …
    CallType,
    /// When it happened.
    Time {
        /// How the column writes times.
        format: TimeFormat,
    },
    /// The person's id.
    Person {
        /// Whose id it is.
        namespace: PersonNamespace,
    },
    /// An id of the event itself: the same one is taken once, however often it comes.
    MessageId,
    /// A property of the event.
    Property {
        /// Its name.
        name: String,
        /// What its values are.
        #[serde(default)]
        #[schema(default = json!("text"))]
        value: ValueType,
    },
    /// A property of the event where no other column gives it.
    PropertyElse {
        /// Its name.
        name: String,
    },
    /// Properties of the event in one JSON object.
    Properties,
    /// A fact about the person (with contacts: a trait).
    Trait {
        /// Its name.
        name: String,
        /// What its values are.
        #[serde(default)]
        #[schema(default = json!("text"))]
        value: ValueType,
    },
    /// A field of the company's own: every value must be of its type.
    Field {
        /// Its key.
        key: String,
        /// How the column writes numbers.
        #[serde(default)]
        #[schema(default = json!("text"))]
        value: ValueType,
        /// How it writes days and moments.
        #[serde(default)]
        #[schema(default = json!("year_first"))]
        format: TimeFormat,
        /// What it is to be where there is none with that key: it is made when the import starts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        make: Option<FieldToMake>,
    },
    /// The currency of the amounts in a field of the company's own.
    FieldCurrency {
        /// The key of that field.
        key: String,
    },
    /// The person's e-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Given and family name together.
    FullName,
    /// Where the person works.
    Company,
    /// The language to write in.
    Locale,
    /// Marks, between commas.
    Tags,
    /// When the person came into the old system.
    CreatedAt {
        /// How the column writes times.
        format: TimeFormat,
    },
    /// What the person agreed to.
    Consent,
    /// Whether the person took consent back: yes is unsubscribed, no says nothing.
    OptOut,
    /// Since when.
    ConsentAt {
        /// How the column writes times.
        format: TimeFormat,
    },
    /// From which address on the network it was said.
    ConsentFrom,
    /// Something that was written about the person: becomes a note on the contact.
    Note,
    /// The id that a company or deal has in the program that the file comes from.
    RecordId,
    /// Ids there of the contacts of a deal, between semicolons.
    ContactIds,
    /// Ids there of the companies of a contact, between semicolons.
    CompanyIds,
    /// Who looks after it: the name or the address of a user.
    Owner,
    /// A company's domain.
    Domain,
    /// A company's organisation number.
    OrganisationNumber,
    /// A company's address.
    Address,
    /// What a deal is about.
    DealTitle,
    /// In which funnel a deal is, by its title or id.
    Pipeline,
    /// Where a deal stands there: the name or id of a stage, or won or lost.
    Stage,
    /// Whether a deal is open, won or lost.
    Status,
    /// The discount of a deal, in per cent.
    Discount {
        /// How the column writes numbers.
        #[serde(default)]
        #[schema(default = json!("number"))]
        value: ValueType,
    },
    /// What a deal may bring.
    Amount {
        /// How the column writes numbers.
        #[serde(default)]
        #[schema(default = json!("number"))]
        value: ValueType,
    },
    /// The currency of the amount.
    Currency,
    /// When a deal was won or lost.
    ClosedAt {
        /// How the column writes times.
        format: TimeFormat,
    },
    /// Why a deal was won or lost.
    Reason,
}

impl Target {
    /// An event property that holds texts.
    pub fn property(name: &str) -> Self {
        Self::Property { name: name.to_owned(), value: ValueType::Text }
    }
}

/// One column and what it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ColumnRule {
    /// The column's name in the file.
    pub column: String,
    /// What it means.
    #[serde(flatten)]
    pub target: Target,
}

/// What becomes of columns without a rule (a JSONL file may bring them late).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// Properties of the event, or traits of the contact, under their own name.
    #[default]
    Keep,
    /// Left out.
    Skip,
}

/// What a row does to a deal that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownDeals {
    /// Nothing.
    #[default]
    Leave,
    /// What the row says goes for the deal, and no gate opens for that. What a cell leaves empty stays.
    Change,
}

/// Which column means what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Mapping {
    /// What the rows are.
    pub kind: ImportKind,
    /// Whose export it is: decides what columns without a rule mean.
    #[serde(default)]
    #[schema(default = json!("generic"))]
    pub shape: Shape,
    /// One name for the events of all rows; a column that is mapped to the event goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_name: Option<String>,
    /// Names in the file that are another name with us: `{"purchase": "Order Completed"}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub event_names: BTreeMap<String, String>,
    /// Stages in the file that are called otherwise with us: `{"Qualified to buy": "proposal"}`. `won` and `lost` end deals.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stage_names: BTreeMap<String, String>,
    /// What becomes of deals that are there already.
    #[serde(default)]
    #[schema(default = json!("leave"))]
    pub known_deals: KnownDeals,
    /// Zone of times that name none: `UTC`, `Europe/Oslo`.
    pub time_zone: String,
    /// Columns and what they mean.
    pub columns: Vec<ColumnRule>,
    /// Columns without a rule.
    #[serde(default)]
    #[schema(default = json!("keep"))]
    pub others: Others,
    /// Consent of all rows, where the file as a whole says it (Mailchimp keeps one file for each).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentStatus>,
    /// Whether events with an e-mail address also make contacts.
    #[serde(default)]
    #[schema(default = json!(false))]
    pub makes_contacts: bool,
}

/// What is wrong with a mapping, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, ToSchema)]
#[error("{message}")]
pub struct MappingError {
    /// The column or field of the mapping at fault.
    pub field: String,
    /// A sentence for people.
    pub message: String,
}

impl MappingError {
    fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

impl Mapping {
    /// The rule of a column.
    pub fn target_of(&self, column: &str) -> Option<&Target> {
        self.columns.iter().find(|rule| rule.column == column).map(|rule| &rule.target)
    }

    /// Say what a column means; whatever it meant before is forgotten.
    pub fn set(&mut self, column: &str, target: Target) {
        match self.columns.iter_mut().find(|rule| rule.column == column) {
            Some(rule) => rule.target = target,
            None => self.columns.push(ColumnRule { column: column.to_owned(), target }),
        }
    }

    /// Make this column the only one of its kind: another that had the place becomes a property.
    pub fn set_only(&mut self, column: &str, target: Target) {
        for rule in &mut self.columns {
            if rule.column != column && std::mem::discriminant(&rule.target) == std::mem::discriminant(&target) {
                rule.target = Target::property(&rule.column);
            }
        }
        self.set(column, target);
    }

    /// The zone of times that name none.
    ///
    /// # Errors
    /// When no zone has that name.
    pub fn zone(&self) -> Result<TimeZone, MappingError> {
        TimeZone::get(&self.time_zone).map_err(|_| {
            let name = super::cell::shortened(&self.time_zone, 60);
            MappingError::new(
                "time_zone",
                format!("no time zone is called {name}; write one such as Europe/Oslo or UTC"),
            )
        })
    }

    /// Everything that is wrong with it for a file of these columns; empty when it can be used.
    pub fn problems(&self, columns: &[String]) -> Vec<MappingError> {
        let mut problems: Vec<MappingError> = self.zone().err().into_iter().collect();
        problems.extend(self.wrong_columns(columns));
        problems.extend(self.doubles());
        let has = |wanted: fn(&Target) -> bool| self.columns.iter().any(|rule| wanted(&rule.target));
        match self.kind {
            ImportKind::Events => {
                if !has(|t| matches!(t, Target::Event | Target::CallType)) && self.event_name.is_none() {
                    let text = "say what happened: map a column to the event, or give one event name for all rows";
                    problems.push(MappingError::new("event_name", text));
                }
                if !has(|t| matches!(t, Target::Person { .. } | Target::Email)) {
                    let text = "say to whom it happened: map a column to the person's id or e-mail address";
                    problems.push(MappingError::new("columns", text));
                }
                if !has(|t| matches!(t, Target::Time { .. })) {
                    problems.push(MappingError::new("columns", "say when it happened: map a column to the time"));
                }
            }
            ImportKind::Contacts if !has(|t| matches!(t, Target::Email)) => {
                let text = "a contact is known by its e-mail address: map a column to it";
                problems.push(MappingError::new("columns", text));
            }
            ImportKind::Companies if !has(|t| matches!(t, Target::Company)) => {
                let text = "a company is known by its name: map a column to it";
                problems.push(MappingError::new("columns", text));
            }
            ImportKind::Deals if !has(|t| matches!(t, Target::ContactIds | Target::Email)) => {
                let text = "say whose deal it is: map a column to the ids of contacts or to an e-mail address";
                problems.push(MappingError::new("columns", text));
            }
            ImportKind::Deals if !has(|t| matches!(t, Target::Stage)) => {
                problems.push(MappingError::new("columns", "say where the deals stand: map a column to the stage"));
            }
            ImportKind::Contacts | ImportKind::Companies | ImportKind::Deals => {}
        }
        let names = self.event_name.iter().chain(self.event_names.values());
        if names.into_iter().any(|name| name.trim().is_empty() || name.len() > events::NAME_BYTES_MAX) {
            let text = format!("an event name has 1 to {} bytes", events::NAME_BYTES_MAX);
            problems.push(MappingError::new("event_name", text));
        }
        problems
    }

    fn wrong_columns(&self, columns: &[String]) -> Vec<MappingError> {
        let known: HashSet<&str> = columns.iter().map(String::as_str).collect();
        let mut seen = HashSet::new();
        let mut problems = Vec::new();
        for rule in &self.columns {
            if !known.contains(rule.column.as_str()) {
                let shown: Vec<&str> = columns.iter().take(12).map(String::as_str).collect();
                let more = if columns.len() > shown.len() { ", …" } else { "" };
                let text = format!("the file has no column {}; it has {}{more}", rule.column, shown.join(", "));
                problems.push(MappingError::new(&rule.column, text));
            }
            if !seen.insert(&rule.column) {
                problems.push(MappingError::new(&rule.column, format!("the column {} has two rules", rule.column)));
            }
        }
        problems
    }

    /// Meanings that two columns claim and only one can have.
    fn doubles(&self) -> Vec<MappingError> {
        let mut claimed: HashMap<String, &str> = HashMap::new();
        let mut problems = Vec::new();
        for rule in &self.columns {
            let Some(place) = place_of(&rule.target) else { continue };
            if let Some(other) = claimed.insert(place.clone(), &rule.column) {
                let text = format!("{other} and {} are both mapped to {place}; only one can be", rule.column);
                problems.push(MappingError::new(&rule.column, text));
            }
        }
        problems
    }
}

/// What only one column can be, in words for a message; `None` for what many can be.
fn place_of(target: &Target) -> Option<String> {
    Some(match target {
        Target::Skip | Target::Properties | Target::PropertyElse { .. } | Target::Tags => return None,
        Target::Event => "the event".into(),
        Target::CallType => "the kind of call".into(),
        Target::Time { .. } => "the time".into(),
        Target::Person { namespace: PersonNamespace::User } => "the person's id".into(),
        Target::Person { namespace: PersonNamespace::Anonymous } => "the browser's id".into(),
        Target::Person { namespace: PersonNamespace::Former } => "the person's former id".into(),
        Target::MessageId => "the event's own id".into(),
        Target::Property { name, .. } => format!("the property {name}"),
        Target::Trait { name, .. } => format!("the trait {name}"),
        Target::Field { key, .. } => format!("the field {key}"),
        Target::FieldCurrency { key } => format!("the currency of the field {key}"),
        Target::Status => "the status".into(),
        Target::Discount { .. } => "the discount".into(),
        Target::Email => "the e-mail address".into(),
        Target::Phone => "the telephone number".into(),
        Target::FirstName => "the first name".into(),
        Target::LastName => "the last name".into(),
        Target::FullName => "the full name".into(),
        Target::Company => "the company".into(),
        Target::Locale => "the language".into(),
        Target::CreatedAt { .. } => "the date of entry".into(),
        Target::Consent => "the consent".into(),
        Target::OptOut => "the opt-out".into(),
        Target::ConsentAt { .. } => "the date of the consent".into(),
        Target::Note => "the note".into(),
        Target::RecordId => "the record's id".into(),
        Target::ContactIds => "the ids of the contacts".into(),
        Target::CompanyIds => "the ids of the companies".into(),
        Target::Owner => "the owner".into(),
        Target::Domain => "the domain".into(),
        Target::OrganisationNumber => "the organisation number".into(),
        Target::Address => "the address".into(),
        Target::DealTitle => "the title".into(),
        Target::Pipeline => "the funnel".into(),
        Target::Stage => "the stage".into(),
        Target::Amount { .. } => "the amount".into(),
        Target::Currency => "the currency".into(),
        Target::ClosedAt { .. } => "the date of the end".into(),
        Target::Reason => "the reason".into(),
        Target::ConsentFrom => "the address that the consent came from".into(),
    })
}
