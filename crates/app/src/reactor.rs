//! What must follow from events, wherever they came from: reads the log in order and changes SQL state.
//!
//! The cursor moves in the transaction of the effects, so each event has its effects exactly once.

use std::sync::Arc;

use events::{Position, StoredEvent};

use crate::{App, Result, facts};

const READER: &str = "reactor";
/// Events read at once; their effects share one transaction.
const BATCH: usize = 500;

/// React to what is new. Answers how many events were read.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let after = Position(store::outbox::cursor(app.store.reader(), READER).await?);
    if *app.log.end().borrow() <= after {
        return Ok(0);
    }
    let events = app.log.read_after(after, BATCH).await?;
    let Some(last) = events.last().map(|event| event.position) else { return Ok(0) };
    let tx = app.store.begin().await?;
    for event in &events {
        react(app, &tx, event).await?;
    }
    store::outbox::set_cursor(&tx, READER, last.0).await?;
    tx.commit().await?;
    facts::relay(app).await?;
    Ok(events.len())
}

/// The one list of what follows from an event.
async fn react(_app: &Arc<App>, _tx: &store::Tx, _event: &StoredEvent) -> Result<()> {
    Ok(())
}
