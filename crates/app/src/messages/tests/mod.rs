//! Mail as people meet it: asked for, sent, failed, lost in a crash, held back.

mod crash;
mod failures;
mod mails;
mod settings;
mod smtp;
mod templates;

use std::sync::Arc;

use base::{Id, id};
use channels::mail::Mailer;
use events::Position;
use serde_json::Value;
use store::contacts::Contact;
use store::jobs::{Job, JobState};
use store::magnets::{Gift, Magnet};
use store::submissions::Submission;

use super::log::{self, MessageDetail, MessageQuery, MessageView, NewMessage};
use super::templates::TemplateBody;
use crate::capture::{CONFIRM_EMAIL, DELIVER_MAGNET, Delivery};
use crate::consent::{self, Decision, Purpose};
use crate::contacts::{self, ContactChange};
use crate::testing::TestApp;
use crate::{App, company, facts, jobs, reactor};

const HOUR_MS: i64 = 3600 * 1000;

/// Where the public pages are.
async fn on_the_web(test: &TestApp) {
    let company = company::Company {
        base_url: "https://clinic.example".to_owned(),
        locales: vec!["nb".parse().unwrap()],
        bank_account: "1234 56 78903".to_owned(),
        postal_address: "Storgata 12, 0184 Oslo".to_owned(),
        ..(*test.app.company()).clone()
    };
    company::update(&test.app, &test.owner, company).await.unwrap();
}

async fn kari(test: &TestApp) -> Contact {
    let change = ContactChange {
        email: Some("kari@example.no".to_owned()),
        first_name: Some("Kari".to_owned()),
        last_name: Some("Nordmann".to_owned()),
        phone: Some("+47 912 34 567".to_owned()),
        locale: Some("nb".parse().unwrap()),
        ..ContactChange::default()
    };
    let id = contacts::create(&test.app, &test.owner, change).await.unwrap().id;
    store::contacts::find(test.app.store.reader(), id).await.unwrap().unwrap()
}

async fn magnet(app: &App, gift: Gift) -> Magnet {
    let name = "Hvitere tenner hjemme".to_owned();
    let magnet = Magnet { id: app.new_id(), name, gift, downloads: 0, created_at: app.now(), updated_at: app.now() };
    let tx = app.store.begin().await.unwrap();
    store::magnets::insert(&tx, &magnet).await.unwrap();
    tx.commit().await.unwrap();
    magnet
}

/// A form that was sent, and the job that follows: with a magnet it is delivered, or the address confirmed first.
async fn ask(app: &App, contact: &Contact, magnet: Option<&Magnet>, is_confirmed: bool) -> Submission {
    let submission = Submission {
        id: app.new_id(),
        page_id: app.new_id(),
        form_id: "form".to_owned(),
        contact_id: contact.id,
        magnet_id: magnet.map(|magnet| magnet.id),
        fields: vec![("email".to_owned(), "kari@example.no".to_owned()), ("when".to_owned(), "After 4 pm".to_owned())],
        consents: Vec::new(),
        locale: contact.locale.clone(),
        path: "/gratis-sjekk".to_owned(),
        token: app.new_id::<id::Job>().to_string(),
        created_at: app.now(),
        confirmed_at: is_confirmed.then(|| app.now()),
    };
    let tx = app.store.begin().await.unwrap();
    store::submissions::insert(&tx, &submission).await.unwrap();
    let delivery = Delivery {
        contact: contact.id,
        submission: submission.id,
        magnet: submission.magnet_id.filter(|_| is_confirmed),
    };
    let kind = if is_confirmed { DELIVER_MAGNET } else { CONFIRM_EMAIL };
    jobs::enqueue(app, &tx, kind, delivery).await.unwrap();
    tx.commit().await.unwrap();
    submission
}

async fn ask_for_magnet(test: &TestApp) -> Contact {
    on_the_web(test).await;
    let contact = kari(test).await;
    let magnet = magnet(&test.app, Gift::Url("https://clinic.example/guide.pdf".to_owned())).await;
    ask(&test.app, &contact, Some(&magnet), true).await;
    contact
}

async fn agree(app: &App, contact: &Contact, is_given: bool) {
    let decision = Decision {
        purpose: Purpose::Marketing,
        is_given,
        wording: "Send meg tips".to_owned(),
        locale: contact.locale.clone(),
        origin: "/gratis-sjekk".to_owned(),
    };
    let tx = app.store.begin().await.unwrap();
    consent::record(app, &tx, contact, decision).await.unwrap();
    tx.commit().await.unwrap();
}

fn own_words() -> TemplateBody {
    TemplateBody {
        subject: "Vår for {{ contact.first_name }}".to_owned(),
        preheader: String::new(),
        mjml: "<mjml><mj-body><mj-section><mj-column><mj-text>Hei {{ contact.first_name }}</mj-text>\
               <mj-text><a href=\"{{ link.unsubscribe }}\">Meld deg av</a></mj-text>\
               </mj-column></mj-section></mj-body></mjml>"
            .to_owned(),
        text: None,
    }
}

/// A marketing mail on its way to the contact.
async fn write_to(test: &TestApp, contact: &Contact) -> MessageView {
    let (app, owner) = (&test.app, &test.owner);
    super::templates::save(app, owner, "spring", &"nb".parse().unwrap(), own_words()).await.unwrap();
    let request = NewMessage { contact: contact.id, template: "spring".to_owned() };
    log::create(app, owner, request).await.unwrap()
}

/// All messages, newest first.
async fn messages(test: &TestApp) -> Vec<MessageView> {
    log::list(&test.app, &test.owner, MessageQuery::default()).await.unwrap().items
}

async fn only_message(test: &TestApp) -> MessageDetail {
    let mut all = messages(test).await;
    assert_eq!(all.len(), 1, "{}: {all:#?}", test.name);
    log::get(&test.app, &test.owner, all.remove(0).id).await.unwrap()
}

async fn mail_jobs(test: &TestApp) -> Vec<Job> {
    let all = store::jobs::list(test.app.store.reader(), None, 100).await.unwrap();
    all.into_iter().filter(|job| super::jobs::KINDS.contains(&job.kind.as_str())).collect()
}

async fn only_job(test: &TestApp) -> (JobState, i64, String) {
    let mut all = mail_jobs(test).await;
    assert_eq!(all.len(), 1, "{}: {all:#?}", test.name);
    let job = all.remove(0);
    (job.state, job.attempts, job.last_error.unwrap_or_default())
}

/// What the log of events heard of mail: names and properties.
async fn mail_facts(app: &App) -> Vec<(String, Value)> {
    facts::relay(app).await.unwrap();
    let events = app.log.read_after(Position(0), 10_000).await.unwrap();
    let mail = events.into_iter().filter(|stored| stored.event.name.starts_with("Email "));
    mail.map(|stored| (stored.event.name.clone(), serde_json::from_str(&stored.event.props).unwrap())).collect()
}

/// Until nothing is left to do.
async fn settle(app: &Arc<App>) {
    while reactor::step(app).await.unwrap() + jobs::run_due(app, 50).await.unwrap() > 0 {}
}

async fn later(test: &TestApp, ms: i64) {
    test.clock.advance_ms(ms);
    test.settle().await;
}

fn message_id(id: Id<id::Message>) -> String {
    format!("{id}@company.example")
}
