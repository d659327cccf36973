//! Reading mail from a real server: pymap (`tests/mail/imap.py`).

#[path = "../../../tests/mail/python.rs"]
mod python;

use channels::mail::imap::Lying;
use channels::mail::{ImapFault, ImapSession, ImapSettings, Security};
use python::Python;
use serde_json::json;

const MAIL: &str = "From: Kari <kari@example.no>\r\nSubject: Hei\r\n\r\nPasser tirsdag?\r\n";

fn settings(peer: &Python, security: Security) -> ImapSettings {
    ImapSettings {
        host: "localhost".to_owned(),
        port: peer.port(if security == Security::Tls { "tls_port" } else { "port" }),
        security,
        username: "kari".to_owned(),
        password: "hemmelig".to_owned(),
        folder: "Leads".to_owned(),
        ca_pem: Some(peer.ca_pem()),
    }
}

#[tokio::test]
async fn mail_is_read_over_every_kind_of_connection_and_left_as_it_was() {
    let Some(mut peer) = Python::start("imap.py").await else { return };
    peer.ask(json!({"do": "put", "folder": "Leads", "mails": [MAIL, MAIL, MAIL]})).await;
    for security in [Security::None, Security::Starttls, Security::Tls] {
        let mut session = ImapSession::open(&settings(&peer, security)).await.unwrap();
        assert_eq!(session.folder.count, 3, "{security:?}");
        let uids = session.uids_after(0, None).await.unwrap();
        assert_eq!(uids.len(), 3);
        assert_eq!(session.uids_after(uids[0], None).await.unwrap(), uids[1..]);
        assert!(session.uids_after(uids[2], None).await.unwrap().is_empty(), "the last is not told again");
        assert!(session.uids_after(u32::MAX, None).await.unwrap().is_empty());
        for uid in &uids {
            assert_eq!(session.mail(*uid).await.unwrap(), Lying::Mail(MAIL.into()));
        }
        assert_eq!(session.mail(uids[2] + 9).await.unwrap(), Lying::Gone);
        session.close().await;
    }
    assert_eq!(peer.ask(json!({"do": "flags", "folder": "Leads"})).await["flags"], json!([[], [], []]));
}

#[tokio::test]
async fn what_is_wrong_is_said_in_words() {
    let Some(mut peer) = Python::start("imap.py").await else { return };
    peer.ask(json!({"do": "put", "folder": "Leads", "mails": []})).await;
    let tls = settings(&peer, Security::Tls);
    let plain = settings(&peer, Security::None);
    let fault = async |settings: ImapSettings| {
        let Err(error) = ImapSession::open(&settings).await else { panic!("it opened") };
        assert!(!error.text.contains("hemmelig"), "{error}");
        (error.fault, error.text)
    };
    let (kind, text) = fault(ImapSettings { password: "wrong".to_owned(), ..tls.clone() }).await;
    assert_eq!(kind, ImapFault::Login, "{text}");
    let (kind, text) = fault(ImapSettings { folder: "Forespørsler".to_owned(), ..tls.clone() }).await;
    assert_eq!(kind, ImapFault::Folder, "{text}");
    assert!(text.starts_with("Forespørsler: "), "{text}");
    let (kind, text) = fault(ImapSettings { ca_pem: None, ..tls.clone() }).await;
    assert_eq!(kind, ImapFault::Tls, "{text}");
    let (kind, text) = fault(ImapSettings { port: peer.port("port"), ..tls.clone() }).await;
    assert_eq!(kind, ImapFault::Tls, "{text}");
    let (kind, text) = fault(ImapSettings { folder: String::new(), ..tls }).await;
    assert_eq!(kind, ImapFault::Settings, "{text}");
    peer.ask(json!({"do": "shut"})).await;
    let (kind, text) = fault(plain).await;
    assert_eq!(kind, ImapFault::Unreachable, "{text}");
}
