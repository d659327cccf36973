//! Making the index, and keeping it up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use search::{Entry, Index};
use store::search::{NOUNS, Place, Texts};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::in_background;
use crate::{App, Result};

/// Things read at once: so many make a segment in a third of a second.
const BATCH: u64 = 10_000;
/// Changes read at once: their ids stand in one statement.
const CHANGES: u64 = 500;
/// Changes kept for other programs on the same database; whoever is further behind builds anew.
const CHANGES_KEPT: i64 = 200_000;

/// The index and how far it is.
#[derive(Debug, Default)]
pub struct SearchIndex {
    pub(super) index: Arc<Index>,
    /// Up to where changes are in; absent before it is made. Held by whoever brings it up to date.
    place: Mutex<Option<Place>>,
    is_complete: AtomicBool,
    /// The texts that lists are filtered by, and up to where changes are in them at least; absent while they are read.
    /// What is read anew is read into another place, so that nobody looks through half of it.
    texts: RwLock<Option<(Place, Arc<search::Texts>)>>,
}

impl SearchIndex {
    /// Whether everything is in.
    pub fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Acquire)
    }

    /// The texts, and up to where changes are in them.
    pub(super) fn texts(&self) -> Option<(Place, Arc<search::Texts>)> {
        self.texts.read().clone()
    }
}

/// Bring the index up to date, unless somebody is at it: who looks for something does not wait for a million names.
pub async fn catch_up(app: &App) -> Result<()> {
    match app.search.place.try_lock() {
        Ok(mut place) => follow(app, &mut place).await,
        Err(_) if app.search.is_complete() => {
            // A moment, so that what somebody has just saved is found.
            let mut place = app.search.place.lock().await;
            follow(app, &mut place).await
        }
        Err(_) => Ok(()),
    }
}

/// Make the index if it is not made, and take in what changed. The background calls it by and by.
pub async fn keep_up(app: &App) -> Result<()> {
    let mut place = app.search.place.lock().await;
    follow(app, &mut place).await
}

/// Take in all that was written, also what a database does not show yet because an older transaction is open: for tests.
#[cfg(test)]
pub(super) async fn catch_up_wholly(app: &App) -> Result<()> {
    loop {
        keep_up(app).await?;
        let place = app.search.place.lock().await.unwrap_or_default();
        if !store::search::has_behind(app.store.reader(), place).await? {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn follow(app: &App, place: &mut Option<Place>) -> Result<()> {
    let conn = app.store.reader();
    let (mut here, texts) = match (*place, app.search.texts()) {
        (Some(here), Some((_, texts))) if !store::search::is_cut(conn, here).await? => (here, texts),
        _ => {
            app.search.is_complete.store(false, Ordering::Release);
            *app.search.texts.write() = None;
            // What changes while the tables are read is read again afterwards.
            let here = store::search::place(conn).await?;
            let texts = Arc::default();
            build(app, &texts).await?;
            (here, texts)
        }
    };
    loop {
        let changes = store::search::changes(conn, here, CHANGES).await?;
        let Some(last) = changes.last() else { break };
        here = Place { transaction: last.transaction_id, number: last.number };
        let mut changed: HashMap<&str, HashSet<Uuid>> = HashMap::new();
        for change in &changes {
            changed.entry(&change.noun).or_default().insert(change.thing_id);
        }
        for (noun, ids) in changed {
            take(app, &texts, noun, ids).await?;
        }
        *place = Some(here);
        *app.search.texts.write() = Some((here, texts.clone()));
    }
    *place = Some(here);
    *app.search.texts.write() = Some((here, texts));
    app.search.is_complete.store(true, Ordering::Release);
    Ok(())
}

async fn build(app: &App, written: &Arc<search::Texts>) -> Result<()> {
    for (place, noun) in NOUNS.iter().enumerate() {
        let mut after = Uuid::nil();
        loop {
            let texts = noun.after(app.store.reader(), after, BATCH).await?;
            let Some(last) = texts.last() else { break };
            after = last.id;
            let (index, written) = (app.search.index.clone(), written.clone());
            in_background(move || {
                written.change(place as u8, texts.iter().map(|texts| (texts.id, texts.written())));
                index.put(entries(place, texts));
            })
            .await?;
        }
    }
    Ok(())
}

/// Take in things of a noun as they are now.
async fn take(app: &App, written: &Arc<search::Texts>, noun: &str, ids: HashSet<Uuid>) -> Result<()> {
    // A noun of a newer program on the same database.
    let Some(place) = NOUNS.iter().position(|known| known.name == noun) else { return Ok(()) };
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let texts = NOUNS[place].of(app.store.reader(), &ids).await?;
    let found: HashSet<Uuid> = texts.iter().map(|texts| texts.id).collect();
    let gone: Vec<(u8, Uuid)> = ids.into_iter().filter(|id| !found.contains(id)).map(|id| (place as u8, id)).collect();
    let (index, written) = (app.search.index.clone(), written.clone());
    in_background(move || {
        let changed = texts.iter().map(|texts| (texts.id, texts.written()));
        written.change(place as u8, changed.chain(gone.iter().map(|(_, id)| (*id, None))));
        index.put(entries(place, texts));
        if !gone.is_empty() {
            index.remove(&gone);
        }
    })
    .await
}

fn entries(place: usize, texts: Vec<Texts>) -> Vec<Entry> {
    let entry = |texts: Texts| Entry {
        noun: place as u8,
        id: texts.id,
        owner: texts.owner,
        name: texts.title,
        more: texts.more,
        phone: texts.phone,
    };
    texts.into_iter().map(entry).collect()
}

/// Leave nothing in memory of what was removed: somebody was erased.
pub async fn forget(app: &App) -> Result<()> {
    keep_up(app).await?;
    let index = app.search.index.clone();
    in_background(move || index.compact()).await
}

/// Cut the list of changes.
pub async fn tidy(app: &App) -> Result<()> {
    let tx = app.store.begin().await?;
    store::search::cut(&tx, CHANGES_KEPT, app.now()).await?;
    Ok(tx.commit().await?)
}
