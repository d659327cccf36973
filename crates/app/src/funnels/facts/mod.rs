//! What a check may know of the company beside the document: its content, its figures, its people, its other funnels.

mod content;
mod measure;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use base::{Id, id};
use funnel::document::{FunnelDoc, Role};
use funnel::lint::facts::{Content, Facts, Measured, Team};
use funnel::template::templates;
use jiff::civil::Date;
use store::funnels::Funnel;
use store::users::User;

use crate::{App, Result};

pub(super) use measure::Measurements;

/// A funnel that has run for less waits for events that may still come; after it, an event that was never seen is told.
const SETTLED_AFTER_DAYS: i64 = 30;

/// What the program itself tells the log: it is known without having been seen.
const OWN_EVENTS: [&str; 23] = [
    "Page Viewed",
    "Form Submitted",
    "Lead Captured",
    "Lead Magnet Downloaded",
    "Offer Viewed",
    "Order Completed",
    "Order Invoiced",
    "Order Paid",
    "Order Cancelled",
    "Order Refunded",
    "Contact Created",
    "Consent Given",
    "Consent Withdrawn",
    "Unsubscribed",
    "Email Confirmed",
    "Email Verified",
    "Email Sent",
    "Email Opened",
    "Email Link Clicked",
    "Deal Created",
    "Stage Entered",
    "Deal Won",
    "Deal Assigned",
];

/// The facts about a company, for the check of one document.
pub(super) struct Company {
    today: Date,
    content: Content,
    measured: Option<Arc<Measured>>,
    team: Team,
    others: Vec<FunnelDoc>,
}

impl Company {
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            today: Some(self.today),
            content: Some(&self.content),
            measured: self.measured.as_deref(),
            team: Some(&self.team),
            others: &self.others,
        }
    }
}

/// How new the figures must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figures {
    /// Of the last minutes: somebody is writing, and looks at each change.
    Recent,
    /// Of this moment.
    Fresh,
}

/// What is known of the company, as far as it concerns a document. Its figures are those of the funnel of the same id
/// that runs, if there is one.
pub(super) async fn gather(app: &App, doc: &FunnelDoc, figures: Figures) -> Result<Company> {
    let rules = app.running.rules();
    let running = rules.funnels.iter().find(|funnel| funnel.doc.id == doc.id);
    let others: Vec<FunnelDoc> =
        rules.funnels.iter().filter(|funnel| funnel.doc.id != doc.id).map(|funnel| funnel.doc.clone()).collect();
    let zone = jiff::tz::TimeZone::get(&doc.timezone).unwrap_or_else(|_| app.company().zone());
    let mut content = content::gather(app, doc, &others).await?;
    content.events_seen = events_seen(app, running).await?;
    Ok(Company {
        today: app.now().to_jiff().to_zoned(zone).date(),
        content,
        measured: match running {
            Some(funnel) => app.running.measured.of(app, funnel, figures).await?,
            None => None,
        },
        team: team(&store::users::all(app.store.reader()).await?),
        others,
    })
}

/// The events that were seen. While a funnel is new, those that its templates are made of count as seen: nobody has
/// held the first meeting yet. Once it has run for a while only what really came does.
async fn events_seen(app: &App, running: Option<&Funnel>) -> Result<Vec<String>> {
    let mut seen: BTreeSet<String> = app.log.names().await?.into_iter().map(|(name, _)| name).collect();
    seen.extend(OWN_EVENTS.map(str::to_owned));
    let settled = app.now().plus_ms(-SETTLED_AFTER_DAYS * 24 * 3600 * 1000);
    if running.is_none_or(|funnel| funnel.created_at > settled) {
        seen.extend(vocabulary().iter().cloned());
    }
    Ok(seen.into_iter().collect())
}

/// The events that the templates name: what other programs, and people, tell of in these words.
fn vocabulary() -> &'static BTreeSet<String> {
    static WORDS: OnceLock<BTreeSet<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let documents = templates().iter().filter_map(|template| template.document().ok());
        documents.flat_map(|doc| events_of(&doc).into_iter().collect::<Vec<_>>()).collect()
    })
}

/// The events that a document waits for.
fn events_of(doc: &FunnelDoc) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for stage in &doc.stages {
        names.insert(stage.enters_on.event.clone());
        for rule in stage.gate.iter().flat_map(|gate| &gate.evidence) {
            names.insert(rule.event.clone());
            names.insert(rule.undone_by.clone());
        }
    }
    names.remove("");
    names
}

/// Who works there. A role that nobody ever had is done by the owner, who may do everything: a company of one person
/// has no marketer, and is told nothing. A role whose last holder was shut out has lost its owner.
fn team(users: &[User]) -> Team {
    let of = |role: Role, is_active: bool| {
        users.iter().filter(|user| user.role == role.as_str() && user.is_active == is_active).count()
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let roles: Vec<(Role, u32)> = Role::ALL.into_iter().map(|role| (role, count(of(role, true)))).collect();
    let stands_in = Role::ALL.into_iter().filter(|role| of(*role, true) == 0 && of(*role, false) == 0);
    let mut names: Vec<String> = stands_in.map(|role| role.as_str().to_owned()).collect();
    for user in users.iter().filter(|user| user.is_active) {
        names.extend([user.name.clone(), user.email.as_str().to_owned(), user.id.to_string()]);
    }
    Team { roles: alone(roles), names }
}

/// Who is alone cannot let somebody else approve. That is so on the first day of every company, and ends with the
/// second user: it is no fault of the document.
fn alone(mut roles: Vec<(Role, u32)>) -> Vec<(Role, u32)> {
    let working: u32 = roles.iter().filter(|(role, _)| *role != Role::Viewer).map(|(_, count)| *count).sum();
    if working == 1 {
        roles.iter_mut().filter(|(_, count)| *count == 1).for_each(|(_, count)| *count = 2);
    }
    roles
}

/// The funnel that runs under an id, as memory knows it.
pub(super) fn running(app: &App, id: Id<id::Funnel>) -> Option<Funnel> {
    app.running.rules().funnels.iter().find(|funnel| funnel.id == id).cloned()
}
