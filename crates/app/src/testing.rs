//! A ready [`App`] on every database, for tests here and above.

use std::sync::Arc;

use base::{SeededRandom, Timestamp, VirtualClock};
use channels::mail::{Mailer, RecordingMailer};
use events::{LocalLog, Options};

use crate::{Actor, App, Parts, accounts, deals, facts, jobs, permission::Role, reactor, routing, segments};

/// An installation in a folder of its own, on a clock that the test turns.
pub struct TestApp {
    /// `sqlite` or `postgres`, for messages.
    pub name: &'static str,
    /// The installation.
    pub app: Arc<App>,
    /// Its clock; begins at 2026-03-02 08:00 UTC, a Monday.
    pub clock: Arc<VirtualClock>,
    /// Its mail server.
    pub mailer: Arc<RecordingMailer>,
    /// The owner.
    pub owner: Actor,
    _folder: tempfile::TempDir,
    _store: store::testing::TestStore,
}

/// The password of every user that tests make.
pub const PASSWORD: &str = "correct horse battery";

/// One installation on SQLite.
pub async fn sqlite() -> TestApp {
    on(store::testing::sqlite().await).await
}

/// One installation on each database the suite must pass on.
pub async fn all() -> Vec<TestApp> {
    let mut apps = Vec::new();
    for store in store::testing::all().await {
        apps.push(on(store).await);
    }
    apps
}

async fn on(test_store: store::testing::TestStore) -> TestApp {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let start: Timestamp = "2026-03-02T08:00:00Z".parse().expect("a time");
    let clock = Arc::new(VirtualClock::at(start));
    let mailer = Arc::new(RecordingMailer::default());
    let log = LocalLog::open(&folder.path().join("log"), Options::default(), clock.clone()).expect("the log opens");
    let parts = Parts {
        store: test_store.store.clone(),
        log: Arc::new(log),
        clock: clock.clone(),
        random: Arc::new(SeededRandom::new(1)),
        folder: folder.path().to_owned(),
        mailer_override: Some(mailer.clone()),
    };
    let app = App::new(parts).await.expect("the app starts");
    let setup = accounts::Setup {
        company: "Test Clinic".to_owned(),
        name: "Ola Owner".to_owned(),
        email: "owner@example.com".to_owned(),
        password: PASSWORD.to_owned(),
        locale: "en".parse().expect("a locale"),
        currency: "NOK".parse().expect("a currency"),
        timezone: "Europe/Oslo".to_owned(),
    };
    let login = accounts::set_up(&app, setup).await.expect("the first run works");
    let owner = Actor::user(login.user.id, Role::Owner);
    TestApp { name: test_store.name, app, clock, mailer, owner, _folder: folder, _store: test_store }
}

impl TestApp {
    /// Do all that follows from what has happened: facts out, reactions, jobs that are due, until
    /// nothing is left to do at the present moment of the clock.
    pub async fn settle(&self) {
        const ROUNDS_MAX: usize = 1000;
        for _ in 0..ROUNDS_MAX {
            let relayed = facts::relay(&self.app).await.expect("facts go out");
            let reacted = reactor::step(&self.app).await.expect("the reactor works");
            let looked = deals::look_again(&self.app).await.expect("deals are looked at")
                + routing::tend(&self.app).await.expect("deals find somebody");
            let run = jobs::run_due(&self.app, 50).await.expect("jobs run");
            let moved = segments::step(&self.app).await.expect("segments are followed");
            if relayed + reacted + looked + run + moved > 0 {
                continue;
            }
            if !segments::is_behind(&self.app).await.expect("changes can be read") {
                return;
            }
            // Tests on one server wait for each other's transactions.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("the app does not come to rest");
    }

    /// The same installation, started again with another mailer; `None` takes the server of the settings.
    pub async fn restarted(&self, mailer: Option<Arc<dyn Mailer>>) -> Arc<App> {
        let parts = Parts {
            store: self.app.store.clone(),
            log: self.app.log.clone(),
            clock: self.app.clock.clone(),
            random: self.app.random.clone(),
            folder: self.app.folder.clone(),
            mailer_override: mailer,
        };
        App::new(parts).await.expect("the app starts again")
    }

    /// An actor in a role, with a user of its own.
    pub async fn actor(&self, role: Role) -> Actor {
        let request = accounts::NewUser {
            name: role.as_str().to_owned(),
            email: format!("{}@example.com", role.as_str()),
            password: PASSWORD.to_owned(),
            role,
            locale: "en".parse().expect("a locale"),
        };
        let user = accounts::create(&self.app, &self.owner, request).await.expect("a user");
        Actor::user(user.id, role)
    }
}
