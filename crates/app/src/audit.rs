//! Writing down who changed what, in the transaction of the change.

use serde_json::Value;
use store::{ConnectionTrait, audit::Entry};

use crate::{Actor, App, Result, permission::Permission};

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
