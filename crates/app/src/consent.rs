//! What people agreed to: one ledger, and the one place that reads it.
//!
//! Whether a mail may be sent to somebody at all is decided here too ([`held_back`]): a mailbox that does not exist
//! gets no more of any kind.
//!
//! Every mail, every export and every upload to an ad network asks [`is_given`]; nothing goes around it.

use std::collections::HashMap;

use base::{Email, Id, Locale, Timestamp, id};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use store::contacts::{Consent, Contact};
use store::messages::{Kind, Message};
use store::{ConnectionTrait, Tx};
use uuid::Uuid;

use crate::{
    App, Result, emails,
    facts::{self, Fact},
};

/// Trait of a contact whose address bounces: the receiving server has said for good that there is no such mailbox,
/// or a list that was brought in says so.
pub const BOUNCES_TRAIT: &str = "email_bounces";

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

/// What a file that was brought in says about consent to marketing mail.
pub(crate) struct Statement<'a> {
    /// Yes or no.
    pub is_given: bool,
    /// Since when, if the file says.
    pub at: Option<Timestamp>,
    /// What the file says, in words that stay readable: whose list, which state, from which address.
    pub wording: String,
    /// When the file came, for what it does not date.
    pub told_at: Timestamp,
    /// The import: taking it back takes back what it said.
    pub origin: &'a str,
}

/// What a file's word adds to a ledger, if it is news. It never turns a no that somebody said into a yes, unless it says
/// that the yes came later. Whoever brings files in writes it with all others of a batch.
pub(crate) fn imported(app: &App, contact: &Contact, ledger: &[Consent], says: Statement<'_>) -> Option<Consent> {
    let marketing = Purpose::Marketing.as_str();
    let of_purpose = || ledger.iter().filter(|known| known.purpose == marketing);
    let newest = of_purpose().max_by_key(|known| known.at);
    let is_known = of_purpose().any(|known| known.is_given == says.is_given && says.at.is_none_or(|at| at == known.at));
    let contradicts =
        says.is_given && newest.is_some_and(|newest| !newest.is_given && says.at.is_none_or(|at| at <= newest.at));
    if is_known || contradicts {
        return None;
    }
    Some(Consent {
        id: app.new_id(),
        contact_id: contact.id,
        purpose: marketing.to_owned(),
        is_given: says.is_given,
        wording: says.wording,
        locale: contact.locale.clone(),
        origin: says.origin.to_owned(),
        at: says.at.unwrap_or(says.told_at),
    })
}

/// Write down what imports said, as [`imported`] made it.
pub(crate) async fn record_imported(tx: &Tx, entries: &[Consent]) -> Result<()> {
    Ok(store::imports::insert_consents(tx, entries).await?)
}

/// The fact that goes with an entry that an import made.
pub(crate) fn imported_fact_name(entry: &Consent) -> &'static str {
    if entry.is_given { "Consent Given" } else { "Consent Withdrawn" }
}

/// A list that was brought in says that mail to the contact's address comes back.
pub(crate) fn mark_bouncing(contact: &mut Contact) {
    contact.traits.insert(BOUNCES_TRAIT.to_owned(), true.into());
}

/// Two contacts become one, whose ledger holds what both have said: where one of them has said no, the newest word of
/// both must be a no. Each entry that this takes names the
/// merge as its origin.
pub(crate) async fn keep_stricter(
    app: &App,
    tx: &Tx,
    kept: &Contact,
    other: Id<id::Contact>,
    merge: &str,
) -> Result<()> {
    let (ours, theirs) = (store::contacts::consents(tx, kept.id).await?, store::contacts::consents(tx, other).await?);
    for purpose in Purpose::ALL {
        let newest = |ledger: &[Consent]| ledger.iter().find(|entry| entry.purpose == purpose.as_str()).cloned();
        let (Some(ours), Some(theirs)) = (newest(&ours), newest(&theirs)) else { continue };
        if ours.is_given == theirs.is_given {
            continue;
        }
        let entry = Consent {
            id: app.new_id(),
            contact_id: kept.id,
            purpose: purpose.as_str().to_owned(),
            is_given: false,
            wording: MERGED_WORDING.to_owned(),
            locale: kept.locale.clone(),
            origin: merge.to_owned(),
            at: app.now(),
        };
        store::contacts::insert_consent(tx, &entry).await?;
        let fact = Fact::new("Consent Withdrawn", app.now(), &PersonKey::contact(&kept.id));
        let fact = fact.with("purpose", purpose.as_str()).with("origin", "merge").from_source(merge);
        facts::record(app, tx, fact).await?;
    }
    Ok(())
}

/// What the ledger says of a no that a merge has kept.
const MERGED_WORDING: &str = "Two contacts were merged, one of whom had said no: the stricter word stands.";

/// Whether the newest entry of the ledger for a purpose is a "yes". No entry is a "no".
pub async fn is_given(conn: &impl ConnectionTrait, contact: Id<id::Contact>, purpose: Purpose) -> Result<bool> {
    let ledger = store::contacts::consents(conn, contact).await?;
    Ok(ledger.iter().find(|entry| entry.purpose == purpose.as_str()).is_some_and(|entry| entry.is_given))
}

/// What several contacts last said about marketing mail, as imports write it, and when; without those never asked.
pub(crate) async fn marketing_of_many(
    conn: &impl ConnectionTrait,
    contacts: &[Id<id::Contact>],
) -> Result<HashMap<Uuid, (&'static str, Timestamp)>> {
    let ledgers = store::imports::consents_of(conn, contacts).await?;
    let newest = |(contact, ledger): (Id<id::Contact>, Vec<Consent>)| {
        let last = ledger.into_iter().find(|entry| entry.purpose == Purpose::Marketing.as_str())?;
        Some((contact.uuid(), (if last.is_given { "subscribed" } else { "unsubscribed" }, last.at)))
    };
    Ok(ledgers.into_iter().filter_map(newest).collect())
}

/// Whether the newest word on a purpose is a "no". Who was never asked has not said it.
pub async fn is_refused(conn: &impl ConnectionTrait, contact: Id<id::Contact>, purpose: Purpose) -> Result<bool> {
    let ledger = store::contacts::consents(conn, contact).await?;
    Ok(ledger.iter().find(|entry| entry.purpose == purpose.as_str()).is_some_and(|entry| !entry.is_given))
}

/// How the consents of a contact stand, as gates see them: of each purpose the last "yes", and the "no" after it.
pub async fn standing(conn: &impl ConnectionTrait, contact: Id<id::Contact>) -> Result<Vec<funnel::gate::Consent>> {
    let mut standing: Vec<funnel::gate::Consent> = Vec::new();
    let ledger = store::contacts::consents(conn, contact).await?;
    for entry in ledger.into_iter().rev() {
        let known = standing.iter_mut().find(|known| known.purpose == entry.purpose);
        match (known, entry.is_given) {
            (Some(known), true) => (known.given_at, known.withdrawn_at) = (entry.at, None),
            (Some(known), false) => known.withdrawn_at = known.withdrawn_at.or(Some(entry.at)),
            (None, true) => {
                let (purpose, given_at) = (entry.purpose, entry.at);
                standing.push(funnel::gate::Consent { purpose, given_at, withdrawn_at: None });
            }
            (None, false) => {}
        }
    }
    Ok(standing)
}

/// Why a mail must not go to its receiver, if so. Asked in the transaction that begins the sending, and nowhere else.
/// Mail to staff is not asked about.
pub async fn held_back(tx: &Tx, message: &Message) -> Result<Option<&'static str>> {
    if message.kind == Kind::Marketing {
        let is_allowed = match message.contact_id {
            Some(contact) => is_given(tx, contact, Purpose::Marketing).await?,
            None => false,
        };
        if !is_allowed {
            return Ok(Some("the contact has not agreed to marketing mail, or has taken it back"));
        }
    }
    let Some(id) = message.contact_id else { return Ok(None) };
    if message.kind == Kind::Personal
        && let Some(reason) = emails::held_back(tx, message, id).await?
    {
        return Ok(Some(reason));
    }
    let contact = store::contacts::find(tx, id).await?;
    let bounces = match contact.filter(|contact| contact.email.as_ref() == Some(&message.recipient)) {
        Some(contact) => bounces(&contact),
        // Written to an address that the contact no longer has: only the log of messages knows of it.
        None => store::messages::is_bad_address(tx, &message.recipient).await?,
    };
    Ok(bounces.then_some(
        "the last mail to this address came back: the mailbox does not exist; correct the contact's address, or try \
         the failed mail again if you know better",
    ))
}

/// Whether the contact's address is known to bounce.
pub fn bounces(contact: &Contact) -> bool {
    contact.traits.get(BOUNCES_TRAIT).is_some_and(|value| *value == serde_json::Value::Bool(true))
}

/// Note that mail to an address comes back for good, if it is still the contact's.
pub(crate) async fn note_bounce(app: &App, tx: &Tx, id: Id<id::Contact>, address: &Email) -> Result<()> {
    change_bounce(app, tx, id, Some(address), true).await
}

/// Forget that a contact's address bounces: a person tries again, or somebody has read what was sent there.
pub(crate) async fn forget_bounce(app: &App, tx: &Tx, id: Id<id::Contact>) -> Result<()> {
    change_bounce(app, tx, id, None, false).await
}

async fn change_bounce(app: &App, tx: &Tx, id: Id<id::Contact>, of: Option<&Email>, is_bad: bool) -> Result<()> {
    let Some(mut contact) = store::contacts::find(tx, id).await? else { return Ok(()) };
    let is_other = of.is_some_and(|address| contact.email.as_ref() != Some(address));
    if is_other || bounces(&contact) == is_bad {
        return Ok(());
    }
    if is_bad {
        contact.traits.insert(BOUNCES_TRAIT.to_owned(), true.into());
    } else {
        contact.traits.remove(BOUNCES_TRAIT);
    }
    contact.updated_at = app.now();
    Ok(store::contacts::update(tx, &contact).await?)
}
