//! The jobs that send mail. What a job is told are ids; what the mail says is read when it runs.

use base::{Email, Id, id};
use channels::mail::Mailbox;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::contacts::Contact;
use store::jobs::Job;
use store::magnets::Gift;
use store::messages::Kind;
use store::submissions::Submission;
use store::{ConnectionTrait, Tx};

use super::letter::{self, Letter};
use super::{settings, templates};
use crate::capture::{CONFIRM_EMAIL, DELIVER_MAGNET, Delivery};
use crate::orders::{self, CONFIRMATION_JOB, OrderDetail};
use crate::{
    App, AppError, Result,
    jobs::{self, JobError},
    links::{self, CONFIRM_LASTS_MS, DOWNLOAD_LASTS_MS, Link},
};

/// Tells staff of a new lead.
pub const NEW_LEAD_NOTICE: &str = "new_lead_notice";
/// Sends one message of the log.
pub const SEND_MESSAGE: &str = "send_message";

/// The kinds of jobs that send mail, and so may wait for its settings.
pub const KINDS: [&str; 5] = [DELIVER_MAGNET, CONFIRM_EMAIL, CONFIRMATION_JOB, NEW_LEAD_NOTICE, SEND_MESSAGE];

/// What [`NEW_LEAD_NOTICE`] is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewLead {
    pub contact: Id<id::Contact>,
    pub submission: Id<id::Submission>,
}

/// What [`SEND_MESSAGE`] is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendMessage {
    pub message: Id<id::Message>,
}

/// What [`CONFIRMATION_JOB`] is told.
#[derive(Debug, Clone, Deserialize)]
struct OrderConfirmation {
    order: Id<id::Order>,
}

/// Carry out a job of one of [`KINDS`].
pub(crate) async fn run(app: &App, job: &Job) -> Result<(), JobError> {
    match job.kind.as_str() {
        DELIVER_MAGNET => deliver_magnet(app, job).await,
        CONFIRM_EMAIL => confirm_email(app, job).await,
        CONFIRMATION_JOB => order_confirmation(app, job).await,
        NEW_LEAD_NOTICE => new_lead_notice(app, job).await,
        SEND_MESSAGE => send_message(app, job).await,
        other => Err(JobError::Dead(format!("jobs of the kind {other} send no mail"))),
    }
}

fn payload<T: DeserializeOwned>(job: &Job) -> Result<T, JobError> {
    serde_json::from_value(job.payload.clone())
        .map_err(|error| JobError::Dead(format!("the job does not say what to do: {error}")))
}

async fn contact_of(app: &App, id: Id<id::Contact>) -> Result<Contact> {
    store::contacts::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("contact any more"))
}

async fn submission_of(app: &App, id: Id<id::Submission>) -> Result<Submission> {
    store::submissions::find(app.store.reader(), id).await?.ok_or(AppError::NotFound("form that was sent any more"))
}

fn mailbox_of(contact: &Contact) -> Result<Mailbox, JobError> {
    let email = contact.email.clone();
    let email = email.ok_or_else(|| JobError::Dead("the contact has no e-mail address any more".to_owned()))?;
    Ok(mailbox(&format!("{} {}", contact.first_name, contact.last_name), email))
}

fn mailbox(name: &str, email: Email) -> Mailbox {
    Mailbox { name: Some(name.trim().to_owned()).filter(|name| !name.is_empty()), email }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

async fn deliver_magnet(app: &App, job: &Job) -> Result<(), JobError> {
    let delivery: Delivery = payload(job)?;
    let magnet_id = delivery.magnet.ok_or_else(|| JobError::Dead("the job names no lead magnet".to_owned()))?;
    let found = store::magnets::find(app.store.reader(), magnet_id).await.map_err(AppError::from)?;
    let magnet = found.ok_or(AppError::NotFound("lead magnet any more: choose another in the form"))?;
    let contact = contact_of(app, delivery.contact).await?;
    let mut facts = json!({"title": magnet.name});
    let mut links = Map::new();
    match &magnet.gift {
        Gift::Code(code) => facts["code"] = code.as_str().into(),
        Gift::File(_) | Gift::Url(_) => {
            let download = links::address(app, Link::Download, magnet.id, contact.id);
            links.insert("download".to_owned(), download.into());
            links.insert("expires_at".to_owned(), json!(letter::expiry(app, DOWNLOAD_LASTS_MS)));
        }
    }
    let letter = Letter {
        key: format!("{DELIVER_MAGNET} {} {magnet_id}", delivery.submission),
        kind: Kind::Transactional,
        template: templates::LEAD_MAGNET,
        to: mailbox_of(&contact)?,
        wish: contact.locale.clone(),
        contact: Some(&contact),
        facts: object(json!({"magnet": facts})),
        links,
        // It was asked for, and most who ask also agree to more: whoever regrets finds the way out here.
        is_unsubscribable: true,
        needs_site: true,
    };
    letter::deliver(app, job, letter).await
}

async fn confirm_email(app: &App, job: &Job) -> Result<(), JobError> {
    let delivery: Delivery = payload(job)?;
    let submission = submission_of(app, delivery.submission).await?;
    if submission.confirmed_at.is_some() {
        return Ok(());
    }
    let contact = contact_of(app, delivery.contact).await?;
    let magnet = match submission.magnet_id {
        Some(id) => store::magnets::find(app.store.reader(), id).await.map_err(AppError::from)?,
        None => None,
    };
    let confirm = links::address(app, Link::Confirm, submission.id, contact.id);
    let letter = Letter {
        key: format!("{CONFIRM_EMAIL} {}", submission.id),
        kind: Kind::Transactional,
        template: templates::CONFIRM_EMAIL,
        to: mailbox_of(&contact)?,
        wish: contact.locale.clone(),
        contact: Some(&contact),
        facts: object(json!({"magnet": {"title": magnet.map(|magnet| magnet.name)}})),
        links: object(json!({"confirm": confirm, "expires_at": letter::expiry(app, CONFIRM_LASTS_MS)})),
        is_unsubscribable: false,
        needs_site: true,
    };
    letter::deliver(app, job, letter).await
}

async fn order_confirmation(app: &App, job: &Job) -> Result<(), JobError> {
    let OrderConfirmation { order } = payload(job)?;
    let detail = orders::load(app, order).await?;
    let Some(address) = detail.order.buyer.email.clone() else {
        return Err(JobError::Dead(format!("{order} has no address")));
    };
    let mut contact = contact_of(app, detail.order.contact_id).await?;
    let buyer = &detail.order.buyer;
    let mut links = Map::new();
    // Without the address of the public pages the mail says all there is to say by itself.
    if !app.company().base_url.is_empty() {
        links.insert("order".to_owned(), links::address(app, Link::Order, order, contact.id).into());
    }
    if contact.first_name.is_empty() {
        // Greet by the name on the order; what is known of the contact stays as it is.
        contact.first_name = funnel::order::first_and_last_name(&buyer.name).0;
    }
    let letter = Letter {
        key: format!("{CONFIRMATION_JOB} {order}"),
        kind: Kind::Transactional,
        template: templates::ORDER_CONFIRMATION,
        to: mailbox(&buyer.name, address),
        wish: detail.order.locale.clone(),
        contact: Some(&contact),
        facts: object(json!({"order": order_facts(app, &detail)})),
        links,
        is_unsubscribable: false,
        needs_site: false,
    };
    letter::deliver(app, job, letter).await
}

/// The invoice's facts as the template takes them; money and dates are written by it in the reader's language.
fn order_facts(app: &App, detail: &OrderDetail) -> Value {
    let order = &detail.order;
    let line = |line: &orders::OrderLineView| json!({"name": line.description, "quantity": line.quantity, "unit_price": line.unit_price, "total": line.total});
    let money = |minor: i64| base::Money::new(minor, order.total.currency);
    let tax =
        |tax: &funnel::order::TaxTotal| json!({"rate": percent(tax.rate_bp), "amount": money(tax.amounts.tax_minor)});
    let account = app.company().bank_account.clone();
    // Nothing is asked for what costs nothing, or while nobody has said where it should be paid. The payer names
    // the invoice's number: a reference for machines (KID, RF) has check digits and an agreement with the bank.
    let payment = (order.total.minor > 0 && !account.is_empty()).then(|| json!({"account": account}));
    json!({
        "id": order.id, "number": order.number.to_string(),
        "invoice_number": order.invoice_number.map(|number| number.to_string()),
        "date": order.placed_at, "due_date": order.due_on,
        "lines": detail.lines.iter().map(line).collect::<Vec<_>>(),
        "net": order.net, "tax": order.tax,
        "taxes": order.taxes.iter().filter(|tax| tax.rate_bp > 0).map(tax).collect::<Vec<_>>(),
        "total": order.total, "payment": payment, "buyer": order.buyer,
    })
}

/// Hundredths of a percent as a percentage: `25`, `12.5`.
fn percent(rate_bp: u16) -> Value {
    if rate_bp.is_multiple_of(100) { (rate_bp / 100).into() } else { (f64::from(rate_bp) / 100.0).into() }
}

/// Tell staff of a new lead, where the settings say so: call it in the transaction that makes one.
pub async fn notify_of_lead(
    app: &App,
    tx: &Tx,
    contact: Id<id::Contact>,
    submission: Id<id::Submission>,
) -> Result<()> {
    if settings::load(tx).await?.lead_notice_to.is_empty() {
        return Ok(());
    }
    jobs::enqueue(app, tx, NEW_LEAD_NOTICE, NewLead { contact, submission }).await
}

async fn new_lead_notice(app: &App, job: &Job) -> Result<(), JobError> {
    let NewLead { contact, submission } = payload(job)?;
    let contact = contact_of(app, contact).await?;
    let submission = submission_of(app, submission).await?;
    let receivers = settings::load(app.store.reader()).await?.lead_notice_to;
    let mut failure = None;
    for email in receivers {
        let user = store::users::find_by_email(app.store.reader(), &email).await.map_err(AppError::from)?;
        let link = format!("{}/admin/contacts/{}", app.company().base_url, contact.id);
        let letter = Letter {
            key: format!("{NEW_LEAD_NOTICE} {} {email}", submission.id),
            kind: Kind::Transactional,
            template: templates::NEW_LEAD_NOTICE,
            contact: None,
            wish: user.as_ref().map_or_else(|| app.company().default_locale(), |user| user.locale.clone()),
            to: mailbox(user.as_ref().map_or("", |user| &user.name), email),
            facts: object(json!({"lead": lead_facts(app, &contact, &submission)})),
            links: object(json!({"contact": link})),
            is_unsubscribable: false,
            needs_site: true,
        };
        // One colleague's full mailbox must not keep the news from the others.
        if let Err(error) = letter::deliver(app, job, letter).await {
            failure = Some(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Answers that stand in the notice as the lead's own facts.
const KNOWN_FIELDS: [&str; 6] = ["email", "name", "first_name", "last_name", "phone", "company"];

fn lead_facts(app: &App, contact: &Contact, submission: &Submission) -> Value {
    let name = format!("{} {}", contact.first_name, contact.last_name);
    let label = |field: &str| label(app, submission, field).unwrap_or_else(|| field.to_owned());
    let is_answer = |field: &str, value: &str| !KNOWN_FIELDS.contains(&field) && !value.trim().is_empty();
    let answers: Vec<Value> = submission
        .fields
        .iter()
        .filter(|(field, value)| is_answer(field, value))
        .map(|(field, value)| json!({"label": label(field), "value": value}))
        .collect();
    json!({
        "name": name.trim(), "email": contact.email, "phone": contact.phone, "company": contact.company,
        "channel": contact.channel, "page": submission.path, "answers": answers,
    })
}

/// The question of a form's field, as the page asks it now.
fn label(app: &App, submission: &Submission, field: &str) -> Option<String> {
    let site = app.site.get();
    let versions = site.of_page(submission.page_id);
    let same_language = versions.filter(|version| version.locale == submission.locale);
    same_language
        .filter_map(|version| version.doc.form(&submission.form_id))
        .flat_map(|block| &block.form.fields)
        .find(|definition| definition.name == field && !definition.label.is_empty())
        .map(|definition| definition.label.clone())
}

async fn send_message(app: &App, job: &Job) -> Result<(), JobError> {
    let SendMessage { message } = payload(job)?;
    let found = store::messages::find(app.store.reader(), message).await.map_err(AppError::from)?;
    letter::hand_over(app, job, found.ok_or(AppError::NotFound("message any more"))?).await
}

/// Enqueue the sending of a message of the log.
pub(crate) async fn enqueue_message(app: &App, conn: &impl ConnectionTrait, message: Id<id::Message>) -> Result<()> {
    jobs::enqueue(app, conn, SEND_MESSAGE, SendMessage { message }).await
}
