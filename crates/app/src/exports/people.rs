//! All people behind a number as a file.

use std::collections::HashMap;

use base::Timestamp;
use insight::funnel::PersonAtStep;
use insight::people::{PEOPLE_MAX, PeopleKind, Place};
use insight::query::Query;
use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{Cell, Table};
use super::{About, Exported, Format, file, in_query, place};
use crate::contacts::blank_hidden;
use crate::fields::{Entity, Fields};
use crate::insights::{self, Label, off_the_runtime};
use crate::{Actor, App, AppError, Result, audit, permission::Permission};

/// Whose names are looked up in one statement: SQLite takes 32,766 values.
const LOOKED_UP_AT_ONCE: usize = 5_000;

/// Which people of which number, as a file.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleExportRequest {
    /// The question: any insight but paths. This and the place are those of `POST /insights/people`.
    #[schema(value_type = Query)]
    pub query: Value,
    #[serde(default)]
    pub step: Option<usize>,
    #[serde(default)]
    pub kind: PeopleKind,
    #[serde(default)]
    pub value: Option<String>,
    #[serde(default)]
    pub at: Option<Timestamp>,
    #[serde(default)]
    pub cell: Option<usize>,
    #[serde(default)]
    pub series: Option<usize>,
    pub format: Format,
    /// What the file is called, without its ending; `people` when absent.
    #[serde(default)]
    pub name: Option<String>,
}

/// The people behind a number. Who took names out is written down.
pub async fn people(app: &App, actor: &Actor, request: PeopleExportRequest) -> Result<Exported> {
    actor.may(Permission::ContactsRead)?;
    let PeopleExportRequest { query, step, kind, value, at, cell, series, format, name } = request;
    let query = in_query(insights::read(app, actor, query).await)?;
    let question = insights::question(app, query, &Place { step, kind, value, at, cell, series })?;
    let _place = place(app).await?;
    let found = app.log.people(&question, PEOPLE_MAX).await?;
    refuse_too_many(found.total)?;
    let found = found.rows;
    let known = look_up(app, actor, &found).await?;
    let about = About::of(app, name.as_deref().unwrap_or_default(), "people");
    let count = found.len();
    let made =
        off_the_runtime(move || file(vec![table(&found, &known, format, &about)], format, None, &about)).await??;
    let tx = app.store.begin().await?;
    audit::record(app, &tx, actor, "people.export", "", json!({"people": count, "file": made.file_name})).await?;
    tx.commit().await?;
    Ok(made)
}

fn refuse_too_many(people: usize) -> Result<()> {
    if people <= PEOPLE_MAX {
        return Ok(());
    }
    let message = format!(
        "{people} people stand behind this number and a file takes {PEOPLE_MAX}: ask for a shorter time or one value"
    );
    Err(AppError::invalid("query", "too_many_people", message))
}

/// What is known of a person.
#[derive(Debug, Default)]
struct Known {
    label: Label,
    email: Option<String>,
}

async fn look_up(app: &App, actor: &Actor, people: &[PersonAtStep]) -> Result<HashMap<u32, Known>> {
    let fields = Fields::load(app.store.reader(), actor, Entity::Contact).await?;
    let mut known = HashMap::with_capacity(people.len());
    for people in people.chunks(LOOKED_UP_AT_ONCE) {
        let numbers: Vec<u32> = people.iter().map(|person| person.person).collect();
        let labels = insights::labels(app, &fields, &numbers).await?;
        let ids: Vec<_> = labels.values().filter_map(|label| label.contact_id).collect();
        let mut contacts = store::contacts::find_many(app.store.reader(), &ids).await?;
        contacts.iter_mut().for_each(|contact| blank_hidden(contact, &fields));
        let emails: HashMap<_, _> =
            contacts.into_iter().filter_map(|contact| Some((contact.id, contact.email?.to_string()))).collect();
        known.extend(labels.into_iter().map(|(person, label)| {
            let email = label.contact_id.and_then(|id| emails.get(&id).cloned());
            (person, Known { label, email })
        }));
    }
    Ok(known)
}

fn table<'a>(people: &'a [PersonAtStep], known: &'a HashMap<u32, Known>, format: Format, about: &About) -> Table<'a> {
    let rows = people.iter().map(|person| {
        let known = known.get(&person.person);
        let contact = known.and_then(|known| known.label.contact_id);
        vec![
            Cell::Count(u64::from(person.person)),
            contact.map_or(Cell::Empty, |id| Cell::Text(id.to_string().into())),
            known.map_or(Cell::Empty, |known| Cell::text(&known.label.text)),
            known.and_then(|known| known.email.as_deref()).map_or(Cell::Empty, Cell::text),
            Cell::at(person.entered_at),
            Cell::at(person.reached_at),
            person.value.as_deref().map_or(Cell::Empty, Cell::text),
        ]
    });
    // Sheets know no zones, so the heading says in which its times are; a CSV says it with each.
    let zone = match format {
        Format::Csv => String::new(),
        Format::Xlsx => format!(" ({})", about.zone.iana_name().unwrap_or("UTC")),
    };
    let header = [
        "Person".to_owned(),
        "Contact".to_owned(),
        "Name".to_owned(),
        "E-mail".to_owned(),
        format!("Entered{zone}"),
        format!("Reached{zone}"),
        "Value".to_owned(),
    ];
    Table::new("people", "People", header, people.len(), rows)
}
