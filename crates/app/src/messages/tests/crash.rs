//! The program dies between "sending" and the outcome.

use channels::mail::{Accepted, OutgoingMail, SendError};
use parking_lot::Mutex;
use store::jobs::JobState;
use tokio::sync::Notify;

use super::*;
use crate::testing;

/// Takes the mail and never answers.
#[derive(Default)]
struct Silent {
    taken: Mutex<Option<OutgoingMail>>,
    called: Notify,
}

#[async_trait::async_trait]
impl Mailer for Silent {
    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, SendError> {
        *self.taken.lock() = Some(mail.clone());
        self.called.notify_one();
        std::future::pending().await
    }
}

/// Begin to send, and die; what the server got.
async fn die_sending(test: &TestApp) -> OutgoingMail {
    let silent = Arc::new(Silent::default());
    let dying = test.restarted(Some(silent.clone())).await;
    let run = tokio::spawn(async move { jobs::run_due(&dying, 10).await });
    silent.called.notified().await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    silent.taken.lock().take().unwrap()
}

#[tokio::test]
async fn transactional_mail_is_repeated_with_the_same_message_id() {
    for test in testing::all().await {
        ask_for_magnet(&test).await;
        let taken = die_sending(&test).await;
        assert_eq!(only_message(&test).await.message.state, "sending", "{}: said before the network", test.name);
        test.settle().await;
        assert!(test.mailer.take().is_empty(), "the lease of the dead holds");
        later(&test, jobs::LEASE_MS + 1).await;
        assert_eq!(test.mailer.take(), [taken], "{}: the same, to the letter", test.name);
        let message = only_message(&test).await.message;
        assert_eq!((message.state, message.attempts), ("sent", 2));
        assert_eq!(only_job(&test).await.0, JobState::Done);
    }
}

#[tokio::test]
async fn marketing_mail_becomes_unknown_and_is_not_repeated() {
    for test in testing::all().await {
        on_the_web(&test).await;
        let contact = kari(&test).await;
        agree(&test.app, &contact, true).await;
        write_to(&test, &contact).await;
        let taken = die_sending(&test).await;
        later(&test, jobs::LEASE_MS + 1).await;
        later(&test, 72 * HOUR_MS).await;
        assert!(test.mailer.take().is_empty(), "{}", test.name);
        let message = only_message(&test).await.message;
        assert_eq!((message.state, message.can_retry), ("unknown", true));
        assert!(message.error.unwrap().contains("may have arrived"));
        let (state, _, error) = only_job(&test).await;
        assert!(state == JobState::Dead && error.contains("may have arrived"), "{error}");

        log::retry(&test.app, &test.owner, message.id).await.unwrap();
        test.settle().await;
        let mails = test.mailer.take();
        assert_eq!((mails.len(), &mails[0].message_id), (1, &taken.message_id), "a person sent it again");
    }
}

#[tokio::test]
async fn a_test_mail_whose_sender_died_is_reported() {
    let test = testing::sqlite().await;
    let silent = Arc::new(Silent::default());
    let dying = test.restarted(Some(silent.clone())).await;
    let owner = test.owner;
    let run = tokio::spawn(async move { crate::messages::settings::test(&dying, &owner, "me@example.com").await });
    silent.called.notified().await;
    run.abort();
    jobs::tidy(&test.app).await.unwrap();
    assert_eq!(only_message(&test).await.message.state, "sending", "it may still be at work");
    test.clock.advance_ms(HOUR_MS);
    jobs::tidy(&test.app).await.unwrap();
    assert_eq!(only_message(&test).await.message.state, "unknown");
}
