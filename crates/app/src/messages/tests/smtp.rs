//! The whole way over real SMTP: aiosmtpd receives, dkimpy verifies (`tests/mail/peer.py`).

#[expect(dead_code, reason = "shared with the tests of the mail crate, which use all of it")]
#[path = "../../../../channels/tests/mail/peer.rs"]
mod peer;

use peer::Peer;

use super::*;
use crate::messages::settings::{self, MailSecurity, MailSettingsChange};
use crate::python;
use crate::testing;

fn header<'a>(mail: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = mail["headers"].as_array().unwrap();
    headers.iter().filter(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_magnet_arrives_signed_with_links_that_open() {
    let Some(mut peer) = Peer::start().await else { return };
    let test = testing::sqlite().await;
    let contact = ask_for_magnet(&test).await;
    let change = MailSettingsChange {
        host: "localhost".to_owned(),
        port: peer.starttls_port,
        security: MailSecurity::Starttls,
        username: "kari".to_owned(),
        password: Some("hemmelig".to_owned()),
        ca_pem: Some(peer.ca_pem.clone()),
        reply_to: "post@clinic.example".to_owned(),
        ..super::settings::server()
    };
    let app = test.restarted(None).await;
    let view = settings::update(&app, &test.owner, change.clone()).await.unwrap();
    let record = view.dkim.unwrap().record;
    peer.publish(&record.name, &record.value).await;
    settle(&app).await;

    let mails = peer.mails().await;
    assert_eq!(mails.len(), 1, "{:?}", only_job(&test).await);
    let mail = &mails[0];
    let message = only_message(&test).await;
    assert_eq!(mail["dkim"], serde_json::json!([true]), "{}", mail["raw"]);
    assert_eq!(mail["dkim_of_changed"], serde_json::json!([false, false, false, false]));
    assert_eq!((&mail["is_tls"], &mail["sender"]), (&true.into(), &"hei@clinic.example".into()));
    assert_eq!(header(mail, "To"), ["Kari Nordmann <kari@example.no>"]);
    assert_eq!(header(mail, "Reply-To"), ["post@clinic.example"]);
    assert_eq!(header(mail, "Message-ID"), [format!("<{}@clinic.example>", message.message.id)]);
    assert_eq!(header(mail, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
    assert!(header(mail, "List-Unsubscribe")[0].starts_with("<https://clinic.example/u/"));
    let (html, text) = (mail["html"].as_str().unwrap(), mail["text"].as_str().unwrap());
    assert_eq!(html.replace("\r\n", "\n").trim_end(), message.html.trim_end(), "the log keeps what arrived");
    assert!(text.contains("Hei Kari") && html.contains("https://clinic.example/d/"), "{text}");
    assert_eq!((message.message.state, message.message.reply.as_deref()), ("sent", Some("2.0.0 queued as 1")));
    assert_eq!(message.message.contact, Some(contact.id));

    // The mailer is built anew when the settings change: this password is wrong, and the test says so.
    let wrong = MailSettingsChange { password: Some("gjett".to_owned()), ..change };
    settings::update(&app, &test.owner, wrong).await.unwrap();
    let told = settings::test(&app, &test.owner, "me@example.com").await.unwrap();
    assert_eq!(told.class, "settings");
    assert!(told.detail.contains("refused the user name or password"), "{}", told.detail);
    assert!(peer.mails().await.is_empty());
}
