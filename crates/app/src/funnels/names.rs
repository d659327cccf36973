//! What those are called who change funnels.

use std::collections::HashMap;

use crate::{App, Result};

/// The names of all users, also of those who were shut out.
pub(super) struct Names(HashMap<String, String>);

impl Names {
    pub(super) async fn read(app: &App) -> Result<Self> {
        let users = store::users::all(app.store.reader()).await?;
        Ok(Self(users.into_iter().map(|user| (user.id.to_string(), user.name)).collect()))
    }

    /// The name of a user; a key and the program itself are called as the audit log calls them.
    pub(super) fn of(&self, audit_name: &str) -> String {
        self.0.get(audit_name).cloned().unwrap_or_else(|| audit_name.to_owned())
    }
}
