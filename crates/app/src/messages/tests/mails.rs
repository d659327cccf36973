//! What each mail says, and to whom it goes.

use serde_json::json;
use store::jobs::JobState;
use store::magnets::Gift;

use super::*;
use crate::links::{self, Link};
use crate::messages::settings::{self, MailSettingsChange};
use crate::messages::{jobs as mail_jobs, notify_of_lead};
use crate::offers::{self, OfferRequest};
use crate::orders::{self, OfferOrder};
use crate::testing;

/// The signed part of the first link of a kind in a text.
fn signed(text: &str, link: Link) -> String {
    let prefix = format!("https://clinic.example{}", link.path());
    let (_, rest) = text.split_once(&prefix).unwrap_or_else(|| panic!("no {prefix} in {text}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect()
}

#[tokio::test]
async fn a_magnet_is_delivered_with_its_links_and_the_log_keeps_it_to_the_letter() {
    for test in testing::all().await {
        let contact = ask_for_magnet(&test).await;
        test.settle().await;
        let mails = test.mailer.take();
        assert_eq!(mails.len(), 1, "{}", test.name);
        let mail = &mails[0];
        let message = only_message(&test).await;
        assert_eq!(mail.subject, "Her er den: Hvitere tenner hjemme");
        assert_eq!((mail.to.name.as_deref(), mail.to.email.as_str()), (Some("Kari Nordmann"), "kari@example.no"));
        assert_eq!(mail.from.name.as_deref(), Some("Test Clinic"));
        assert_eq!(mail.message_id, message_id(message.message.id));
        assert!(mail.html.contains("Hei Kari") && mail.text.contains("Hei Kari"), "{}", mail.text);
        assert_eq!((&message.html, &message.text), (&mail.html, &mail.text));
        assert_eq!((message.message.state, message.message.kind), ("sent", "transactional"));
        assert_eq!(message.message.reply.as_deref(), Some("250 2.0.0 recorded"));
        assert_eq!((message.message.attempts, message.message.contact), (1, Some(contact.id)));

        let download = signed(&mail.html, Link::Download);
        let (_, who) = links::open::<id::Magnet>(&test.app, Link::Download, &download).unwrap();
        assert_eq!(who, contact.id);
        let leave = &mail.unsubscribe.as_ref().expect("a way out").url;
        let named = links::open::<id::Message>(&test.app, Link::Unsubscribe, &signed(leave, Link::Unsubscribe));
        assert_eq!(named.unwrap(), (message.message.id, contact.id));
        assert!(mail.html.contains(leave.as_str()), "the same way out stands in the mail");

        let told = mail_facts(&test.app).await;
        let wanted = json!({"template": "lead_magnet", "message": message.message.id, "kind": "transactional",
            "subject": "Her er den: Hvitere tenner hjemme"});
        assert_eq!(told, [("Email Sent".to_owned(), wanted)], "{}", test.name);
        assert_eq!(only_job(&test).await.0, JobState::Done);
    }
}

#[tokio::test]
async fn a_code_stands_in_the_mail_and_needs_no_link() {
    let test = testing::sqlite().await;
    on_the_web(&test).await;
    let contact = kari(&test).await;
    let magnet = magnet(&test.app, Gift::Code("SMIL-2026".to_owned())).await;
    ask(&test.app, &contact, Some(&magnet), true).await;
    test.settle().await;
    let mail = test.mailer.take().remove(0);
    assert!(mail.text.contains("SMIL-2026") && !mail.html.contains("/d/"), "{}", mail.text);
}

#[tokio::test]
async fn an_address_is_confirmed_by_a_link_until_it_is() {
    for test in testing::all().await {
        on_the_web(&test).await;
        let contact = kari(&test).await;
        let magnet = magnet(&test.app, Gift::Code("SMIL".to_owned())).await;
        let submission = ask(&test.app, &contact, Some(&magnet), false).await;
        test.settle().await;
        let mail = test.mailer.take().remove(0);
        assert!(mail.text.contains("Hvitere tenner hjemme") && mail.unsubscribe.is_none(), "{}", mail.text);
        let confirm = signed(&mail.html, Link::Confirm);
        let named = links::open::<id::Submission>(&test.app, Link::Confirm, &confirm).unwrap();
        assert_eq!(named, (submission.id, contact.id));
        // Asked again after it was confirmed: nothing to say.
        let tx = test.app.store.begin().await.unwrap();
        store::submissions::confirm(&tx, submission.id, test.app.now()).await.unwrap();
        let delivery = Delivery { contact: contact.id, submission: submission.id, magnet: None };
        jobs::enqueue(&test.app, &tx, CONFIRM_EMAIL, delivery).await.unwrap();
        tx.commit().await.unwrap();
        test.settle().await;
        assert!(test.mailer.take().is_empty(), "{}", test.name);
    }
}

#[tokio::test]
async fn an_order_is_confirmed_with_the_facts_of_its_invoice_in_the_buyers_language() {
    for test in testing::all().await {
        on_the_web(&test).await;
        let document = json!({
            "slug": "whitening-kit", "name": {"en": "Whitening kit", "nb": "Blekesett"},
            "price": {"minor": 99_000, "currency": "NOK"}, "tax_rate_bp": 2500
        });
        let request = OfferRequest { document: serde_json::from_value(document).unwrap(), is_published: true };
        offers::create(&test.app, &test.owner, request).await.unwrap();
        let order = OfferOrder {
            offer: "whitening-kit".to_owned(),
            quantity: 2,
            buyer: serde_json::from_value(json!({"name": "Kari Nordmann", "email": "kari@example.no"})).unwrap(),
            locale: "nb".parse().unwrap(),
            consents: Vec::new(),
            channel: String::new(),
            origin: "/o/whitening-kit".to_owned(),
            visitor: None,
            form_token: None,
        };
        let placed = orders::place(&test.app, order).await.unwrap();
        test.settle().await;
        let mails = test.mailer.take();
        assert_eq!(mails.len(), 1, "{}", test.name);
        let text = mails[0].text.replace('\u{a0}', " ");
        for wanted in [
            "Blekesett",
            "1 980,00 kr",
            "396,00 kr",
            "1 584,00 kr",
            "Mva. 25 %",
            "16. mars 2026",
            "2. mars 2026",
            "1234 56 78903",
            "10001",
        ] {
            assert!(text.contains(wanted), "no {wanted} in {text}");
        }
        assert!(!text.contains("KID"), "{text}");
        assert!(mails[0].subject.contains("1001"), "{}", mails[0].subject);
        assert!(mails[0].unsubscribe.is_none());

        let link = signed(&mails[0].html, Link::Order);
        assert!(text.contains(&format!("{}{link}", Link::Order.path())), "{text}");
        let browser = events::PersonKey::anonymous("browser").unwrap();
        let opened = async |is_robot| orders::open_by_link(&test.app, &link, &browser, is_robot).await;
        let is_verified = async || {
            let contact = store::contacts::find(test.app.store.reader(), placed.contact_id).await.unwrap();
            contact.unwrap().is_email_verified
        };
        assert_eq!(opened(true).await.unwrap().order.id, placed.order.order.id);
        assert!(!is_verified().await, "{}", test.name);
        assert_eq!(opened(false).await.unwrap().lines[0].description, "Blekesett");
        assert!(is_verified().await, "{}", test.name);
        let contact = events::PersonKey::contact(&placed.contact_id);
        assert_eq!(test.app.log.person(&browser), test.app.log.person(&contact), "{}", test.name);
        let download = links::open::<id::Order>(&test.app, Link::Download, &link);
        assert!(matches!(download, Err(crate::AppError::NotFound("link"))));
    }
}

#[tokio::test]
async fn staff_hear_of_a_new_lead_where_the_settings_say_so() {
    let test = testing::sqlite().await;
    on_the_web(&test).await;
    let contact = kari(&test).await;
    let submission = ask(&test.app, &contact, None, false).await;
    let tell = async || {
        let tx = test.app.store.begin().await.unwrap();
        notify_of_lead(&test.app, &tx, contact.id, submission.id).await.unwrap();
        tx.commit().await.unwrap();
        test.settle().await;
        test.mailer.take().into_iter().filter(|mail| mail.to.email.as_str() != "kari@example.no").collect::<Vec<_>>()
    };
    assert!(tell().await.is_empty(), "off by default");
    let receivers = ["owner@example.com", "desk@example.com"].map(str::to_owned).to_vec();
    let change = MailSettingsChange { lead_notice_to: receivers, ..MailSettingsChange::default() };
    settings::update(&test.app, &test.owner, change).await.unwrap();
    test.mailer.fail_next(channels::mail::Failure::Permanent);
    let mails = tell().await;
    assert_eq!(mails.len(), 1, "one mailbox refused, the other got it");
    let mail = &mails[0];
    assert_eq!((mail.to.name.as_deref(), mail.subject.as_str()), (Some("Ola Owner"), "New lead: Kari Nordmann"));
    for wanted in ["After 4 pm", "/gratis-sjekk", "kari@example.no"] {
        assert!(mail.text.contains(wanted), "no {wanted} in {}", mail.text);
    }
    assert!(mail.html.contains(&format!("https://clinic.example/admin/contacts/{}", contact.id)));
    let dead = super::mail_jobs(&test).await.into_iter().find(|job| job.kind == mail_jobs::NEW_LEAD_NOTICE).unwrap();
    assert_eq!(dead.state, JobState::Dead);
}

#[tokio::test]
async fn what_is_gone_is_said_and_not_tried_again() {
    let test = testing::sqlite().await;
    let contact = ask_for_magnet(&test).await;
    contacts::delete(&test.app, &test.owner, contact.id).await.unwrap();
    test.settle().await;
    let (state, _, error) = only_job(&test).await;
    assert_eq!((state, error.as_str()), (JobState::Dead, "there is no such contact any more"));
}
