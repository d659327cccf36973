//! Every way a mail fails, and what follows from each.

use channels::mail::Failure;
use store::jobs::JobState;

use super::*;
use crate::AppError;
use crate::messages::settings::{self, MailSettingsChange};
use crate::permission::Role;
use crate::testing;

#[tokio::test]
async fn a_refusal_for_good_is_final_until_a_person_tries_again() {
    for test in testing::all().await {
        ask_for_magnet(&test).await;
        test.mailer.fail_next(Failure::Permanent);
        test.settle().await;
        let message = only_message(&test).await.message;
        assert_eq!((message.state, message.can_retry), ("failed", true), "{}", test.name);
        assert!(message.error.unwrap().contains("does not exist"));
        let (state, attempts, error) = only_job(&test).await;
        assert_eq!((state, attempts), (JobState::Dead, 1));
        assert!(error.contains("check the address"), "{error}");
        let told = mail_facts(&test.app).await;
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].0.as_str(), told[0].1["template"].as_str()), ("Email Failed", Some("lead_magnet")));
        later(&test, 48 * HOUR_MS).await;
        assert!(test.mailer.take().is_empty());

        log::retry(&test.app, &test.owner, message.id).await.unwrap();
        test.settle().await;
        let mails = test.mailer.take();
        assert_eq!(mails.len(), 1, "{}", test.name);
        assert_eq!(mails[0].message_id, message_id(message.id));
        assert_eq!((only_message(&test).await.message.state, only_job(&test).await.0), ("sent", JobState::Done));
        let again = log::retry(&test.app, &test.owner, message.id).await;
        assert!(matches!(again, Err(AppError::Conflict { code: "not_failed", .. })));
    }
}

#[tokio::test]
async fn a_server_that_says_later_is_asked_later_and_at_last_given_up_on() {
    for test in testing::all().await {
        ask_for_magnet(&test).await;
        test.mailer.fail_next(Failure::Temporary);
        test.settle().await;
        let first = only_message(&test).await.message;
        assert_eq!((first.state, only_job(&test).await.0), ("queued", JobState::Queued), "{}", test.name);
        assert!(first.error.unwrap().contains("try later"));
        test.mailer.fail_next(Failure::Temporary);
        later(&test, 2 * 60 * 1000).await;
        // Whoever has mended the server need not wait.
        log::retry(&test.app, &test.owner, first.id).await.unwrap();
        test.settle().await;
        let sent = only_message(&test).await.message;
        assert_eq!((sent.state, sent.attempts, sent.message_id), ("sent", 3, first.message_id));
        assert_eq!(sent.error, None);

        test.mailer.fail_always(Some(Failure::Temporary));
        let contact = store::contacts::find(test.app.store.reader(), sent.contact.unwrap()).await.unwrap().unwrap();
        let magnet = magnet(&test.app, Gift::Code("SMIL".to_owned())).await;
        ask(&test.app, &contact, Some(&magnet), true).await;
        for _ in 0..8 {
            later(&test, 48 * HOUR_MS).await;
        }
        let given_up = &messages(&test).await[0];
        assert_eq!((given_up.state, given_up.attempts), ("failed", 8), "{}", test.name);
        assert!(given_up.error.as_ref().unwrap().starts_with("given up after 8 attempts"), "{given_up:?}");
        let dead = mail_jobs(&test).await.remove(0);
        assert_eq!(dead.state, JobState::Dead);
    }
}

#[tokio::test]
async fn transactional_mail_that_may_have_arrived_goes_again_to_the_letter() {
    for test in testing::all().await {
        ask_for_magnet(&test).await;
        test.mailer.fail_next(Failure::Unknown);
        test.settle().await;
        assert_eq!(only_message(&test).await.message.state, "unknown", "{}", test.name);
        later(&test, 2 * 60 * 1000).await;
        let mails = test.mailer.take();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0], mails[1], "links, date and Message-ID are the same");
        assert_eq!(only_message(&test).await.message.state, "sent");
    }
}

#[tokio::test]
async fn wrong_settings_hold_mail_until_they_are_mended() {
    for test in testing::all().await {
        let contact = ask_for_magnet(&test).await;
        let other = magnet(&test.app, Gift::Code("SMIL".to_owned())).await;
        ask(&test.app, &contact, Some(&other), true).await;
        test.mailer.fail_next(Failure::Settings);
        test.settle().await;
        let waiting = messages(&test).await;
        assert_eq!(waiting.iter().map(|message| message.state).collect::<Vec<_>>(), ["queued", "queued"]);
        let attempts: Vec<i64> = waiting.iter().map(|message| message.attempts).collect();
        assert_eq!(attempts.iter().sum::<i64>(), 1, "the second was not tried: sending pauses");
        for job in mail_jobs(&test).await {
            assert_eq!((job.state, job.attempts), (JobState::Queued, 0), "waiting does not count");
            assert!(job.last_error.unwrap().contains("correct them in Settings, Mail"));
        }
        settings::update(&test.app, &test.owner, MailSettingsChange::default()).await.unwrap();
        test.settle().await;
        assert_eq!(test.mailer.take().len(), 2, "{}: saving the settings wakes what waits", test.name);
    }
}

#[tokio::test]
async fn without_a_server_or_an_address_of_the_pages_mail_waits_and_says_for_what() {
    let test = testing::sqlite().await;
    let contact = kari(&test).await;
    let magnet = magnet(&test.app, Gift::Code("SMIL".to_owned())).await;
    ask(&test.app, &contact, Some(&magnet), true).await;
    test.settle().await;
    let message = only_message(&test).await.message;
    assert_eq!(
        message.error.as_deref(),
        Some("the links of this mail need the address of your pages: set it in Settings, Company")
    );
    on_the_web(&test).await;
    let app = test.restarted(None).await;
    test.clock.advance_ms(HOUR_MS);
    settle(&app).await;
    let (state, attempts, error) = only_job(&test).await;
    assert_eq!((state, attempts), (JobState::Queued, 0));
    assert!(error.contains("Settings, Mail"), "{error}");
    test.clock.advance_ms(8 * 24 * HOUR_MS);
    settle(&app).await;
    assert_eq!((only_message(&test).await.message.state, only_job(&test).await.0), ("failed", JobState::Dead));
    assert!(only_job(&test).await.2.starts_with("given up after 7 days"), "{}", only_job(&test).await.2);
}

#[tokio::test]
async fn marketing_asks_for_consent_and_is_never_repeated_by_itself() {
    for test in testing::all().await {
        on_the_web(&test).await;
        let contact = kari(&test).await;
        write_to(&test, &contact).await;
        test.settle().await;
        let held = only_message(&test).await.message;
        assert_eq!((held.state, held.can_retry), ("suppressed", false), "{}", test.name);
        assert!(held.error.unwrap().contains("has not agreed"));
        assert!(test.mailer.take().is_empty());

        agree(&test.app, &contact, true).await;
        test.mailer.fail_next(Failure::Unknown);
        let lost = write_to(&test, &contact).await;
        test.settle().await;
        later(&test, 72 * HOUR_MS).await;
        let mails = test.mailer.take();
        assert_eq!(mails.len(), 1, "it may have arrived: not again");
        let leave = mails[0].unsubscribe.as_ref().expect("RFC 8058").url.clone();
        assert!(mails[0].html.contains(&leave) && mails[0].subject == "Vår for Kari", "{}", mails[0].html);
        let lost = log::get(&test.app, &test.owner, lost.id).await.unwrap().message;
        assert_eq!((lost.state, lost.kind, lost.is_unsubscribable), ("unknown", "marketing", true));

        // A person decides; consent is asked again.
        log::retry(&test.app, &test.owner, lost.id).await.unwrap();
        agree(&test.app, &contact, false).await;
        test.settle().await;
        assert_eq!(log::get(&test.app, &test.owner, lost.id).await.unwrap().message.state, "suppressed");
        assert!(test.mailer.take().is_empty());
        agree(&test.app, &contact, true).await;

        // A mailbox that does not exist is not written to again.
        test.mailer.fail_next(Failure::Permanent);
        write_to(&test, &contact).await;
        test.settle().await;
        write_to(&test, &contact).await;
        test.settle().await;
        let newest = &messages(&test).await[0];
        assert_eq!(newest.state, "suppressed", "{}", test.name);
        assert!(newest.error.as_ref().unwrap().contains("mailbox does not exist"));
    }
}

#[tokio::test]
async fn an_address_that_bounced_gets_no_mail_of_any_kind_until_it_is_another() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        let contact = ask_for_magnet(&test).await;
        let bounces = async || {
            let contact = store::contacts::find(app.store.reader(), contact.id).await.unwrap().unwrap();
            consent::bounces(&contact)
        };
        // "Later" says nothing about the mailbox.
        test.mailer.fail_next(Failure::Temporary);
        test.settle().await;
        assert!(!bounces().await, "{}", test.name);
        test.mailer.fail_next(Failure::Permanent);
        later(&test, 2 * 60 * 1000).await;
        assert!(bounces().await, "{}", test.name);
        let failed = only_message(&test).await.message;
        assert_eq!(mail_facts(app).await.last().unwrap().1["bounced"], Value::Bool(true));

        let magnet = magnet(app, Gift::Code("SMIL".to_owned())).await;
        ask(app, &contact, Some(&magnet), true).await;
        test.settle().await;
        let held = &messages(&test).await[0];
        assert_eq!((held.kind, held.state), ("transactional", "suppressed"), "{}", test.name);
        assert!(held.error.as_ref().unwrap().contains("mailbox does not exist"), "{:?}", held.error);
        assert!(test.mailer.take().is_empty(), "{}", test.name);

        // A person who knows better tries again.
        log::retry(app, owner, failed.id).await.unwrap();
        test.mailer.fail_next(Failure::Permanent);
        test.settle().await;
        assert!(bounces().await, "{}", test.name);

        // Another address is another mailbox.
        let change = ContactChange { email: Some("kari.n@example.no".to_owned()), ..ContactChange::default() };
        contacts::update(app, owner, contact.id, change).await.unwrap();
        assert!(!bounces().await, "{}", test.name);
        ask(app, &contact, Some(&magnet), true).await;
        test.settle().await;
        let mails = test.mailer.take();
        assert_eq!(mails.len(), 1, "{}", test.name);
        assert_eq!(mails[0].to.email.as_str(), "kari.n@example.no");
    }
}

#[tokio::test]
async fn only_those_who_may_look_and_send() {
    let test = testing::sqlite().await;
    ask_for_magnet(&test).await;
    test.mailer.fail_next(Failure::Permanent);
    test.settle().await;
    let id = messages(&test).await[0].id;
    let (viewer, rep) = (test.actor(Role::Viewer).await, test.actor(Role::Rep).await);
    log::get(&test.app, &viewer, id).await.unwrap();
    assert!(matches!(log::retry(&test.app, &viewer, id).await, Err(AppError::Forbidden("messages.write"))));
    assert!(matches!(log::get(&test.app, &rep, id).await, Err(AppError::Forbidden("messages.read"))));
    let marketer = test.actor(Role::Marketer).await;
    log::retry(&test.app, &marketer, id).await.unwrap();
    let change = settings::update(&test.app, &marketer, MailSettingsChange::default()).await;
    assert!(matches!(change, Err(AppError::Forbidden("settings.write"))));
}
