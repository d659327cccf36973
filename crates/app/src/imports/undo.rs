//! Taking an import back.

use std::collections::HashSet;

use base::{Id, id};
use events::PersonKey;
use insight::record::Plan;
use store::imports::Import;
use uuid::Uuid;

use super::view::UndoResult;
use crate::{App, Result};

/// Contacts looked at in one transaction.
const BATCH: u64 = 500;

/// Remove what the import brought in. May be done again after a crash: what is gone is gone.
pub(super) async fn take_back(app: &App, import: &Import) -> Result<UndoResult> {
    let source = import.id.to_string();
    let mut result = UndoResult { events_removed: app.log.retract(&source).await?, ..UndoResult::default() };
    let active = active_since(app, import).await?;
    let mut after = None;
    loop {
        let conn = app.store.reader();
        let ids = store::imports::untouched_contacts(conn, &source, import.created_at, after, BATCH).await?;
        let Some(last) = ids.last().copied() else { break };
        after = Some(last);
        let ids = without_life(app, &source, ids, &active).await?;
        result.contacts_removed += remove(app, &ids).await?;
    }
    result.deals_removed = remove_deals(app, import).await?;
    result.companies_removed = remove_companies(app, import).await?;
    let tx = app.store.begin().await?;
    store::external_ids::forget(&tx, import.id).await?;
    result.consents_removed = store::imports::delete_consents(&tx, &source).await?;
    result.contacts_kept = store::imports::count_contacts(&tx, &source).await?;
    tx.commit().await?;
    Ok(result)
}

/// Remove the deals that the import made and nobody touched since.
async fn remove_deals(app: &App, import: &Import) -> Result<u64> {
    let (mut removed, mut after) = (0, Uuid::nil());
    loop {
        let tx = app.store.begin().await?;
        let made = store::external_ids::made_by(&tx, import.id, "deal", after, BATCH).await?;
        let Some((last, _)) = made.last() else { return Ok(removed) };
        after = *last;
        removed += store::deals::delete_untouched(&tx, &made).await?;
        tx.commit().await?;
    }
}

/// Remove the companies that the import made, that nobody touched since and that nobody works for.
async fn remove_companies(app: &App, import: &Import) -> Result<u64> {
    let (mut removed, mut after) = (0, Uuid::nil());
    loop {
        let tx = app.store.begin().await?;
        let made = store::external_ids::made_by(&tx, import.id, "company", after, BATCH).await?;
        let Some((last, _)) = made.last() else { return Ok(removed) };
        after = *last;
        removed += store::companies::delete_untouched(&tx, &made).await?;
        tx.commit().await?;
    }
}

/// People who did something since the file came: whoever they are, they are no mistake of the file.
async fn active_since(app: &App, import: &Import) -> Result<HashSet<u32>> {
    let plan = Plan { from: Some(import.created_at), ..Plan::default() };
    let records = app.log.scan(&plan).await?;
    Ok(records.rows.iter().map(|record| record.person).collect())
}

/// Those of the contacts who did nothing since and decided nothing here.
async fn without_life(
    app: &App,
    source: &str,
    ids: Vec<Id<id::Contact>>,
    active: &HashSet<u32>,
) -> Result<Vec<Id<id::Contact>>> {
    let ledgers = store::imports::consents_of(app.store.reader(), &ids).await?;
    let has_decided =
        |id: &Id<id::Contact>| ledgers.get(id).is_some_and(|ledger| ledger.iter().any(|entry| entry.origin != source));
    let is_active =
        |id: &Id<id::Contact>| app.log.person(&PersonKey::contact(id)).is_some_and(|person| active.contains(&person));
    Ok(ids.into_iter().filter(|id| !has_decided(id) && !is_active(id)).collect())
}

/// Remove contacts; those that orders or deals point at stay.
async fn remove(app: &App, ids: &[Id<id::Contact>]) -> Result<u64> {
    let tx = app.store.begin().await?;
    match store::imports::delete_contacts(&tx, ids).await {
        Ok(count) => {
            tx.commit().await?;
            return Ok(count);
        }
        Err(store::StoreError::Reference(_)) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    // Something points at one of them; one after the other, so that only that one stays.
    let mut removed = 0;
    for id in ids {
        let tx = app.store.begin().await?;
        match store::contacts::delete(&tx, *id).await {
            Ok(is_gone) => {
                tx.commit().await?;
                removed += u64::from(is_gone);
            }
            Err(store::StoreError::Reference(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(removed)
}
