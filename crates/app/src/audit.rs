//! Writing down who changed what, in the transaction of the change.

use std::sync::Arc;

use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use store::audit::{Cursor, Entry, Filter};
use store::{ConnectionTrait, page::Page};

use crate::contacts::page_limit;
use crate::exports::{Cell, Pages, RecordFormat, Streamed, stream};
use crate::{Actor, App, AppError, Result, permission::Permission};

/// The most entries in one answer.
pub const ENTRIES_MAX: u64 = 200;

/// Write an entry.
pub async fn record(
    app: &App,
    conn: &impl ConnectionTrait,
    actor: &Actor,
    action: &str,
    subject: impl ToString,
    detail: Value,
) -> Result<()> {
    let entry = Entry {
        id: app.new_id(),
        at: app.now(),
        actor: actor.audit_name(),
        action: action.to_owned(),
        subject: subject.to_string(),
        detail,
    };
    Ok(store::audit::insert(conn, &entry).await?)
}

/// The newest entries, of one subject or of all.
pub async fn newest(app: &App, actor: &Actor, subject: Option<&str>) -> Result<Vec<Entry>> {
    actor.may(Permission::Operate)?;
    Ok(store::audit::newest(app.store.reader(), subject, ENTRIES_MAX).await?)
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct AuditQuery {
    /// The id of what was changed.
    pub subject: Option<String>,
    /// The id of a user or key, or `system`.
    pub actor: Option<String>,
    /// A noun, `contact`, or what was done, `contact.update`.
    pub action: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Entries on a page: 1 to 500, 50 when absent.
    pub limit: Option<u64>,
}

impl AuditQuery {
    fn filter(&self) -> Filter {
        let Self { subject, actor, action, from, to, .. } = self.clone();
        Filter { subject, actor, action, from, to }
    }
}

/// A page of the audit log, newest first.
pub async fn list(app: &App, actor: &Actor, query: AuditQuery) -> Result<Page<Entry>> {
    actor.may(Permission::Operate)?;
    let after = query.cursor.as_deref().map(parse_cursor).transpose()?;
    let limit = page_limit(query.limit)?;
    let entries = store::audit::list(app.store.reader(), &query.filter(), after, limit + 1).await?;
    let cursor =
        |entry: &Entry| URL_SAFE_NO_PAD.encode(serde_json::json!([entry.at.ms(), entry.id.uuid()]).to_string());
    Ok(Page::cut(entries, limit, cursor))
}

fn parse_cursor(text: &str) -> Result<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    cursor.ok_or_else(|| AppError::invalid("cursor", "cursor", "pass next_cursor as it was given"))
}

/// Entries read at once for a file.
const READ_AT_ONCE: u64 = 1_000;

/// The audit log as a CSV: a row for each field that was changed, so that it can be filtered in a sheet.
pub async fn export(app: &Arc<App>, actor: &Actor, query: AuditQuery) -> Result<Streamed> {
    actor.may(Permission::Operate)?;
    let header = ["at", "actor", "action", "subject", "field", "before", "after"].map(str::to_owned).to_vec();
    let (filter, reader) = (query.filter(), app.clone());
    let pages: Pages = Box::new(move |place: Option<Value>| {
        let (filter, reader) = (filter.clone(), reader.clone());
        Box::pin(async move {
            let from = place.and_then(|place| serde_json::from_value(place).ok());
            let entries = store::audit::list(reader.store.reader(), &filter, from, READ_AT_ONCE).await?;
            let is_last = (entries.len() as u64) < READ_AT_ONCE;
            let last = entries.last().map(|entry| serde_json::json!([entry.at.ms(), entry.id.uuid()]));
            Ok((entries.iter().flat_map(rows).collect(), last.filter(|_| !is_last)))
        })
    });
    stream(app, header, pages, RecordFormat::Csv, false, "audit").await
}

/// A row for each field that an entry tells of.
fn rows(entry: &Entry) -> Vec<Vec<Cell<'static>>> {
    let text = |value: &Value| match value {
        Value::Null => Cell::Empty,
        Value::String(text) => Cell::Text(text.clone().into()),
        other => Cell::Text(other.to_string().into()),
    };
    let row = |field: &str, before: &Value, after: &Value| {
        let words = [entry.actor.clone(), entry.action.clone(), entry.subject.clone(), field.to_owned()];
        let mut cells = vec![Cell::At(entry.at)];
        cells.extend(words.map(|word| Cell::Text(word.into())));
        cells.extend([text(before), text(after)]);
        cells
    };
    let (before, after) = (&entry.detail["before"], &entry.detail["after"]);
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(|object| object.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    if names.is_empty() {
        return vec![row("", &Value::Null, &entry.detail)];
    }
    names.into_iter().map(|name| row(name, &before[name.as_str()], &after[name.as_str()])).collect()
}
