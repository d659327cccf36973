//! The mail settings: what goes in, and what never comes out.

use channels::mail::Failure;

use super::*;
use crate::AppError;
use crate::messages::settings::{self, DkimChange, MailSecurity, MailSettingsChange};
use crate::testing;

pub(super) fn server() -> MailSettingsChange {
    MailSettingsChange {
        from_email: "hei@clinic.example".to_owned(),
        host: "smtp.clinic.example".to_owned(),
        port: 587,
        username: "hei".to_owned(),
        password: Some("hemmelig-ord".to_owned()),
        dkim: Some(DkimChange { domain: "clinic.example".to_owned(), selector: "s1".to_owned() }),
        ..MailSettingsChange::default()
    }
}

#[tokio::test]
async fn secrets_go_in_and_stay() {
    for test in testing::all().await {
        let (app, owner) = (&test.app, &test.owner);
        assert!(!settings::get(app, owner).await.unwrap().is_complete);
        let view = settings::update(app, owner, server()).await.unwrap();
        assert!(view.is_complete && view.has_password, "{}", test.name);
        let record = view.dkim.clone().unwrap().record;
        assert_eq!(record.name, "s1._domainkey.clinic.example");
        assert!(record.value.starts_with("v=DKIM1; k=rsa; p="), "{}", record.value);
        let shown = serde_json::to_string(&view).unwrap();
        assert!(!shown.contains("hemmelig-ord") && !shown.contains("PRIVATE"), "{shown}");
        let noted = crate::audit::newest(app, owner, Some("mail")).await.unwrap();
        assert!(!serde_json::to_string(&noted).unwrap().contains("hemmelig-ord"));

        // The password stays when it is not named, and the key while domain and selector are the same.
        let same = MailSettingsChange { password: None, from_name: "Klinikken".to_owned(), ..server() };
        let view = settings::update(app, owner, same).await.unwrap();
        assert!(view.has_password);
        assert_eq!(view.dkim.unwrap().record.value, record.value);
        // It is not handed to another server.
        let other = MailSettingsChange { password: None, host: "smtp.other.example".to_owned(), ..server() };
        let refused = settings::update(app, owner, other).await;
        assert!(matches!(refused, Err(AppError::Invalid(problems)) if problems[0].field == "password"));
        let off = settings::update(app, owner, MailSettingsChange::default()).await.unwrap();
        assert!(!off.is_complete && !off.has_password && off.dkim.is_none());
    }
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let test = testing::sqlite().await;
    for (change, fields) in [
        (MailSettingsChange { from_email: "hei".to_owned(), ..server() }, "from_email"),
        (MailSettingsChange { from_email: String::new(), ..server() }, "from_email"),
        (MailSettingsChange { reply_to: "x@".to_owned(), port: 0, ..server() }, "reply_to port"),
        (MailSettingsChange { port: 465, ..server() }, "security"),
        (MailSettingsChange { security: MailSecurity::None, ..server() }, "security"),
        (MailSettingsChange { username: String::new(), ..server() }, "password"),
        (
            MailSettingsChange { lead_notice_to: vec!["a@b.no".to_owned(), "b".to_owned()], ..server() },
            "lead_notice_to[1]",
        ),
        (
            MailSettingsChange {
                dkim: Some(DkimChange { domain: "other.example".to_owned(), selector: "s1".to_owned() }),
                ..server()
            },
            "dkim.domain",
        ),
        (
            MailSettingsChange {
                dkim: Some(DkimChange { domain: "clinic.example".to_owned(), selector: "s 1".to_owned() }),
                ..server()
            },
            "dkim.selector",
        ),
    ] {
        let AppError::Invalid(problems) = settings::update(&test.app, &test.owner, change).await.unwrap_err() else {
            panic!("{fields}")
        };
        let named: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(named.join(" "), fields);
    }
}

#[tokio::test]
async fn a_test_mail_tells_the_class_of_its_failure() {
    let test = testing::sqlite().await;
    let mut seen = Vec::new();
    for failure in
        [None, Some(Failure::Permanent), Some(Failure::Temporary), Some(Failure::Unknown), Some(Failure::Settings)]
    {
        if let Some(failure) = failure {
            test.mailer.fail_next(failure);
        }
        let told = settings::test(&test.app, &test.owner, "me@example.com").await.unwrap();
        assert_eq!(told.is_sent, failure.is_none());
        seen.push(format!(
            "{} {}",
            told.class,
            log::get(&test.app, &test.owner, told.message).await.unwrap().message.state
        ));
    }
    assert_eq!(seen, ["sent sent", "permanent failed", "temporary failed", "unknown unknown", "settings failed"]);
    // After a refused login mail pauses, and a test goes out all the same.
    assert!(settings::test(&test.app, &test.owner, "me@example.com").await.unwrap().is_sent);
    let app = test.restarted(None).await;
    let told = settings::test(&app, &test.owner, "me@example.com").await.unwrap();
    assert_eq!((told.class, told.detail.contains("Settings, Mail")), ("settings", true), "{}", told.detail);
}
