//! Mail that came in: whose it is, and where it lies.
//!
//! It is matched by the mail of ours that it answers, else by its sender. Mail from nobody we know is counted and not
//! kept. Whatever delivers a mail may deliver it again: its Message-ID is kept once.

use base::{Email, Id, Timestamp, id};
pub use channels::mail::incoming::RAW_BYTES_MAX;
use channels::mail::incoming::{Attachment, IncomingMail, read};
use channels::mail::{Bounce, IncomingError};
use events::PersonKey;
use funnel::deal::DealStatus;
use serde::Serialize;
use store::activities::{Activity, EMAIL_SENT, Kind};
use store::contacts::Contact;
use store::deals::{Deal, Scope};
use store::emails::Letter;
use store::messages::{Message, State};
use store::{StoreError, Tx};

use super::inbox::{self, UnknownSenders};
use crate::activities::files::RecordUpload;
use crate::activities::{self, ActivityDetails, CallDirection, EmailDetails};
use crate::contacts::{self, Introduction};
use crate::facts::{self, Fact};
use crate::messages::settings;
use crate::notifications::{self, Notice, NotificationKind};
use crate::{Actor, App, AppError, Result, consent, permission::Permission, secret};

/// The outcome of an e-mail that a contact wrote.
pub const RECEIVED: &str = "received";
/// The outcome of one that a contact's program wrote.
pub const AUTOMATIC: &str = "automatic";

/// What became of a mail that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// It lies on a contact's timeline.
    Kept,
    /// It was there already.
    Known,
    /// It is from nobody we know: counted, not kept.
    Unknown,
    /// It tells that a mail of ours did not arrive, and that mail now says so.
    Bounce,
}

impl DeliveryOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Bounce => "bounce",
        }
    }
}

/// A mail that was taken.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Delivery {
    pub outcome: DeliveryOutcome,
    /// Where it lies.
    #[schema(required)]
    pub activity_id: Option<Id<id::Activity>>,
}

impl Delivery {
    fn of(outcome: DeliveryOutcome) -> Self {
        Self { outcome, activity_id: None }
    }
}

/// Take a mail as it came, headers and all. Doing so twice keeps it once.
pub async fn take(app: &App, actor: &Actor, raw: Vec<u8>) -> Result<Delivery> {
    actor.may(Permission::EmailsDeliver)?;
    let digest = secret::hash_bytes(&raw);
    let mail = tokio::task::spawn_blocking(move || read(&raw)).await;
    let mail = mail.map_err(|error| AppError::Internal(error.to_string()))?.map_err(unreadable)?;
    let delivery = match &mail.bounce {
        Some(bounce) => bounced(app, bounce).await?,
        None => keep(app, mail, digest).await?,
    };
    facts::relay(app).await?;
    app.bell.ring();
    Ok(delivery)
}

fn unreadable(error: IncomingError) -> AppError {
    let code = match error {
        IncomingError::TooLarge => "too_large",
        IncomingError::NoMail => "no_mail",
    };
    AppError::invalid("body", code, error.to_string())
}

/// Where a mail belongs.
struct Place {
    contact: Contact,
    deal: Option<Deal>,
    /// Whoever wrote it, when it is a colleague: a copy of what was sent from another program.
    writer: Option<store::users::User>,
    /// To whom it went.
    to: Option<Email>,
    /// Whoever wrote the mail that it answers.
    answered_author: Option<Id<id::User>>,
    /// The conversation of the mail that it answers.
    conversation_id: Option<Id<id::Activity>>,
}

async fn keep(app: &App, mail: IncomingMail, digest: [u8; 32]) -> Result<Delivery> {
    let message_id = mail.message_id.clone().unwrap_or_else(|| nameless(digest));
    if let Some(known) = known(app, &message_id).await? {
        return count(app, known).await;
    }
    let Some(place) = place(app, &mail).await? else {
        return count(app, Delivery::of(DeliveryOutcome::Unknown)).await;
    };
    let email = activity(app, &mail, &place)?;
    // Bytes go to the disk before the transaction. Should that fail, the sweep of files takes them away.
    let (email, files) = receive(app, email, &mail.attachments).await?;
    let letter = Letter {
        activity_id: email.id,
        message_id: Some(message_id.clone()),
        outgoing_id: None,
        sender_name: mail.from_name.clone(),
        reply_to: None,
        thread: mail.thread,
        is_answer: false,
        is_not_marketing: false,
        conversation_id: place.conversation_id,
    };
    let tx = app.store.begin().await?;
    match save(app, &tx, &email, &letter, &files, &place).await {
        Ok(()) => tx.commit().await?,
        // Somebody delivered the same mail meanwhile.
        Err(AppError::Store(StoreError::Taken(_))) => {
            drop(tx);
            let known = known(app, &message_id).await?;
            return count(app, known.unwrap_or(Delivery::of(DeliveryOutcome::Known))).await;
        }
        Err(error) => return Err(error),
    }
    Ok(Delivery { outcome: DeliveryOutcome::Kept, activity_id: Some(email.id) })
}

async fn save(app: &App, tx: &Tx, email: &Activity, letter: &Letter, files: &[Activity], place: &Place) -> Result<()> {
    let actor = &Actor::SYSTEM;
    activities::save_new(app, tx, actor, email).await?;
    store::emails::insert(tx, letter).await?;
    for file in files {
        activities::save_new(app, tx, actor, file).await?;
    }
    store::emails::count(tx, DeliveryOutcome::Kept.as_str(), app.now()).await?;
    let owner = place.deal.as_ref().and_then(|deal| deal.owner_id).or(place.contact.owner_id);
    match owner.or(place.answered_author).filter(|_| email.outcome == RECEIVED) {
        Some(user) => {
            let notice = Notice { user, kind: NotificationKind::Email, text: &email.title, about: email.into() };
            notifications::tell(app, tx, actor, notice, Some(format!("email {}", email.id))).await
        }
        None => Ok(()),
    }
}

/// A mail without a Message-ID is known again by its bytes.
fn nameless(digest: [u8; 32]) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256-{hex}@nameless.invalid")
}

/// Whether a mail is here already: it came before, or it is one that we sent.
async fn known(app: &App, message_id: &str) -> Result<Option<Delivery>> {
    let conn = app.store.reader();
    if let Some(letter) = store::emails::of_message_id(conn, message_id).await? {
        let activity_id = Some(letter.activity_id);
        return Ok(Some(Delivery { outcome: DeliveryOutcome::Known, activity_id }));
    }
    Ok(ours(app, message_id).await?.map(|_| Delivery::of(DeliveryOutcome::Known)))
}

async fn count(app: &App, delivery: Delivery) -> Result<Delivery> {
    let tx = app.store.begin().await?;
    store::emails::count(&tx, delivery.outcome.as_str(), app.now()).await?;
    tx.commit().await?;
    Ok(delivery)
}

/// The message that we sent under a Message-ID: its first half is the message's id.
async fn ours(app: &App, message_id: &str) -> Result<Option<Message>> {
    let Some((id, _)) = message_id.split_once('@') else { return Ok(None) };
    let Ok(id) = id.parse::<Id<id::Message>>() else { return Ok(None) };
    let found = store::messages::find(app.store.reader(), id).await?;
    Ok(found.filter(|message| message.message_id.as_deref() == Some(message_id)))
}

/// The mails of ours, or kept ones, that a mail answers: the newest that we know.
struct Answered {
    contact: Option<Id<id::Contact>>,
    activity: Option<Activity>,
}

async fn answered(app: &App, thread: &[String]) -> Result<Option<Answered>> {
    let conn = app.store.reader();
    for message_id in thread.iter().rev() {
        let (contact, letter) = match ours(app, message_id).await? {
            Some(message) => (message.contact_id, store::emails::of_message(conn, message.id).await?),
            None => (None, store::emails::of_message_id(conn, message_id).await?),
        };
        let activity = match letter {
            Some(letter) => store::activities::find(conn, letter.activity_id, Scope::All).await?,
            None => None,
        };
        // A merge moves the activity and the message alike.
        let contact = activity.as_ref().and_then(|activity| activity.contact_id).or(contact);
        if contact.is_some() {
            return Ok(Some(Answered { contact, activity }));
        }
    }
    Ok(None)
}

async fn place(app: &App, mail: &IncomingMail) -> Result<Option<Place>> {
    let conn = app.store.reader();
    let writer = match &mail.from {
        Some(from) => store::users::find_by_email(conn, from).await?,
        None => None,
    };
    let answered = answered(app, &mail.thread).await?;
    let (contact, to) = if writer.is_some() {
        receiver(app, mail).await?
    } else {
        let of_thread = match answered.as_ref().and_then(|answered| answered.contact) {
            Some(id) => store::contacts::find(conn, id).await?,
            None => None,
        };
        let sender = match &mail.from {
            Some(from) if of_thread.is_none() => store::contacts::find_by_email(conn, from).await?,
            _ => None,
        };
        (of_thread.or(sender), mail.to.first().cloned())
    };
    let contact = match contact {
        None if writer.is_none() => newcomer(app, mail).await?,
        found => found,
    };
    let Some(contact) = contact else { return Ok(None) };
    let before = answered.and_then(|answered| answered.activity).filter(|row| row.contact_id == Some(contact.id));
    let deal = deal(app, &contact, before.as_ref()).await?;
    let conversation_id = match &before {
        Some(before) => store::emails::find(conn, before.id).await?.map(|letter| letter.conversation()),
        None => None,
    };
    let answered_author = before.and_then(|before| before.author_id);
    Ok(Some(Place { contact, deal, writer, to, answered_author, conversation_id }))
}

/// A contact for whoever wrote, if the settings say so. What a program wrote, or we ourselves, makes none.
async fn newcomer(app: &App, mail: &IncomingMail) -> Result<Option<Contact>> {
    let conn = app.store.reader();
    let Some(from) = mail.from.clone().filter(|_| !mail.is_automatic) else { return Ok(None) };
    let incoming = inbox::load(conn).await?;
    if incoming.unknown_senders == UnknownSenders::LeaveOut {
        return Ok(None);
    }
    let own = settings::load(conn).await?;
    if [own.from_email, own.reply_to, incoming.answers_to].contains(&Some(from.clone())) {
        return Ok(None);
    }
    let introduction = Introduction {
        email: from.clone(),
        first_name: Some(mail.from_name.clone()).filter(|name| !name.is_empty()),
        last_name: None,
        phone: None,
        company: None,
        locale: app.company().default_locale(),
        channel: String::new(),
        visitor: None,
        origin: "e-mail".to_owned(),
    };
    // In a transaction of its own: should somebody add the same address just now, theirs is taken.
    let tx = app.store.begin().await?;
    match contacts::introduce(app, &tx, introduction).await {
        Ok(introduced) => {
            tx.commit().await?;
            Ok(Some(introduced.contact))
        }
        Err(AppError::Store(StoreError::Taken(_))) => {
            drop(tx);
            Ok(store::contacts::find_by_email(conn, &from).await?)
        }
        Err(error) => Err(error),
    }
}

/// The contact whom a colleague wrote to.
async fn receiver(app: &App, mail: &IncomingMail) -> Result<(Option<Contact>, Option<Email>)> {
    for to in &mail.to {
        if let Some(contact) = store::contacts::find_by_email(app.store.reader(), to).await? {
            return Ok((Some(contact), Some(to.clone())));
        }
    }
    Ok((None, None))
}

/// The deal of the mail that is answered, else the only one that is open.
async fn deal(app: &App, contact: &Contact, before: Option<&Activity>) -> Result<Option<Deal>> {
    let conn = app.store.reader();
    if let Some(before) = before {
        return match before.deal_id {
            Some(id) => Ok(store::deals::find(conn, id, Scope::All).await?),
            None => Ok(None),
        };
    }
    let open = store::deals::Filter {
        contact_id: Some(contact.id),
        status: Some(DealStatus::Open),
        ..store::deals::Filter::all(Scope::All)
    };
    let mut open = store::deals::list(conn, &open, store::deals::Sort::Newest, None, 2).await?.items;
    Ok(if open.len() == 1 { open.pop() } else { None })
}

fn activity(app: &App, mail: &IncomingMail, place: &Place) -> Result<Activity> {
    let actor = &Actor::SYSTEM;
    let about = (Some(place.contact.id), place.deal.as_ref().map(|deal| deal.id));
    let mut activity = activities::blank(app, actor, Kind::Email, about);
    let (direction, outcome) = match &place.writer {
        Some(writer) => {
            activity.author = writer.id.to_string();
            activity.author_id = Some(writer.id);
            (CallDirection::Outbound, EMAIL_SENT)
        }
        None if mail.is_automatic => (CallDirection::Inbound, AUTOMATIC),
        None => (CallDirection::Inbound, RECEIVED),
    };
    let details = EmailDetails {
        from: mail.from.as_ref().map(ToString::to_string).unwrap_or_default(),
        from_name: mail.from_name.clone(),
        to: place.to.as_ref().map(ToString::to_string).unwrap_or_default(),
        quoted: mail.quoted.clone(),
        is_automatic: mail.is_automatic,
        files_left_out: u32::try_from(mail.attachments_left_out).unwrap_or(u32::MAX),
    };
    activity.title.clone_from(&mail.subject);
    activity.body.clone_from(&mail.text);
    outcome.clone_into(&mut activity.outcome);
    // A clock that is ahead puts nothing into the future.
    activity.at = mail.date.unwrap_or_else(|| app.now()).clamp(Timestamp::from_ms(0), app.now());
    let direction = Some(direction);
    activity.details = ActivityDetails { direction, email: Some(details), ..ActivityDetails::default() }.json()?;
    Ok(activity)
}

/// Put the files of a mail onto the disk. What is not of a kind or size that records take is left out, and counted.
async fn receive(app: &App, mut email: Activity, attachments: &[Attachment]) -> Result<(Activity, Vec<Activity>)> {
    let mut files = Vec::new();
    let mut left_out = 0;
    for attachment in attachments {
        match RecordUpload::of_email(app, &email, &attachment.name, &attachment.bytes).await {
            Ok(file) => files.push(file),
            Err(AppError::Invalid(_) | AppError::Conflict { .. }) => left_out += 1,
            Err(error) => return Err(error),
        }
    }
    if left_out > 0 {
        let mut details = ActivityDetails::of(&email)?;
        if let Some(told) = &mut details.email {
            told.files_left_out = told.files_left_out.saturating_add(left_out);
        }
        email.details = details.json()?;
    }
    Ok((email, files))
}

/// A mail of ours came back. Only a report that names its Message-ID and its receiver is believed: nobody else can
/// know both, so nobody can have an address shut by writing to us.
async fn bounced(app: &App, bounce: &Bounce) -> Result<Delivery> {
    let message = match &bounce.message_id {
        Some(message_id) => ours(app, message_id).await?,
        None => None,
    };
    let is_of_receiver = |message: &Message| bounce.recipient.as_ref() == Some(&message.recipient);
    let Some(message) = message.filter(is_of_receiver) else {
        return count(app, Delivery::of(DeliveryOutcome::Unknown)).await;
    };
    // A delay is no failure, and a report that comes again changes nothing.
    if !bounce.is_permanent || message.state != State::Sent {
        return count(app, Delivery::of(DeliveryOutcome::Known)).await;
    }
    let tx = app.store.begin().await?;
    let message = Message {
        state: State::Failed,
        error: Some(format!("it came back: {}", bounce.reason)),
        is_bad_address: bounce.is_bad_address,
        finished_at: Some(app.now()),
        ..message
    };
    if !store::messages::replace(&tx, &message, message.attempts).await? {
        return Err(AppError::conflict("being_sent", "this mail is being sent again: deliver the report later"));
    }
    super::note_outcome(app, &tx, &message).await?;
    if let Some(contact) = message.contact_id {
        if bounce.is_bad_address {
            consent::note_bounce(app, &tx, contact, &message.recipient).await?;
        }
        let fact = Fact::new("Email Bounced", app.now(), &PersonKey::contact(&contact))
            .with("message", message.id.to_string())
            .with("template", message.template.as_str())
            .with("kind", message.kind.as_str())
            .with("reason", bounce.reason.as_str());
        facts::record(app, &tx, fact).await?;
    }
    store::emails::count(&tx, DeliveryOutcome::Bounce.as_str(), app.now()).await?;
    tx.commit().await?;
    Ok(Delivery::of(DeliveryOutcome::Bounce))
}
