//! Which version of its funnel's document a deal follows.

use std::sync::Arc;

use base::{Id, id};
use store::ConnectionTrait;
use store::deals::Deal;
use store::funnels::Funnel;

use super::known::is_looked_at;
use crate::{App, AppError, Result, funnels};

/// The documents that run, and the older ones that open deals still follow, in memory: the reactor asks them of every
/// event.
#[derive(Debug, Default)]
pub(crate) struct Followed(Vec<Arc<Funnel>>);

impl Followed {
    /// Read them.
    pub(crate) async fn read(conn: &impl ConnectionTrait, running: &[Funnel]) -> Result<Self, store::StoreError> {
        let mut all: Vec<Arc<Funnel>> = running.iter().cloned().map(Arc::new).collect();
        for version in store::deals::open_versions(conn).await? {
            if !all.iter().any(|known| known.id == version.funnel_id && known.version == version.number) {
                let older = store::funnels::find_version(conn, version.funnel_id, version.number).await?;
                all.extend(older.map(Arc::new));
            }
        }
        Ok(Self(all))
    }

    /// A version, if it is among them.
    pub(crate) fn get(&self, id: Id<id::Funnel>, version: i64) -> Option<&Arc<Funnel>> {
        self.0.iter().find(|known| known.id == id && known.version == version)
    }

    /// The version of a funnel that runs.
    pub(super) fn running(&self, id: Id<id::Funnel>) -> Option<&Arc<Funnel>> {
        // Those that run were read first.
        self.0.iter().find(|known| known.id == id)
    }

    /// Whether an event of a name may move any deal.
    pub(super) fn look_at(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.doc.wins_deal(name, None) || is_looked_at(&known.doc, name))
    }
}

/// The document that a deal follows. Deals that have ended may follow one that nobody else does any more.
pub(super) async fn followed(app: &App, conn: &impl ConnectionTrait, deal: &Deal) -> Result<Arc<Funnel>> {
    if let Some(known) = app.running.rules().followed.get(deal.funnel_id, deal.funnel_version) {
        return Ok(known.clone());
    }
    let found = store::funnels::find_version(conn, deal.funnel_id, deal.funnel_version).await?;
    found.map(Arc::new).ok_or(AppError::NotFound("funnel"))
}

/// A deal runs by a version that was not in memory: it came while another version was published, or was opened again.
pub(super) async fn remember(app: &App, deal: &Deal) -> Result<()> {
    if app.running.rules().followed.get(deal.funnel_id, deal.funnel_version).is_none() {
        funnels::refresh(app).await?;
    }
    Ok(())
}
