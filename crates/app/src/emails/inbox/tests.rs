//! Against a real IMAP server: pymap (`tests/mail/imap.py`).

use serde_json::json;

use super::look::{give_back, look, next_at};
use super::*;
use crate::activities::timeline::{self, RecordTimelineQuery};
use crate::contacts::{self, ContactChange, ContactQuery};
use crate::python::Python;
use crate::testing::{self, TestApp};

const MINUTE_MS: i64 = 60 * 1000;

fn change(peer: &Python) -> IncomingMailChange {
    IncomingMailChange {
        host: "localhost".to_owned(),
        port: peer.port("tls_port"),
        security: MailSecurity::Tls,
        username: "kari".to_owned(),
        password: Some("hemmelig".to_owned()),
        folder: "Leads".to_owned(),
        ca_pem: Some(peer.ca_pem()),
        unknown_senders: UnknownSenders::LeaveOut,
        answers_to: String::new(),
    }
}

async fn set(test: &TestApp, change: IncomingMailChange) {
    update(&test.app, &test.owner, change).await.unwrap();
}

async fn put(peer: &mut Python, mails: &[String]) {
    peer.ask(json!({"do": "put", "folder": "Leads", "mails": mails})).await;
}

fn mail(from: &str, id: &str) -> String {
    format!("From: Kari Vik <{from}>\nMessage-ID: <{id}@example.no>\nSubject: About {id}\n\nText of {id}")
}

async fn kari(test: &TestApp) -> base::Id<base::id::Contact> {
    let change = ContactChange { email: Some("kari@example.no".to_owned()), ..ContactChange::default() };
    contacts::create(&test.app, &test.owner, change).await.unwrap().id
}

/// Subjects of the e-mails of a contact, oldest first.
async fn subjects(test: &TestApp, contact: base::Id<base::id::Contact>) -> Vec<String> {
    let query = RecordTimelineQuery { contact: Some(contact), kind: Some("mail".to_owned()), ..Default::default() };
    let page = timeline::of_record(&test.app, &test.owner, query).await.unwrap();
    let mut titles: Vec<String> =
        page.items.into_iter().filter_map(|item| item.activity).map(|activity| activity.title).collect();
    titles.sort();
    titles
}

async fn counts(test: &TestApp) -> Vec<(String, i64)> {
    let view = get(&test.app, &test.owner).await.unwrap();
    view.intake.into_iter().map(|row| (row.outcome, row.count)).collect()
}

/// Look until nothing more is due now. Answers how often.
async fn look_all(test: &TestApp) -> usize {
    for round in 1..100 {
        if !look(&test.app).await.unwrap() {
            return round;
        }
    }
    panic!("it never ends");
}

/// An empty mailbox that was looked at once, and a contact.
async fn watched(peer: &mut Python) -> (TestApp, base::Id<base::id::Contact>) {
    let test = testing::sqlite().await;
    let contact = kari(&test).await;
    put(peer, &[]).await;
    set(&test, change(peer)).await;
    look_all(&test).await;
    (test, contact)
}

#[tokio::test]
async fn mail_is_fetched_once_over_restarts_and_other_numbers() {
    for test in testing::all().await {
        let Some(mut peer) = Python::start("imap.py").await else { return };
        // As the clock of the server says, which dates what arrives.
        test.clock.advance_ms(base::Clock::now(&base::SystemClock).ms() - test.app.now().ms());
        let contact = kari(&test).await;
        assert!(!look(&test.app).await.unwrap(), "nothing is set");
        put(&mut peer, &[mail("kari@example.no", "old")]).await;
        set(&test, change(&peer)).await;
        look_all(&test).await;
        assert!(subjects(&test, contact).await.is_empty(), "what lay there before stays there");

        put(&mut peer, &[mail("kari@example.no", "a"), mail("x@else.no", "b"), "No mail".to_owned()]).await;
        assert!(!look(&test.app).await.unwrap() && subjects(&test, contact).await.is_empty(), "it is not due yet");
        test.clock.advance_ms(MINUTE_MS);
        assert_eq!(look_all(&test).await, 1);
        assert_eq!(subjects(&test, contact).await, ["About a"], "{}", test.name);
        let state = get(&test.app, &test.owner).await.unwrap().state.unwrap();
        assert_eq!((state.fetched_at, state.fault), (Some(test.app.now()), None));
        let taken = [("kept", 1), ("unknown", 1), ("unreadable", 1)].map(|(word, count)| (word.to_owned(), count));
        assert_eq!(counts(&test).await, taken);

        // A stop in the middle of a look, again and again: whatever it was at is done by the next.
        let many: Vec<String> = (0..7).map(|n| mail("kari@example.no", &format!("m{n}"))).collect();
        put(&mut peer, &many).await;
        for wait_ms in [30, 60, 90, 120] {
            test.clock.advance_ms(MINUTE_MS);
            let _cut_off = tokio::time::timeout(std::time::Duration::from_millis(wait_ms), look(&test.app)).await;
            give_back(&test.app).await.unwrap();
        }
        test.clock.advance_ms(MINUTE_MS);
        look_all(&test).await;
        assert_eq!(subjects(&test, contact).await.len(), 8, "{}", test.name);

        // All numbers are others, and one more has come.
        peer.ask(json!({"do": "renew", "folder": "Leads"})).await;
        put(&mut peer, &[mail("kari@example.no", "new")]).await;
        test.clock.advance_ms(MINUTE_MS);
        look_all(&test).await;
        // The one that lay there before is among those that arrived lately: better twice looked at than lost.
        let now = subjects(&test, contact).await;
        assert_eq!(now.len(), 10, "{}: {now:?}", test.name);
        assert!(now.contains(&"About new".to_owned()));
        let before = counts(&test).await;
        test.clock.advance_ms(MINUTE_MS);
        look_all(&test).await;
        assert_eq!(counts(&test).await, before, "nothing is read again");
        let flags = peer.ask(json!({"do": "flags", "folder": "Leads"})).await["flags"].clone();
        assert!(flags.as_array().unwrap().iter().all(|flags| *flags == json!([])), "nothing is marked: {flags}");
    }
}

#[tokio::test]
async fn more_than_a_look_takes_is_fetched_in_several() {
    let Some(mut peer) = Python::start("imap.py").await else { return };
    let (test, contact) = watched(&mut peer).await;
    let many: Vec<String> = (0..60).map(|n| mail("kari@example.no", &format!("m{n}"))).collect();
    put(&mut peer, &many).await;
    test.clock.advance_ms(MINUTE_MS);
    assert_eq!(look_all(&test).await, 2);
    let all = store::activities::Filter {
        contact_id: Some(contact),
        ..store::activities::Filter::all(store::deals::Scope::All)
    };
    assert_eq!(store::activities::count(test.app.store.reader(), &all).await.unwrap(), 60);
}

#[tokio::test]
async fn what_fails_is_said_waited_for_longer_each_time_and_mended() {
    let Some(mut peer) = Python::start("imap.py").await else { return };
    let (test, contact) = watched(&mut peer).await;
    put(&mut peer, &[mail("kari@example.no", "kept")]).await;

    let fault = async || get(&test.app, &test.owner).await.unwrap().state.unwrap().fault.unwrap().kind;
    set(&test, IncomingMailChange { password: Some("wrong".to_owned()), ..change(&peer) }).await;
    for minutes in [1, 2, 4] {
        look_all(&test).await;
        assert_eq!(fault().await, "login");
        assert_eq!(next_at(&test.app).await, test.app.now().plus_ms(minutes * MINUTE_MS));
        test.clock.advance_ms(minutes * MINUTE_MS);
    }
    assert_eq!(super::test(&test.app, &test.owner).await.unwrap().fault.unwrap().kind, "login");
    peer.ask(json!({"do": "shut"})).await;
    look_all(&test).await;
    assert_eq!(fault().await, "unreachable");
    peer.ask(json!({"do": "open"})).await;
    set(&test, change(&peer)).await;
    let tried = super::test(&test.app, &test.owner).await.unwrap();
    assert_eq!((tried.fault, tried.mails), (None, 1));
    look_all(&test).await;
    assert_eq!(subjects(&test, contact).await, ["About kept"], "nothing was lost meanwhile");
    assert!(get(&test.app, &test.owner).await.unwrap().state.unwrap().fault.is_none());

    // The password is kept for its own server only, and never told.
    let same = IncomingMailChange { password: None, ..change(&peer) };
    set(&test, same.clone()).await;
    let other = IncomingMailChange { host: "127.0.0.1".to_owned(), ..same };
    let Err(AppError::Invalid(problems)) = update(&test.app, &test.owner, other).await else { panic!() };
    assert_eq!(problems[0].field, "password");
    let shown = serde_json::to_string(&get(&test.app, &test.owner).await.unwrap()).unwrap();
    assert!(!shown.contains("hemmelig"));
}

#[tokio::test]
async fn mail_from_somebody_unknown_makes_a_contact_only_if_that_is_set() {
    for test in testing::all().await {
        let settings = IncomingMailChange { unknown_senders: UnknownSenders::MakeContact, ..Default::default() };
        let known = async || contacts::list(&test.app, &test.owner, ContactQuery::default()).await.unwrap().items;
        let take = async |mail: &str| {
            let raw = mail.replace('\n', "\r\n").into_bytes();
            crate::emails::incoming::take(&test.app, &Actor::SYSTEM, raw).await.unwrap();
        };
        take(&mail("kari@example.no", "a")).await;
        assert!(known().await.is_empty());
        set(&test, settings).await;
        take("From: bulk@example.no\nAuto-Submitted: auto-generated\nMessage-ID: <x@y>\n\nOffers").await;
        take("From: owner@example.com\nTo: b@c.no\nMessage-ID: <o@y>\n\nA colleague writes to a stranger").await;
        assert!(known().await.is_empty(), "{}", test.name);
        let (one, two, again) =
            (mail("kari@example.no", "b"), mail("kari@example.no", "c"), mail("kari@example.no", "b"));
        tokio::join!(take(&one), take(&two), take(&again));
        let contacts = known().await;
        assert_eq!(contacts.len(), 1, "{}", test.name);
        assert_eq!((contacts[0].first_name.as_str(), contacts[0].is_email_verified), ("Kari Vik", false));
        assert_eq!(subjects(&test, contacts[0].id).await, ["About b", "About c"], "{}", test.name);
    }
}

#[tokio::test]
async fn answers_go_to_the_salesperson_and_to_the_mailbox() {
    let test = testing::sqlite().await;
    let contact = kari(&test).await;
    let change = IncomingMailChange { answers_to: "post@clinic.example".to_owned(), ..Default::default() };
    set(&test, change).await;
    let (subject, text) = ("Hi".to_owned(), "Does Tuesday suit?".to_owned());
    let mail = crate::emails::NewEmail { contact_id: Some(contact), subject, text, ..Default::default() };
    crate::emails::write(&test.app, &test.owner, mail).await.unwrap();
    test.settle().await;
    let sent = test.mailer.take().remove(0);
    let answers_to: Vec<&str> = sent.reply_to.iter().map(|mailbox| mailbox.email.as_str()).collect();
    assert_eq!(answers_to, ["owner@example.com", "post@clinic.example"]);
    let wrong = IncomingMailChange { answers_to: "nobody".to_owned(), ..Default::default() };
    let Err(AppError::Invalid(problems)) = update(&test.app, &test.owner, wrong).await else { panic!() };
    assert_eq!(problems[0].field, "answers_to");
}

#[tokio::test]
async fn mail_that_waits_in_the_folder_is_taken_once_and_what_nobody_can_read_stays() {
    use crate::emails::spool::{SpoolError, put, take_waiting};
    for test in testing::all().await {
        let contact = kari(&test).await;
        let folder = test.app.folder.clone();
        let put = |raw: &str| put(&folder, raw.replace('\n', "\r\n").as_bytes(), test.app.now(), &*test.app.random);
        assert_eq!(take_waiting(&test.app).await.unwrap(), 0);
        assert!(matches!(put("No mail"), Err(SpoolError::NoMail(_))));
        for id in ["a", "b", "a"] {
            put(&mail("kari@example.no", id)).unwrap();
        }
        let waiting = folder.join("mail-in");
        std::fs::write(waiting.join("000000000000001-x.eml"), "No mail").unwrap();
        assert_eq!(take_waiting(&test.app).await.unwrap(), 4);
        assert_eq!(subjects(&test, contact).await, ["About a", "About b"], "{}", test.name);
        let left: Vec<_> = std::fs::read_dir(&waiting).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["000000000000001-x.refused"]);
        assert_eq!(take_waiting(&test.app).await.unwrap(), 0);
    }
}
