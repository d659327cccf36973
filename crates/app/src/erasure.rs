//! Erasing a person: the contact, what hangs on it, and everything the log knows of them under any of their keys.
//!
//! The log goes first and the contact last. What a crash interrupts can then be asked for again, because the contact is
//! still there; an erasure that the log has begun it finishes by itself. Backups made before hold the person until
//! they are replaced: keep them no longer than you have promised.

use base::{Id, id};
use events::PersonKey;
use serde_json::Value;

use crate::{Actor, App, AppError, Result, activities, audit, contacts, facts, permission::Permission};

/// Remove a contact and every trace of the person from database and event log. Answers once nothing is left.
///
/// # Errors
/// `NotFound`; `Conflict` when orders must be kept; the log's errors when the disk refuses, and then ask again.
pub async fn erase(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<()> {
    actor.may(Permission::ContactsDelete)?;
    let contact = store::contacts::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("contact"))?;
    // Whether it may go at all is asked before anything is gone for good; nothing of this try stays.
    let tx = app.store.begin().await?;
    contacts::remove(&tx, id).await?;
    drop(tx);
    let mut keys = vec![PersonKey::contact(&id)];
    // An address that was never verified may be somebody else's; then it is not theirs in the log either.
    if contact.is_email_verified
        && let Some(email) = &contact.email
    {
        keys.push(PersonKey::email(email));
    }
    erase_from_log(app, &keys).await?;
    let tx = app.store.begin().await?;
    let files = store::activities::files_of_contact(&tx, id).await?;
    contacts::remove(&tx, id).await?;
    // What was changed about them is about them, too.
    store::audit::forget_details(&tx, &id.to_string()).await?;
    store::bulk::forget_record(&tx, id.uuid()).await?;
    audit::record(app, &tx, actor, "contact.erase", id, Value::Null).await?;
    tx.commit().await?;
    activities::files::forget(app, &files).await?;
    // What was told of them in between.
    erase_from_log(app, &keys).await?;
    app.store.forget_deleted().await?;
    crate::search::forget(app).await?;
    Ok(())
}

async fn erase_from_log(app: &App, keys: &[PersonKey]) -> Result<()> {
    // Facts that wait would bring them back.
    facts::relay(app).await?;
    let mut people: Vec<u32> = keys.iter().filter_map(|key| app.log.person(key)).collect();
    people.sort_unstable();
    people.dedup();
    if !people.is_empty() {
        app.log.erase(&people).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contacts::ContactChange, permission::Role, testing};

    #[tokio::test]
    async fn a_person_is_gone_from_database_and_log_and_others_stay() {
        for test in testing::all().await {
            let app = &test.app;
            let create = async |email: &str, name: &str| {
                let change = ContactChange {
                    email: Some(email.to_owned()),
                    first_name: Some(name.to_owned()),
                    ..ContactChange::default()
                };
                contacts::create(app, &Actor::SYSTEM, change).await.unwrap().id
            };
            let (kari, ola) = (create("kari@example.no", "Kari").await, create("ola@example.no", "Ola").await);
            test.settle().await;
            let viewer = Actor::user(app.new_id(), Role::Viewer);
            assert!(erase(app, &viewer, kari).await.is_err());
            erase(app, &Actor::SYSTEM, kari).await.unwrap();
            assert_eq!(app.log.person(&PersonKey::contact(&kari)), None, "{}", test.name);
            assert!(app.log.person(&PersonKey::contact(&ola)).is_some(), "{}", test.name);
            assert!(matches!(erase(app, &Actor::SYSTEM, kari).await, Err(AppError::NotFound(_))));
            assert!(contacts::get(app, &Actor::SYSTEM, ola).await.is_ok());
            let entries = audit::newest(app, &Actor::SYSTEM, Some(&kari.to_string())).await.unwrap();
            assert!(entries.iter().any(|entry| entry.action == "contact.erase"), "{}", test.name);
            assert!(entries.iter().all(|entry| entry.detail.is_null()), "{}: {entries:?}", test.name);
        }
    }
}
