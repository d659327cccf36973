//! What a running installation is made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use base::{Clock, Id, Random, id::Kind};
use channels::mail::Mailer;
use events::EventLog;
use store::Store;

use crate::{
    Result, company::Company, jobs::Bell, keys::WriteKeys, messages::MailServer, secret::Signer, site::SiteHolder,
};

/// One company's installation: its state, its log and the outside world, all injected.
///
/// One data folder is one company. Several companies in one process are several `App` values, so a
/// query can never reach across.
pub struct App {
    /// SQL state.
    pub store: Store,
    /// Everything that happened.
    pub log: Arc<dyn EventLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Signs links and form times.
    pub signer: Signer,
    /// The data folder.
    pub folder: PathBuf,
    /// Sends mail in place of the server named in the settings: tests and the demo.
    pub mailer_override: Option<Arc<dyn Mailer>>,
    /// The connection to the mail server.
    pub mail: MailServer,
    /// Wakes the workers when there is something to do.
    pub bell: Bell,
    /// Imports between two slices of their work.
    pub imports: crate::imports::Parked,
    company: ArcSwap<Company>,
    /// Keys that may send events, checked without SQL.
    pub write_keys: WriteKeys,
    /// The funnels as they run: stages for the reactor, channels for every visit.
    pub running: crate::funnels::Running,
    /// Keeps facts in the order in which they were recorded.
    pub facts_order: crate::facts::FactsOrder,
    /// Tell visitors without a cookie apart.
    pub salts: crate::salt::VisitorSalts,
    /// Places for those who make files of numbers.
    pub exports: crate::exports::Places,
    /// What visitors can see, in memory.
    pub site: SiteHolder,
    /// Everything that can be found by its name.
    pub search: crate::search::SearchIndex,
    /// Who is in which segment.
    pub segments: crate::segments::Live,
}

/// What an [`App`] is made from.
pub struct Parts {
    /// SQL state.
    pub store: Store,
    /// The event log.
    pub log: Arc<dyn EventLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The data folder; it must exist.
    pub folder: PathBuf,
    /// Sends mail in place of the server named in the settings.
    pub mailer_override: Option<Arc<dyn Mailer>>,
}

impl App {
    /// Put the parts together and read what is kept in memory.
    pub async fn new(parts: Parts) -> Result<Arc<Self>> {
        let signer = Signer::open(&parts.folder, &*parts.random).map_err(|error| {
            crate::AppError::Internal(format!("{}/secret.key cannot be used: {error}", parts.folder.display()))
        })?;
        let company = crate::company::load(&parts.store).await?;
        let write_keys = WriteKeys::load(&parts.store).await?;
        let running = crate::funnels::Running::load(&parts.store).await?;
        let site = SiteHolder::load(&parts.store).await?;
        let salts = crate::salt::VisitorSalts::new(&parts.folder, parts.random.clone());
        Ok(Arc::new(Self {
            store: parts.store,
            log: parts.log,
            clock: parts.clock,
            random: parts.random,
            signer,
            folder: parts.folder,
            mailer_override: parts.mailer_override,
            mail: MailServer::default(),
            bell: Bell::default(),
            imports: crate::imports::Parked::default(),
            company: ArcSwap::from_pointee(company),
            write_keys,
            running,
            facts_order: crate::facts::FactsOrder::default(),
            salts,
            exports: crate::exports::Places::default(),
            site,
            search: crate::search::SearchIndex::default(),
            segments: crate::segments::Live::default(),
        }))
    }

    /// The company's settings, as they are now.
    pub fn company(&self) -> Arc<Company> {
        self.company.load_full()
    }

    pub(crate) fn set_company(&self, company: Company) {
        self.company.store(Arc::new(company));
    }

    /// The present moment.
    pub fn now(&self) -> base::Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        Id::new(&*self.clock, &*self.random)
    }

    /// Where uploaded files lie.
    pub fn files_folder(&self) -> PathBuf {
        Path::new(&self.folder).join("files")
    }
}
