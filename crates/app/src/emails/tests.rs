use std::sync::Arc;

use channels::mail::{Accepted, Failure, Mailer, OutgoingMail, SendError};
use events::PersonKey;
use store::deals::Scope;

use super::incoming::{DeliveryOutcome, take};
use super::*;
use crate::activities::timeline::{self, RecordTimelineQuery};
use crate::consent::Decision;
use crate::contacts::{self, ContactChange};
use crate::deals::{self, DealView, NewDeal};
use crate::notifications::{NotificationKind, NotificationQuery};
use crate::permission::Role;
use crate::testing::{self, TestApp};
use crate::{erasure, jobs as lane};

type ContactId = Id<id::Contact>;

async fn kari(test: &TestApp) -> ContactId {
    let change = ContactChange {
        email: Some("kari@example.no".to_owned()),
        first_name: Some("Kari".to_owned()),
        ..ContactChange::default()
    };
    contacts::create(&test.app, &test.owner, change).await.unwrap().id
}

async fn deal(test: &TestApp, actor: &Actor, contact: ContactId) -> DealView {
    deals::create(&test.app, actor, NewDeal::with(contact)).await.unwrap()
}

fn to(contact: ContactId) -> NewEmail {
    NewEmail {
        contact_id: Some(contact),
        subject: "Tuesday".to_owned(),
        text: "Does <Tuesday> suit?\n\nKari & Ola".to_owned(),
        ..NewEmail::default()
    }
}

async fn email(test: &TestApp, id: Id<id::Activity>) -> ActivityView {
    activities::get(&test.app, &test.owner, id).await.unwrap()
}

async fn state(test: &TestApp, id: Id<id::Activity>) -> String {
    email(test, id).await.email.unwrap().state
}

/// E-mails on the timeline of a contact, newest first.
async fn emails(test: &TestApp, contact: ContactId) -> Vec<ActivityView> {
    let query = RecordTimelineQuery { contact: Some(contact), kind: Some("mail".to_owned()), ..Default::default() };
    let page = timeline::of_record(&test.app, &test.owner, query).await.unwrap();
    page.items.into_iter().filter_map(|item| item.activity).collect()
}

async fn told(test: &TestApp, contact: ContactId) -> Vec<String> {
    test.settle().await;
    let person = test.app.log.person(&PersonKey::contact(&contact)).unwrap();
    let mut events = test.app.log.timeline(person, None, 200).await.unwrap();
    events.reverse();
    let names = events.into_iter().map(|event| (event.event.name, event.event.props));
    names
        .filter(|(name, _)| name.starts_with("Email "))
        .map(|(name, props)| {
            assert!(!props.contains("Tuesday"), "what was written is not told: {props}");
            name
        })
        .collect()
}

fn raw(id: &str, headers: &str, text: &str) -> Vec<u8> {
    format!("From: Kari N <kari@example.no>\nTo: hei@clinic.example\nSubject: Sv: x\nMessage-ID: <{id}@example.no>\n{headers}\n{text}\n")
        .replace('\n', "\r\n")
        .into_bytes()
}

async fn deliver(test: &TestApp, raw: Vec<u8>) -> (DeliveryOutcome, Option<Id<id::Activity>>) {
    let postman = Actor::postman(test.app.new_id());
    let delivery = take(&test.app, &postman, raw).await.unwrap();
    (delivery.outcome, delivery.activity_id)
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result.unwrap_err() {
        AppError::Conflict { code, .. } => code.to_owned(),
        AppError::Invalid(problems) => format!("{}:{}", problems[0].field, problems[0].code),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn a_conversation_goes_out_comes_in_and_goes_on() {
    for test in testing::all().await {
        let contact = kari(&test).await;
        let rep = test.actor(Role::Rep).await;
        let deal = deal(&test, &rep, contact).await;
        let request = NewEmail { contact_id: None, deal_id: Some(deal.id), ..to(contact) };
        let first = write(&test.app, &rep, request).await.unwrap();
        assert_eq!(state(&test, first.id).await, "queued");
        test.settle().await;
        assert_eq!(state(&test, first.id).await, "sent");
        let sent = test.mailer.take().remove(0);
        assert_eq!((sent.from.name.as_deref(), sent.to.email.as_str()), (Some("rep"), "kari@example.no"));
        assert_eq!(sent.reply_to[0].email.as_str(), "rep@example.com");
        assert!(sent.html.contains("<p>Does &lt;Tuesday&gt; suit?</p>") && sent.unsubscribe.is_none());
        assert!(sent.headers.iter().all(|(name, _)| name != "Auto-Submitted"));

        let answer = raw("a1", &format!("In-Reply-To: <{}>\n", sent.message_id), "Yes.\n\n> Does it suit?");
        let (outcome, id) = deliver(&test, answer.clone()).await;
        let received = email(&test, id.unwrap()).await;
        assert_eq!((outcome, received.deal_id), (DeliveryOutcome::Kept, Some(deal.id)), "{}", test.name);
        assert_eq!((received.body.as_str(), received.email.as_ref().unwrap().state.as_str()), ("Yes.", "received"));
        assert_eq!(received.details.email.unwrap().quoted, "> Does it suit?");
        let query = NotificationQuery { unread: Some(true), ..Default::default() };
        let bell = crate::notifications::list(&test.app, &rep, query).await.unwrap().items;
        assert!(bell.iter().any(|notice| notice.kind == NotificationKind::Email && notice.activity_id == id));

        let request = NewEmail { deal_id: Some(deal.id), contact_id: None, answers_id: id, ..to(contact) };
        write(&test.app, &rep, request).await.unwrap();
        test.settle().await;
        let again = test.mailer.take().remove(0);
        let header = |name: &str| again.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        assert_eq!(header("In-Reply-To").as_deref(), Some("<a1@example.no>"));
        assert_eq!(header("References").unwrap(), format!("<{}> <a1@example.no>", sent.message_id));
        let conversations: Vec<_> =
            emails(&test, contact).await.into_iter().map(|row| row.email.unwrap().conversation_id).collect();
        assert_eq!(conversations, [first.id; 3], "{}: one conversation", test.name);
        assert_eq!(told(&test, contact).await, ["Email Sent", "Email Received", "Email Sent"], "{}", test.name);
        assert_eq!(emails(&test, contact).await.len(), 3);
        assert_eq!(deliver(&test, answer).await, (DeliveryOutcome::Known, id));
        erasure::erase(&test.app, &test.owner, contact).await.unwrap();
        assert!(store::emails::find(test.app.store.reader(), first.id).await.unwrap().is_none(), "{}", test.name);
        assert!(store::emails::of_message_id(test.app.store.reader(), "a1@example.no").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_rep_writes_and_reads_in_the_own_scope() {
    let test = testing::sqlite().await;
    let contact = kari(&test).await;
    let theirs = deal(&test, &test.owner, contact).await;
    let rep = test.actor(Role::Rep).await;
    let request = NewEmail { deal_id: Some(theirs.id), ..to(contact) };
    assert_eq!(code(write(&test.app, &rep, request.clone()).await), "deal_id:unknown");
    let hidden = write(&test.app, &test.owner, request).await.unwrap();
    assert!(matches!(activities::get(&test.app, &rep, hidden.id).await, Err(AppError::NotFound(_))));
    assert!(matches!(retry(&test.app, &rep, hidden.id).await, Err(AppError::NotFound(_))));
    let answer = NewEmail { answers_id: Some(hidden.id), ..to(contact) };
    assert_eq!(code(write(&test.app, &rep, answer).await), "answers_id:unknown");
    let viewer = test.actor(Role::Viewer).await;
    assert!(matches!(write(&test.app, &viewer, to(contact)).await, Err(AppError::Forbidden(_))));
    assert!(matches!(take(&test.app, &rep, raw("x", "", "")).await, Err(AppError::Forbidden(_))));
    let postman = Actor::postman(test.app.new_id());
    assert!(matches!(activities::get(&test.app, &postman, hidden.id).await, Err(AppError::Forbidden(_))));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_the_reason() {
    let test = testing::sqlite().await;
    let contact = kari(&test).await;
    let try_it = async |change: NewEmail| code(write(&test.app, &test.owner, change).await);
    assert_eq!(try_it(NewEmail { subject: " ".to_owned(), ..to(contact) }).await, "subject:length");
    assert_eq!(try_it(NewEmail { subject: "a\nBcc: b@c.no".to_owned(), ..to(contact) }).await, "subject:length");
    assert_eq!(try_it(NewEmail { text: "x".repeat(BODY_CHARS_MAX + 1), ..to(contact) }).await, "text:length");
    assert_eq!(try_it(NewEmail { contact_id: None, ..to(contact) }).await, "contact_id:required");
    let nameless = ContactChange { first_name: Some("Nobody".to_owned()), ..ContactChange::default() };
    let nameless = contacts::create(&test.app, &test.owner, nameless).await.unwrap().id;
    assert_eq!(try_it(to(nameless)).await, "contact_id:no_address");
}

async fn says_no(test: &TestApp, contact: ContactId) {
    let contact = store::contacts::find(test.app.store.reader(), contact).await.unwrap().unwrap();
    let decision = Decision {
        purpose: Purpose::Marketing,
        is_given: false,
        wording: "no".to_owned(),
        locale: contact.locale.clone(),
        origin: "unsubscribe".to_owned(),
    };
    let tx = test.app.store.begin().await.unwrap();
    consent::record(&test.app, &tx, &contact, decision).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn whoever_said_no_gets_answers_and_what_is_no_marketing() {
    for test in testing::all().await {
        let contact = kari(&test).await;
        let on_its_way = write(&test.app, &test.owner, to(contact)).await.unwrap();
        says_no(&test, contact).await;
        test.settle().await;
        assert_eq!(state(&test, on_its_way.id).await, "suppressed", "{}: asked when it is sent, too", test.name);
        assert_eq!(code(write(&test.app, &test.owner, to(contact)).await), "said_no");
        let (_, received) = deliver(&test, raw("q", "", "May I ask?")).await;
        let answer = NewEmail { answers_id: received, ..to(contact) };
        write(&test.app, &test.owner, answer).await.unwrap();
        let stated = NewEmail { is_not_marketing: true, ..to(contact) };
        write(&test.app, &test.owner, stated).await.unwrap();
        test.settle().await;
        assert_eq!(test.mailer.take().len(), 2, "{}", test.name);
    }
}

/// Takes the mail and never answers.
#[derive(Default)]
struct Silent {
    called: tokio::sync::Notify,
}

#[async_trait::async_trait]
impl Mailer for Silent {
    async fn send(&self, _mail: &OutgoingMail) -> Result<Accepted, SendError> {
        self.called.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_crash_in_the_middle_never_sends_twice() {
    for test in testing::all().await {
        let contact = kari(&test).await;
        let written = write(&test.app, &test.owner, to(contact)).await.unwrap();
        let silent = Arc::new(Silent::default());
        let dying = test.restarted(Some(silent.clone())).await;
        let run = tokio::spawn(async move { lane::run_due(&dying, 10).await });
        silent.called.notified().await;
        run.abort();
        assert!(run.await.unwrap_err().is_cancelled());
        test.clock.advance_ms(lane::LEASE_MS + 1);
        test.settle().await;
        test.clock.advance_ms(72 * 3600 * 1000);
        test.settle().await;
        assert!(test.mailer.take().is_empty(), "{}: it may have arrived", test.name);
        let shown = email(&test, written.id).await.email.unwrap();
        assert_eq!((shown.state.as_str(), shown.can_retry), ("unknown", true));
        retry(&test.app, &test.owner, written.id).await.unwrap();
        test.settle().await;
        assert_eq!((test.mailer.take().len(), state(&test, written.id).await.as_str()), (1, "sent"), "{}", test.name);
    }
}

#[tokio::test]
async fn a_failure_says_why_and_what_is_removed_does_not_leave() {
    let test = testing::sqlite().await;
    let contact = kari(&test).await;
    test.mailer.fail_next(Failure::Permanent);
    let failed = write(&test.app, &test.owner, to(contact)).await.unwrap();
    test.settle().await;
    let shown = email(&test, failed.id).await.email.unwrap();
    assert!(shown.state == "failed" && shown.can_retry && shown.error.is_some(), "{shown:?}");
    assert_eq!(code(write(&test.app, &test.owner, to(contact)).await), "bounces", "there is no such mailbox");
    retry(&test.app, &test.owner, failed.id).await.unwrap();
    test.settle().await;
    assert_eq!(state(&test, failed.id).await, "sent");
    test.mailer.take();

    let removed = write(&test.app, &test.owner, to(contact)).await.unwrap();
    activities::remove(&test.app, &test.owner, removed.id).await.unwrap();
    test.settle().await;
    assert!(test.mailer.take().is_empty());
    test.clock.advance_ms(activities::REMOVED_KEPT_MS + 1);
    activities::tidy(&test.app).await.unwrap();
    let log = log::list(&test.app, &test.owner, log::MessageQuery::default()).await.unwrap();
    assert_eq!(log.items.len(), 1, "what was written is gone with it");
}

#[tokio::test]
async fn mail_finds_its_place_or_is_only_counted() {
    for test in testing::all().await {
        let contact = kari(&test).await;
        let stranger = b"From: x@elsewhere.no\r\nMessage-ID: <s@x>\r\n\r\nBuy".to_vec();
        assert_eq!(deliver(&test, stranger).await, (DeliveryOutcome::Unknown, None));
        // A colleague's own program sends a copy.
        let copy = b"From: owner@example.com\r\nTo: kari@example.no\r\nMessage-ID: <c@x>\r\n\r\nHi".to_vec();
        let (_, copy) = deliver(&test, copy).await;
        let copy = email(&test, copy.unwrap()).await;
        assert_eq!((copy.author, copy.outcome), (test.owner.audit_name(), "sent".to_owned()), "{}", test.name);
        let (_, auto) = deliver(&test, raw("auto", "Auto-Submitted: auto-replied\n", "Away")).await;
        assert_eq!(state(&test, auto.unwrap()).await, "automatic");
        let pdf = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee it.\n--b\nContent-Type: application/pdf\n\
                   Content-Disposition: attachment; filename=a.pdf\n\n%PDF-1.7 x\n--b\nContent-Type: text/html\n\
                   Content-Disposition: attachment; filename=a.html\n\n<script>\n--b--";
        let (_, with_file) = deliver(&test, raw("pdf", pdf, "")).await;
        let with_file = email(&test, with_file.unwrap()).await;
        assert_eq!(with_file.details.email.unwrap().files_left_out, 1, "no markup is kept as a file");
        let files = with_file.email.unwrap().files;
        assert_eq!((files.len(), files[0].name.as_str()), (1, "a.pdf"));
        activities::files::open(&test.app, &test.owner, files[0].id).await.unwrap();
        assert_eq!(told(&test, contact).await, ["Email Sent", "Email Auto-Reply Received", "Email Received"]);
        let counts = store::emails::counts(test.app.store.reader()).await.unwrap();
        let counts: Vec<(&str, i64)> = counts.iter().map(|row| (row.outcome.as_str(), row.count)).collect();
        assert_eq!(counts, [("kept", 3), ("unknown", 1)]);
        assert_eq!(code(take(&test.app, &test.owner, b"no mail".to_vec()).await), "body:no_mail");
    }
}

fn report(message_id: &str, to: &str, status: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\nSorry\n--b\nContent-Type: \
         message/delivery-status\n\nFinal-Recipient: rfc822; {to}\nAction: failed\nStatus: {status}\n--b\nContent-Type: \
         text/rfc822-headers\n\nMessage-ID: <{message_id}>\n--b--\n"
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

#[tokio::test]
async fn a_report_shuts_an_address_only_when_it_knows_the_mail() {
    for test in testing::all().await {
        let contact = kari(&test).await;
        let written = write(&test.app, &test.owner, to(contact)).await.unwrap();
        test.settle().await;
        let sent = test.mailer.take().remove(0).message_id;
        let bounces =
            async || consent::bounces(&store::contacts::find(test.app.store.reader(), contact).await.unwrap().unwrap());
        for forged in [report("msg_x@y", "kari@example.no", "5.1.1"), report(&sent, "ola@example.no", "5.1.1")] {
            assert_eq!(deliver(&test, forged).await.0, DeliveryOutcome::Unknown);
        }
        assert!(!bounces().await && state(&test, written.id).await == "sent", "{}", test.name);
        let real = report(&sent, "kari@example.no", "5.1.1");
        assert_eq!(deliver(&test, real.clone()).await.0, DeliveryOutcome::Bounce);
        assert_eq!(deliver(&test, real).await.0, DeliveryOutcome::Known);
        assert!(bounces().await && state(&test, written.id).await == "failed", "{}", test.name);
        assert_eq!(told(&test, contact).await, ["Email Sent", "Email Removed", "Email Bounced"], "{}", test.name);
    }
}

#[tokio::test]
async fn the_same_mails_delivered_in_any_order_by_many_lie_there_once() {
    for test in testing::all().await {
        let contact = kari(&test).await;
        let mails: Vec<Vec<u8>> = (0..4)
            .map(|n| raw(&format!("m{n}"), "", &format!("Text {n}")))
            .chain([b"From: kari@example.no\r\nSubject: no id\r\n\r\nx".to_vec()])
            .collect();
        let postman = Actor::postman(test.app.new_id());
        for round in 0..6_usize {
            let app = &test.app;
            // Two at once, and now and then one that is cut off in the middle.
            let at = |offset: usize| mails[(round * 3 + offset) % mails.len()].clone();
            let cut_off = take(app, &postman, at(2));
            let wait = std::time::Duration::from_millis(round as u64);
            let _dropped = tokio::time::timeout(wait, cut_off).await;
            let (left, right) = tokio::join!(take(app, &postman, at(0)), take(app, &postman, at(0)));
            left.unwrap();
            right.unwrap();
            for mail in &mails[..(round % mails.len()) + 1] {
                take(app, &postman, mail.clone()).await.unwrap();
            }
        }
        for mail in mails.iter().rev() {
            take(&test.app, &postman, mail.clone()).await.unwrap();
        }
        let all = emails(&test, contact).await;
        assert_eq!(all.len(), mails.len(), "{}", test.name);
        assert_eq!(told(&test, contact).await.len(), mails.len(), "{}: and is told once", test.name);
        let open =
            store::activities::Filter { contact_id: Some(contact), ..store::activities::Filter::all(Scope::All) };
        assert_eq!(store::activities::count(test.app.store.reader(), &open).await.unwrap(), mails.len() as u64);
    }
}
