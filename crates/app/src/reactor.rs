//! What must follow from events, wherever they came from: reads the log in order and changes SQL state.
//!
//! The cursor moves in the transaction of the effects, before them, and only from where it was read: each event
//! has its effects exactly once, whatever crashes and however many reactors run.

use std::sync::Arc;

use events::{Position, StoredEvent};
use store::Tx;

use crate::{App, Result, deals, facts, funnels, funnels::Rules, routing};

/// The name of its cursor.
pub(crate) const READER: &str = "reactor";
/// Events read at once. Most follow from nothing and lead to nothing: the cursor moves over them in one go.
pub const BATCH: usize = 5_000;
/// Effects that share one transaction: while it is open nobody else writes.
const EFFECTS_MAX: usize = 200;

/// React to what is new. Answers how many events were read.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let after = Position(store::outbox::cursor(app.store.reader(), READER).await?);
    let end = *app.log.end().borrow();
    if end <= after {
        return Ok(0);
    }
    let events = app.log.read_after(after, BATCH).await?;
    let rules = app.running.rules();
    let mut effects = Vec::new();
    // Nothing is left of what was taken back: go on behind it.
    let mut last = end;
    let mut read = 0;
    for event in &events {
        effects.extend(prepare(app, &rules, event).await?);
        last = event.position;
        read += 1;
        if effects.len() >= EFFECTS_MAX {
            break;
        }
    }
    let tx = app.store.begin().await?;
    if !store::outbox::advance_cursor(&tx, READER, after.0, last.0).await? {
        // Somebody else has just done it. Their facts may still wait: the caller must look again.
        return Ok(read);
    }
    for effect in &effects {
        apply(app, &tx, &rules, effect).await?;
    }
    if !effects.is_empty() {
        routing::settle(app, &tx).await?;
    }
    tx.commit().await?;
    if !effects.is_empty() {
        if !Arc::ptr_eq(&rules, &app.running.rules()) {
            // Another version was published meanwhile: deals that were opened by the one before follow that.
            funnels::refresh(app).await?;
        }
        facts::relay(app).await?;
    }
    Ok(read)
}

/// What follows from an event.
enum Effect {
    /// A deal moves.
    Deal(deals::Reaction),
}

/// The one list of what may follow from an event. Looks at memory and at the log, not at the database: no
/// transaction is open.
async fn prepare(app: &App, rules: &Rules, event: &StoredEvent) -> Result<Option<Effect>> {
    Ok(deals::prepare(app, rules, event).await?.map(Effect::Deal))
}

async fn apply(app: &App, tx: &Tx, rules: &Rules, effect: &Effect) -> Result<()> {
    match effect {
        Effect::Deal(reaction) => deals::apply(app, tx, rules, reaction).await,
    }
}
