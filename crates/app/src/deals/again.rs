//! Looking again at deals that time, or a change of what their gates look at, may move: a contact got a telephone
//! number, a minimum time is over, another version of the funnel was published.

use base::{Id, id};
use store::deals::Scope;

use super::case::Case;
use super::known::{Known, needed_since};
use super::moves::reactor_position;
use super::{pass, versions};
use crate::{App, Result, facts, routing};

/// Deals looked at in one go.
pub const LOOK_MAX: u64 = 100;
/// A deal that cannot be looked at waits that long, ms, and the others go on.
const POSTPONED_MS: i64 = 3600 * 1000;

/// Look at deals that are due. Answers how many. Doing it twice does no harm: a look changes what is due.
pub async fn look_again(app: &App) -> Result<usize> {
    let due = store::deals::due(app.store.reader(), app.now(), LOOK_MAX).await?;
    for id in &due {
        if let Err(error) = look(app, *id).await {
            tracing::error!(deal = %id, %error, "a deal could not be looked at again; trying again later");
            let tx = app.store.begin().await?;
            store::deals::postpone(&tx, *id, app.now().plus_ms(POSTPONED_MS)).await?;
            tx.commit().await?;
        }
    }
    if !due.is_empty() {
        facts::relay(app).await?;
    }
    Ok(due.len())
}

/// A transaction each: nobody waits for a hundred deals, and no two rows are held at once.
async fn look(app: &App, id: Id<id::Deal>) -> Result<()> {
    let Some(deal) = store::deals::find(app.store.reader(), id, Scope::All).await? else { return Ok(()) };
    let funnel = versions::followed(app, app.store.reader(), &deal).await?;
    let known = Known::read(app, deal.contact_id, needed_since(&funnel.doc, deal.opened_at)).await?;
    let tx = app.store.begin().await?;
    let Some(deal) = store::deals::find_for_update(&tx, id, Scope::All).await? else { return Ok(()) };
    let mut case = Case::of(app, &tx, deal, known).await?;
    let up_to = reactor_position(&tx).await?;
    pass::advance(app, &tx, &mut case, up_to, None).await?;
    routing::settle(app, &tx).await?;
    tx.commit().await?;
    Ok(())
}
