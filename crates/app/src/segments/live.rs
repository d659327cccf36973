//! Keeping segments up to date.
//!
//! Nothing of an audience is stored: it is gathered when the program starts, and whoever is found to have entered or left
//! a segment meanwhile enters or leaves it then. Whoever fails in the middle throws the audience away and gathers anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use base::{Id, id};
use funnel::condition::Condition;
use funnel::score::Scoring;
use funnel::segment::Audience;
use parking_lot::Mutex;

use super::keeper::{DRAFT, Keeper};
use super::{Stored, all};
use crate::{App, AppError, Result};

/// How long a rule that is being written is kept after it was last asked for: what it needs must not be gathered anew
/// for each word.
const DRAFT_LASTS_MS: i64 = 10 * 60_000;

/// The audience of an installation, and what it has to be told.
#[derive(Default)]
pub struct Live {
    keeper: tokio::sync::Mutex<Option<Keeper>>,
    /// Segments that were written or removed, and not yet taken in.
    noted: Mutex<Vec<Id<id::Segment>>>,
    /// The version of each segment by which its people were found.
    counted: Mutex<HashMap<Id<id::Segment>, i64>>,
    /// Whether it was looked whether there are any segments.
    has_looked: AtomicBool,
}

impl Live {
    /// A segment was written or removed.
    pub(super) fn note(&self, id: Id<id::Segment>) {
        self.noted.lock().push(id);
        self.has_looked.store(false, Ordering::Release);
    }

    /// Whether the people of a segment were found by its rule as it stands.
    pub(super) fn is_counted(&self, id: Id<id::Segment>, version: i64) -> bool {
        self.counted.lock().get(&id) == Some(&version)
    }

    pub(super) fn set_counted(&self, segment: &Stored) {
        self.counted.lock().insert(segment.id, segment.version);
    }
}

/// Bring all segments up to date. Answers how many people entered or left one.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let mut keeper = app.segments.keeper.lock().await;
    let done = match &mut *keeper {
        None => begin(app, &mut keeper).await,
        Some(_) => go_on(app, &mut keeper).await,
    };
    if done.is_err() {
        // Nothing is certain of what it knows.
        *keeper = None;
        app.segments.has_looked.store(false, Ordering::Release);
    }
    done
}

/// Whether something was written that no look has been shown yet: a database shows changes once none that began before
/// can still come. For tests, which must not end before.
#[cfg(any(test, feature = "testing"))]
pub async fn is_behind(app: &App) -> Result<bool> {
    match &*app.segments.keeper.lock().await {
        Some(keeper) => Ok(store::search::has_behind(app.store.reader(), keeper.place).await?),
        None => Ok(false),
    }
}

/// Gather everybody, when there are segments.
async fn begin(app: &Arc<App>, keeper: &mut Option<Keeper>) -> Result<usize> {
    if app.segments.has_looked.swap(true, Ordering::AcqRel) {
        return Ok(0);
    }
    if store::segments::count(app.store.reader()).await? == 0 {
        app.segments.noted.lock().clear();
        return Ok(0);
    }
    let (built, moved) = build(app).await?;
    *keeper = Some(built);
    Ok(moved)
}

/// Everybody as they are now. Whoever should have entered or left a segment does.
async fn build(app: &Arc<App>) -> Result<(Keeper, usize)> {
    loop {
        app.segments.noted.lock().clear();
        let segments = all(app.store.reader()).await?;
        let basis = basis(app);
        let audience = Audience::new(basis.0.clone(), app.company().zone());
        // What happens while it is gathered is taken in again afterwards.
        let place = store::search::place(app.store.reader()).await?;
        let upto = *app.log.end().borrow();
        let (lineage, _) = app.log.joined_since(events::Lineage::default());
        let mut keeper = Keeper::new(audience, basis, (upto, lineage, place));
        // All of them must be there before the first rule asks for another.
        for segment in &segments {
            keeper.put(segment.id, &segment.name, None);
        }
        keeper.chosen.clear();
        for segment in &segments {
            keeper.put(segment.id, &segment.name, segment.rule.clone());
        }
        keeper.audience.missing_fields();
        keeper.read_contacts(app).await?;
        if !keeper.complete(app).await? {
            continue;
        }
        keeper.read_chosen(app).await?;
        keeper = off_the_runtime(app, keeper, |keeper, now| drop(keeper.audience.look_at_everything(now))).await?;
        let changes = keeper.differences(app).await?;
        super::follow::write(app, &keeper, &changes).await?;
        segments.iter().for_each(|segment| app.segments.set_counted(segment));
        tracing::info!(segments = segments.len(), people = keeper.ids.len(), "segments are up to date");
        return Ok((keeper, changes.len()));
    }
}

/// What all rules are followed by, beside themselves: how temperature is found, and where contacts live of whom nothing is
/// known.
fn basis(app: &App) -> (Scoring, String) {
    let rules = app.running.rules();
    let scoring = rules.funnels.first().and_then(|funnel| funnel.doc.scoring.clone()).unwrap_or_default();
    (scoring, app.company().timezone.clone())
}

/// Looking at a million people must not hold up the requests of others.
async fn off_the_runtime(
    app: &App,
    mut keeper: Keeper,
    work: impl FnOnce(&mut Keeper, base::Timestamp) + Send + 'static,
) -> Result<Keeper> {
    let now = app.now();
    let done = tokio::task::spawn_blocking(move || {
        work(&mut keeper, now);
        keeper
    });
    done.await.map_err(|error| AppError::Internal(error.to_string()))
}

async fn go_on(app: &Arc<App>, slot: &mut Option<Keeper>) -> Result<usize> {
    let Some(keeper) = slot else { return Ok(0) };
    let noted = std::mem::take(&mut *app.segments.noted.lock());
    let followed = if keeper.basis == basis(app) { keeper.follow(app).await? } else { None };
    let Some(mut changes) = followed else {
        let (built, moved) = build(app).await?;
        *slot = Some(built);
        return Ok(moved);
    };
    let now = app.now();
    if keeper.drafted_at.is_some_and(|at| at.plus_ms(DRAFT_LASTS_MS) <= now) {
        keeper.drafted_at = None;
        keeper.audience.remove(DRAFT);
    }
    let mut counted = Vec::new();
    for id in noted {
        let Some(segment) = store::segments::find::<Condition>(app.store.reader(), id).await? else {
            keeper.remove(id);
            continue;
        };
        let Some(place) = keeper.put(id, &segment.name, segment.rule.clone()) else { continue };
        if !keeper.complete(app).await? {
            // The log is another one by now: the next look begins anew.
            app.segments.note(id);
            continue;
        }
        if segment.rule.is_none() {
            keeper.read_chosen(app).await?;
        }
        let moved = keeper.audience.look_at_all(place, now);
        changes.extend(keeper.changes(&moved));
        counted.push(segment);
    }
    super::follow::write(app, keeper, &changes).await?;
    counted.iter().for_each(|segment| app.segments.set_counted(segment));
    Ok(changes.len())
}

/// Who would be in a segment.
pub(super) struct Draft {
    pub(super) people: u64,
    pub(super) of: u64,
    pub(super) sample: Vec<Id<id::Contact>>,
    pub(super) took_ms: u64,
}

/// Find who would be in a segment of a rule.
pub(super) async fn draft(app: &Arc<App>, rule: Condition, sample: usize) -> Result<Draft> {
    let mut slot = app.segments.keeper.lock().await;
    if slot.is_none() {
        *slot = Some(build(app).await?.0);
    }
    let begun = Instant::now();
    let found = drafted(app, &mut slot, rule, sample).await;
    if found.is_err() {
        *slot = None;
        app.segments.has_looked.store(false, Ordering::Release);
    }
    found.map(|draft| Draft { took_ms: begun.elapsed().as_millis() as u64, ..draft })
}

async fn drafted(app: &Arc<App>, slot: &mut Option<Keeper>, rule: Condition, sample: usize) -> Result<Draft> {
    let broken = || AppError::Internal("the audience is gone".to_owned());
    let keeper = slot.as_mut().ok_or_else(broken)?;
    let place = keeper.audience.put(&funnel::segment::Definition { id: DRAFT, rule: Some(rule) });
    let place = place.map_err(|fault| AppError::invalid("rule", "fault", fault.to_string()))?;
    keeper.drafted_at = Some(app.now());
    if !keeper.complete(app).await? {
        return Err(AppError::conflict("busy", "the log is being cleaned up just now: try again in a moment"));
    }
    let keeper = slot.take().ok_or_else(broken)?;
    let keeper = off_the_runtime(app, keeper, move |keeper, now| drop(keeper.audience.look_at_all(place, now))).await?;
    let members = keeper.audience.members(place).take(sample);
    let draft = Draft {
        people: keeper.audience.count(place) as u64,
        of: keeper.people() as u64,
        sample: members.map(|who| Id::from_uuid(keeper.ids[who as usize])).collect(),
        took_ms: 0,
    };
    *slot = Some(keeper);
    Ok(draft)
}
