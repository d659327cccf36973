//! Mail against a real server: aiosmtpd receives, dkimpy verifies (`tests/mail/peer.py`).

#[path = "mail/peer.rs"]
mod peer;
#[path = "../../../tests/mail/python.rs"]
mod python;

use base::{SeededRandom, Timestamp};
use channels::mail::{
    DkimKey, DkimSettings, Mailbox, Mailer, OutgoingMail, Security, SendError, SmtpMailer, SmtpSettings, Unsubscribe,
    dkim,
};
use peer::Peer;
use serde_json::Value;

/// Start the peer, or say why the test is skipped and leave it.
macro_rules! peer_or_skip {
    () => {
        match Peer::start().await {
            Some(peer) => peer,
            None => return,
        }
    };
}

fn mail_to(receiver: &str) -> OutgoingMail {
    OutgoingMail {
        from: Mailbox::new("Tannlege Sørensen & Ærlig, \"Oslo\"", "hei@tannlege.example".parse().unwrap()),
        to: Mailbox::new("Kåre Ødegård", receiver.parse().unwrap()),
        reply_to: vec![Mailbox::new("Resepsjonen", "post@tannlege.example".parse().unwrap())],
        return_path: None,
        subject: "Gratis sjekk: dine tenner fortjener det – les hvordan vi gjør det for små og store".into(),
        html: format!("<p>Hei Kåre</p><p>{}</p>", "En lang linje uten slutt. ".repeat(80)),
        text: "Hei Kåre\n.\n..en linje som begynner med punktum\nFrom en linje\n\n\n".into(),
        message_id: "msg_1@tannlege.example".into(),
        date: Timestamp::from_ms(1_795_000_000_000),
        unsubscribe: Some(Unsubscribe {
            url: format!("https://tannlege.example/u/{}", "a1b2".repeat(60)),
            mailto: Some("stopp@tannlege.example".parse().unwrap()),
        }),
        headers: vec![("X-Suppilo-Message".into(), "msg_1".into())],
    }
}

fn plain(port: u16) -> SmtpSettings {
    SmtpSettings { timeout_ms: 10_000, ..SmtpSettings::new("127.0.0.1", port, Security::None) }
}

fn with_login(mut settings: SmtpSettings) -> SmtpSettings {
    settings.username = Some("kari".into());
    settings.password = Some("hemmelig".into());
    settings
}

fn mailer(settings: SmtpSettings) -> SmtpMailer {
    SmtpMailer::new(settings, None).unwrap()
}

fn dkim_settings(private_key_pem: String) -> DkimSettings {
    DkimSettings { domain: "tannlege.example".into(), selector: "s1".into(), private_key_pem }
}

fn header<'a>(mail: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = mail["headers"].as_array().unwrap();
    headers.iter().filter(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap()).collect()
}

async fn receive_signed(private_key_pem: String) -> Option<Value> {
    let mut peer = Peer::start().await?;
    let settings = dkim_settings(private_key_pem);
    let record = settings.dns_record().unwrap();
    peer.publish(&record.name, &record.value).await;
    let mailer = SmtpMailer::new(plain(peer.port), Some(DkimKey::new(&settings).unwrap())).unwrap();
    let accepted = mailer.send(&mail_to("kare@example.no")).await.unwrap();
    assert_eq!(accepted.response, "2.0.0 queued as 1");
    peer.mails().await.pop()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_and_dkim_verifies() {
    let key = dkim::generate_rsa(&SeededRandom::new(1)).unwrap();
    let Some(mail) = receive_signed(key).await else { return };
    let sent = mail_to("kare@example.no");
    assert_eq!(mail["dkim"], serde_json::json!([true]), "{}", mail["raw"]);
    assert_eq!(mail["dkim_of_changed"], serde_json::json!([false, false, false, false]));
    assert_eq!(mail["sender"], "hei@tannlege.example");
    assert_eq!(mail["receivers"], serde_json::json!(["kare@example.no"]));
    assert_eq!(header(&mail, "Subject"), [sent.subject.as_str()]);
    assert_eq!(header(&mail, "From"), ["\"Tannlege Sørensen & Ærlig, \\\"Oslo\\\"\" <hei@tannlege.example>"]);
    assert_eq!(header(&mail, "To"), ["Kåre Ødegård <kare@example.no>"]);
    assert_eq!(header(&mail, "Reply-To"), ["Resepsjonen <post@tannlege.example>"]);
    assert_eq!(header(&mail, "Message-ID"), ["<msg_1@tannlege.example>"]);
    assert_eq!(header(&mail, "X-Suppilo-Message"), ["msg_1"]);
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
    let unsubscribe = sent.unsubscribe.unwrap();
    let expected = format!("<{}>, <mailto:stopp@tannlege.example?subject=unsubscribe>", unsubscribe.url);
    assert_eq!(header(&mail, "List-Unsubscribe"), [expected.as_str()]);
    let signature = header(&mail, "DKIM-Signature")[0].replace([' ', '\t'], "");
    assert!(signature.contains("c=relaxed/relaxed") && signature.contains("list-unsubscribe:list-unsubscribe-post"));
    assert_eq!(mail["html"].as_str().unwrap().trim_end(), sent.html);
    assert_eq!(mail["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(), sent.text.trim_end());
    assert!(mail["longest_line"].as_u64().unwrap() <= 998);
    assert!(mail["raw"].as_str().unwrap().is_ascii());
}

#[tokio::test]
async fn an_ed25519_signature_verifies() {
    let Some(mail) = receive_signed(dkim::generate_ed25519(&SeededRandom::new(1))).await else { return };
    assert_eq!(mail["dkim"], serde_json::json!([true]), "{}", mail["raw"]);
    assert_eq!(mail["dkim_of_changed"], serde_json::json!([false, false, false, false]));
}

#[tokio::test]
async fn each_failure_is_told_by_what_to_do_next() {
    let mut peer = peer_or_skip!();
    let settings = SmtpSettings { answer_timeout_ms: 4_000, ..plain(peer.port) };
    let mailer = mailer(settings);
    let mut seen = Vec::new();
    for who in ["gone", "policy", "relay", "later", "spam", "busy", "lost", "silent", "kari"] {
        let outcome = match mailer.send(&mail_to(&format!("{who}@example.no"))).await {
            Ok(accepted) => format!("accepted: {}", accepted.response),
            Err(error) => format!("{}: {error}", class(&error)).replace(&peer.port.to_string(), "PORT"),
        };
        seen.push(format!("{who} -> {outcome}"));
    }
    let mut large = mail_to("cut@example.no");
    large.html = "x".repeat(900_000);
    let cut = mailer.send(&large).await.unwrap_err();
    // Whether the loss shows before or after the last byte is the network's choice; both must be told apart.
    assert!(matches!(cut, SendError::Temporary { code: None, .. } | SendError::Unknown { .. }), "{cut:?}");
    let mut forged = mail_to("kari@example.no");
    forged.return_path = Some("forged@tannlege.example".parse().unwrap());
    let error = mailer.send(&forged).await.unwrap_err();
    seen.push(format!("forged sender -> {}: {error}", class(&error)));
    insta::assert_snapshot!(seen.join("\n"));
    let receivers: Vec<Value> = peer.mails().await.iter().map(|mail| mail["receivers"][0].clone()).collect();
    assert_eq!(receivers, ["lost@example.no", "silent@example.no", "kari@example.no"]);
}

fn class(error: &SendError) -> &'static str {
    match error {
        SendError::Permanent { is_bad_address: true, .. } => "permanent, bad address",
        SendError::Permanent { .. } => "permanent",
        SendError::Temporary { .. } => "temporary",
        SendError::Unknown { .. } => "unknown",
        SendError::Settings { .. } => "settings",
    }
}

#[tokio::test]
async fn login_and_tls_work_or_say_what_is_wrong() {
    let mut peer = peer_or_skip!();
    let local = |port, security| {
        let mut settings = SmtpSettings::new("localhost", port, security);
        settings.timeout_ms = 10_000;
        settings
    };
    for (port, security, is_tls) in [
        (peer.login_port, Security::None, false),
        (peer.starttls_port, Security::Starttls, true),
        (peer.tls_port, Security::Tls, true),
    ] {
        let mut settings = with_login(local(port, security));
        settings.ca_pem = Some(peer.ca_pem.clone());
        let mailer = mailer(settings);
        mailer.verify().await.unwrap();
        mailer.send(&mail_to("kari@example.no")).await.unwrap();
        assert_eq!(peer.mails().await[0]["is_tls"], is_tls, "{security:?}");
    }
    let mut wrong_password = with_login(local(peer.login_port, Security::None));
    wrong_password.password = Some("gjett".into());
    let own_ca = |port, security| SmtpSettings { ca_pem: Some(peer.ca_pem.clone()), ..local(port, security) };
    let mut seen = Vec::new();
    for (name, settings) in [
        ("wrong password", wrong_password),
        ("no login", plain(peer.login_port)),
        ("unknown authority, TLS", with_login(local(peer.tls_port, Security::Tls))),
        ("unknown authority, STARTTLS", with_login(local(peer.starttls_port, Security::Starttls))),
        ("TLS to a plain port", own_ca(peer.port, Security::Tls)),
        ("STARTTLS where there is none", own_ca(peer.port, Security::Starttls)),
    ] {
        let error = mailer(settings).send(&mail_to("kari@example.no")).await.unwrap_err();
        seen.push(peer.without_ports(&format!("{name} -> {}: {error}", class(&error))));
    }
    insta::assert_snapshot!(seen.join("\n"));
    assert!(peer.mails().await.is_empty());
}

#[tokio::test]
async fn nobody_listening_is_temporary() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = mailer(plain(port)).send(&mail_to("kari@example.no")).await.unwrap_err();
    assert!(matches!(error, SendError::Temporary { code: None, .. }), "{error:?}");
    assert!(error.to_string().contains("check that host and port are right"), "{error}");
}

#[tokio::test]
async fn connections_are_kept_and_a_stale_one_is_replaced_without_a_second_copy() {
    let mut peer = peer_or_skip!();
    let mailer = mailer(SmtpSettings { connections_max: 1, ..plain(peer.port) });
    for _ in 0..3 {
        mailer.send(&mail_to("kari@example.no")).await.unwrap();
        mailer.send(&mail_to("gone@example.no")).await.unwrap_err();
    }
    assert_eq!(peer.connections().await, 1);
    assert_eq!(peer.mails().await.len(), 3);
    peer.hang_up().await;
    mailer.send(&mail_to("kari@example.no")).await.unwrap();
    assert_eq!(peer.connections().await, 2);
    assert_eq!(peer.mails().await.len(), 1);
}

#[tokio::test]
async fn letters_outside_ascii_before_the_at_need_a_server_that_takes_them() {
    let mut peer = peer_or_skip!();
    mailer(plain(peer.port)).send(&mail_to("kåre@blåbær.example")).await.unwrap();
    let mail = peer.mails().await.remove(0);
    assert_eq!(mail["receivers"], serde_json::json!(["kåre@xn--blbr-roah.example"]));
    assert!(mail["options"].as_array().unwrap().contains(&"SMTPUTF8".into()));
    let ascii = mailer(plain(peer.ascii_port));
    ascii.send(&mail_to("kare@blåbær.example")).await.unwrap();
    let error = ascii.send(&mail_to("kåre@blåbær.example")).await.unwrap_err();
    assert!(matches!(error, SendError::Permanent { code: None, is_bad_address: false, .. }), "{error:?}");
}

/// Prints how many mails a second go to the peer, first with the mail library's own socket, which is
/// why ours is another; run with `--run-ignored all --no-capture`.
#[tokio::test]
#[ignore = "a measurement, not a test"]
async fn mails_per_second() {
    const MAILS: usize = 1000;
    let peer = peer_or_skip!();
    println!("the library's own connection: {:.0} mails/s", library_rate(peer.port).await);
    let key = || DkimKey::new(&dkim_settings(dkim::generate_rsa(&SeededRandom::new(1)).unwrap())).unwrap();
    for (name, connections_max, dkim) in
        [("1 connection", 1, None), ("4 connections", 4, None), ("4 connections, signed", 4, Some(key()))]
    {
        let settings = SmtpSettings { connections_max, ..plain(peer.port) };
        let mailer = std::sync::Arc::new(SmtpMailer::new(settings, dkim).unwrap());
        let start = tokio::time::Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..MAILS {
            let mailer = mailer.clone();
            tasks.spawn(async move { mailer.send(&mail_to("kari@example.no")).await });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
        println!("{name}: {:.0} mails/s", MAILS as f64 / start.elapsed().as_secs_f64());
    }
}

async fn library_rate(port: u16) -> f64 {
    use lettre::transport::smtp::{client::AsyncSmtpConnection, extension::ClientId};
    const MAILS: usize = 50;
    let hello = ClientId::default();
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(("127.0.0.1", port), None, &hello, None, None).await.unwrap();
    let address = || "kari@example.no".parse().unwrap();
    let envelope = lettre::address::Envelope::new(Some(address()), vec![address()]).unwrap();
    let message = mail_to("kari@example.no").to_bytes().unwrap();
    let start = tokio::time::Instant::now();
    for _ in 0..MAILS {
        connection.send(&envelope, &message).await.unwrap();
    }
    MAILS as f64 / start.elapsed().as_secs_f64()
}
