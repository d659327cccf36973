//! What people agreed to: one ledger, and the one place that reads it.
//!
//! Every mail, every export and every upload to an ad network asks [`is_given`]; nothing goes around it.

use base::{Id, Locale, id};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use store::contacts::{Consent, Contact};
use store::{ConnectionTrait, Tx};

use crate::{
    App, Result,
    facts::{self, Fact},
};

/// What consent is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Mail that was not asked for message by message.
    Marketing,
    /// A cookie, click ids, the history of what was seen.
    Tracking,
    /// Terms that are a condition of what is asked for.
    Terms,
    /// Handling of special data, such as health.
    SpecialData,
}

impl Purpose {
    const ALL: [Purpose; 4] = [Self::Marketing, Self::Tracking, Self::Terms, Self::SpecialData];

    /// The purpose of a text of the ledger.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }

    /// The text in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Tracking => "tracking",
            Self::Terms => "terms",
            Self::SpecialData => "special_data",
        }
    }
}

/// One "yes" or "no" to be written down.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What for.
    pub purpose: Purpose,
    /// Yes or no.
    pub is_given: bool,
    /// The exact words that were agreed to.
    pub wording: String,
    /// The language of the words.
    pub locale: Locale,
    /// Where: a page's path, `unsubscribe`, an import.
    pub origin: String,
}

/// Add a decision to the ledger.
pub async fn record(app: &App, tx: &Tx, contact: &Contact, decision: Decision) -> Result<()> {
    let name = if decision.is_given { "Consent Given" } else { "Consent Withdrawn" };
    let fact = Fact::new(name, app.now(), &PersonKey::contact(&contact.id))
        .with("purpose", decision.purpose.as_str())
        .with("origin", decision.origin.as_str());
    let entry = Consent {
        id: app.new_id(),
        contact_id: contact.id,
        purpose: decision.purpose.as_str().to_owned(),
        is_given: decision.is_given,
        wording: decision.wording,
        locale: decision.locale,
        origin: decision.origin,
        at: app.now(),
    };
    store::contacts::insert_consent(tx, &entry).await?;
    facts::record(app, tx, fact).await
}

/// Whether the newest entry of the ledger for a purpose is a "yes". No entry is a "no".
pub async fn is_given(conn: &impl ConnectionTrait, contact: Id<id::Contact>, purpose: Purpose) -> Result<bool> {
    let ledger = store::contacts::consents(conn, contact).await?;
    Ok(ledger.iter().find(|entry| entry.purpose == purpose.as_str()).is_some_and(|entry| entry.is_given))
}
