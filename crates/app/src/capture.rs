//! From a form that a visitor sent to a contact, its consent, and what it asked for.

use base::{Id, Locale, id};
use events::PersonKey;
use funnel::form::{ConsentPurpose, FormDef, Submission as Answers};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Tx;
use store::contacts::Contact;
use store::submissions::{Answer, Submission};

use crate::{
    App, AppError, Result,
    consent::{self, Decision, Purpose},
    contacts::{self, Introduction},
    facts::{self, Fact},
    jobs, links, messages,
};

/// Delivers a lead magnet by mail.
pub const DELIVER_MAGNET: &str = "deliver_magnet";
/// Asks by mail whether the address is theirs.
pub const CONFIRM_EMAIL: &str = "confirm_email";

/// What the jobs above are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub contact: Id<id::Contact>,
    pub submission: Id<id::Submission>,
    /// What to hand over; absent when only the address is to be confirmed.
    pub magnet: Option<Id<id::Magnet>>,
}

/// A form that was sent, checked.
pub struct Sent<'a> {
    pub page_id: Id<id::Page>,
    /// What those who make it call the page.
    pub page_name: &'a str,
    /// The form's block.
    pub form_id: &'a str,
    pub form: &'a FormDef,
    pub answers: Answers,
    pub locale: Locale,
    pub path: String,
    /// The variant of the page that was seen.
    pub variant: Option<String>,
    /// The form's token, used once.
    pub token: String,
    /// The browser.
    pub visitor: PersonKey,
    /// The channel of this visit.
    pub channel: String,
    /// Campaign parameters; click ids are among them only if the visitor agreed to tracking.
    pub touch: Map<String, Value>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// A lead, now.
    Now,
    /// Once the address is confirmed.
    AwaitsConfirmation,
    /// It was sent before: a double click.
    Repeated,
}

/// Take a form: one transaction for the contact, the consent, the facts and the jobs.
pub async fn submit(app: &App, sent: Sent<'_>) -> Result<Captured> {
    let tx = app.store.begin().await?;
    if store::submissions::is_token_used(&tx, &sent.token).await? {
        return Ok(Captured::Repeated);
    }
    let contact = contacts::introduce(app, &tx, introduction(&sent)).await?.contact;
    let awaits_confirmation = sent.form.double_opt_in && !contact.is_email_verified;
    let submission = submission(app, &sent, &contact, awaits_confirmation);
    store::submissions::insert(&tx, &submission).await?;
    facts::record(app, &tx, fact(app, &sent, &contact, "Form Submitted")).await?;
    facts::record(app, &tx, fact(app, &sent, &contact, "Lead Captured")).await?;
    if awaits_confirmation {
        let delivery = Delivery { contact: contact.id, submission: submission.id, magnet: None };
        jobs::enqueue(app, &tx, CONFIRM_EMAIL, delivery).await?;
    } else {
        keep_promises(app, &tx, &contact, &submission).await?;
    }
    tx.commit().await?;
    facts::relay(app).await?;
    app.bell.ring();
    Ok(if awaits_confirmation { Captured::AwaitsConfirmation } else { Captured::Now })
}

fn introduction(sent: &Sent<'_>) -> Introduction {
    let field = |name: &str| sent.answers.field(name).map(str::to_owned);
    // A form that asks for one name gets it split: the last word is the family name.
    let (first, last) = match field("name") {
        Some(name) => match name.trim().rsplit_once(' ') {
            Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
            None => (Some(name), None),
        },
        None => (None, None),
    };
    Introduction {
        email: sent.answers.email.clone(),
        first_name: field("first_name").or(first),
        last_name: field("last_name").or(last),
        phone: field("phone"),
        company: field("company"),
        locale: sent.locale.clone(),
        channel: sent.channel.clone(),
        visitor: Some(sent.visitor.clone()),
        origin: sent.path.clone(),
    }
}

fn submission(app: &App, sent: &Sent<'_>, contact: &Contact, awaits_confirmation: bool) -> Submission {
    let answer = |consent: &funnel::form::GivenConsent| Answer {
        purpose: purpose(consent.purpose).as_str().to_owned(),
        is_given: consent.is_given,
        wording: consent.text.clone(),
    };
    Submission {
        id: app.new_id(),
        page_id: sent.page_id,
        form_id: sent.form_id.to_owned(),
        contact_id: contact.id,
        magnet_id: sent.form.magnet.parse().ok(),
        fields: sent.answers.fields.clone(),
        consents: sent.answers.consents.iter().map(answer).collect(),
        locale: sent.locale.clone(),
        path: sent.path.clone(),
        token: sent.token.clone(),
        created_at: app.now(),
        confirmed_at: (!awaits_confirmation).then(|| app.now()),
    }
}

fn purpose(purpose: ConsentPurpose) -> Purpose {
    match purpose {
        ConsentPurpose::Marketing => Purpose::Marketing,
        ConsentPurpose::Terms => Purpose::Terms,
        ConsentPurpose::SpecialData => Purpose::SpecialData,
    }
}

fn fact(app: &App, sent: &Sent<'_>, contact: &Contact, name: &str) -> Fact {
    let mut fact = Fact::new(name, app.now(), &PersonKey::contact(&contact.id))
        .with("page", sent.page_name)
        .with("path", sent.path.as_str())
        .with("form", if sent.form.name.is_empty() { sent.form_id } else { &sent.form.name })
        .with("variant", sent.variant.clone())
        .with("locale", sent.locale.as_str())
        .with("channel", sent.channel.as_str());
    for (key, value) in &sent.touch {
        fact = fact.with(key, value.clone());
    }
    fact
}

/// Write the consents down and hand over what was asked for.
async fn keep_promises(app: &App, tx: &Tx, contact: &Contact, submission: &Submission) -> Result<()> {
    for answer in &submission.consents {
        // Not ticking a box is no withdrawal of what was agreed to before.
        if !answer.is_given {
            continue;
        }
        let purpose = Purpose::parse(&answer.purpose)
            .ok_or_else(|| AppError::Internal(format!("an unknown purpose of consent: {}", answer.purpose)))?;
        let decision = Decision {
            purpose,
            is_given: true,
            wording: answer.wording.clone(),
            locale: submission.locale.clone(),
            origin: submission.path.clone(),
        };
        consent::record(app, tx, contact, decision).await?;
    }
    messages::notify_of_lead(app, tx, contact.id, submission.id).await?;
    if let Some(magnet) = submission.magnet_id {
        let delivery = Delivery { contact: contact.id, submission: submission.id, magnet: Some(magnet) };
        jobs::enqueue(app, tx, DELIVER_MAGNET, delivery).await?;
    }
    Ok(())
}

/// The link of a confirmation mail was opened and the button on its page pressed. A second time changes nothing.
pub async fn confirm(app: &App, signed: &str, visitor: &PersonKey) -> Result<Submission> {
    let (submission_id, contact_id) = links::open::<id::Submission>(app, links::Link::Confirm, signed)?;
    let tx = app.store.begin().await?;
    let submission =
        store::submissions::find(&tx, submission_id).await?.ok_or(AppError::NotFound("form that was sent"))?;
    let contact = contacts::verify_email(app, &tx, contact_id, Some(visitor)).await?;
    if store::submissions::confirm(&tx, submission_id, app.now()).await? {
        let fact = Fact::new("Email Confirmed", app.now(), &PersonKey::contact(&contact_id))
            .with("path", submission.path.as_str());
        facts::record(app, &tx, fact).await?;
        keep_promises(app, &tx, &contact, &submission).await?;
    }
    tx.commit().await?;
    facts::relay(app).await?;
    app.bell.ring();
    Ok(submission)
}

/// Whoever has the link of a mail takes consent to marketing back.
pub async fn unsubscribe(app: &App, signed: &str) -> Result<Contact> {
    let (message_id, contact_id) = links::open::<id::Message>(app, links::Link::Unsubscribe, signed)?;
    let tx = app.store.begin().await?;
    let contact = store::contacts::find(&tx, contact_id).await?.ok_or(AppError::NotFound("contact"))?;
    if consent::is_given(&tx, contact_id, Purpose::Marketing).await? {
        let decision = Decision {
            purpose: Purpose::Marketing,
            is_given: false,
            wording: String::new(),
            locale: contact.locale.clone(),
            origin: "unsubscribe".to_owned(),
        };
        consent::record(app, &tx, &contact, decision).await?;
        let fact = Fact::new("Unsubscribed", app.now(), &PersonKey::contact(&contact_id))
            .with("message", message_id.to_string());
        facts::record(app, &tx, fact).await?;
    }
    tx.commit().await?;
    facts::relay(app).await?;
    Ok(contact)
}
