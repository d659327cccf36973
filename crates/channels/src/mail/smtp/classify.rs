//! From what went wrong at which step to what the caller should do next.

use std::error::Error as _;

use lettre::transport::smtp;

use crate::mail::SendError;

/// Where in the conversation it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The connection, TLS and the greeting.
    Connect,
    /// STARTTLS.
    Tls,
    /// The login.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Receiver,
    /// DATA and the message up to and without its last byte.
    Content,
    /// After the whole message.
    Answer,
}

/// What went wrong, freed of the library's types.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server answered no.
    Reply { code: u16, text: String },
    /// It did not answer in time.
    Timeout,
    /// The connection failed or was closed.
    Lost(String),
    /// TLS could not be agreed on.
    Tls { text: String, is_certificate: bool },
    /// The server cannot do what is needed.
    Unable(String),
}

impl From<smtp::Error> for Fault {
    fn from(error: smtp::Error) -> Self {
        let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        if let Some(code) = error.status() {
            return Self::Reply { code: code.into(), text };
        }
        if let Some(fault) = tls_fault(&error) {
            return fault;
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        if error.is_client() { Self::Unable(text) } else { Self::Lost(text) }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        tls_fault(&error).unwrap_or_else(|| Self::Lost(error.to_string()))
    }
}

/// The fault of TLS somewhere below, if there is one.
fn tls_fault(error: &(dyn std::error::Error + 'static)) -> Option<Fault> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = error.downcast_ref::<rustls::Error>().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if let Some(tls) = tls {
            let is_certificate = matches!(tls, rustls::Error::InvalidCertificate(_));
            return Some(Fault::Tls { text: tls.to_string(), is_certificate });
        }
        next = error.source();
    }
    None
}

/// The server's code with what it said, as one line of at most 300 characters.
fn quoted(code: u16, text: &str) -> String {
    let line: String = crate::mail::message::one_line(text).chars().take(300).collect();
    format!("{code} {line}").trim_end().to_owned()
}

/// RFC 3463's code at the start of a reply, such as `5.1.1`.
fn enhanced(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    let mut parts = word.split('.');
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u16>().is_ok());
    let is_code =
        is_number(parts.next()) && is_number(parts.next()) && is_number(parts.next()) && parts.next().is_none();
    is_code.then_some(word)
}

/// Whether RFC 3463's code says that there is no such mailbox.
pub(in crate::mail) fn is_no_mailbox_code(enhanced: &str) -> bool {
    ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(&enhanced)
}

/// Whether the reply to RCPT says that there is no such mailbox.
fn is_no_mailbox(code: u16, text: &str) -> bool {
    match enhanced(text) {
        Some(enhanced) => is_no_mailbox_code(enhanced),
        None => [550, 551, 553].contains(&code),
    }
}

/// Whether the reply to RCPT is about us and not about the receiver.
fn is_relay_refused(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("relay") || lower.contains("authentication required")
}

/// `server` is `host:port`, for the sentences.
pub(super) fn classify(step: Step, fault: Fault, server: &str) -> SendError {
    match fault {
        Fault::Reply { code, text } => reply(step, code, &text),
        Fault::Tls { text, is_certificate } => {
            SendError::Settings { code: None, text: tls_sentence(&text, is_certificate, server) }
        }
        Fault::Unable(text) => SendError::Settings { code: None, text: unable_sentence(step, &text, server) },
        Fault::Timeout | Fault::Lost(_) if step == Step::Answer => SendError::Unknown {
            text: format!(
                "the connection to {server} was lost after the mail was handed over and before the answer; it may have \
                 arrived, so look in the server's log before sending it again"
            ),
        },
        Fault::Timeout => SendError::Temporary {
            code: None,
            text: format!(
                "{server} did not answer in time; it is tried again later. If this goes on, check host, port and firewall"
            ),
        },
        Fault::Lost(text) if step == Step::Connect => SendError::Temporary {
            code: None,
            text: format!(
                "no connection to the mail server {server} ({text}); check that host and port are right and that it runs"
            ),
        },
        Fault::Lost(text) => SendError::Temporary {
            code: None,
            text: format!(
                "the connection to {server} was lost before the mail was handed over ({text}); it is tried again later"
            ),
        },
    }
}

fn tls_sentence(text: &str, is_certificate: bool, server: &str) -> String {
    if is_certificate {
        return format!(
            "the certificate of {server} is not trusted ({text}); check the host name, or add your own authority's certificate"
        );
    }
    format!("{server} does not speak TLS as asked ({text}); choose STARTTLS for port 587 and TLS for port 465")
}

fn unable_sentence(step: Step, text: &str, server: &str) -> String {
    match step {
        Step::Tls => format!(
            "{server} does not offer STARTTLS; choose TLS with port 465, or no protection for a server on this machine"
        ),
        Step::Login => format!(
            "{server} offers no login that is known here (PLAIN, LOGIN); remove user name and password, or choose STARTTLS or TLS"
        ),
        _ => format!("{server} cannot take this mail ({text}); use another mail server"),
    }
}

fn reply(step: Step, number: u16, text: &str) -> SendError {
    let said = quoted(number, text);
    let code = Some(number);
    let settings = |what: &str| SendError::Settings { code, text: format!("{what} ({said})") };
    match (step, number) {
        (_, ..500) => SendError::Temporary {
            code,
            text: format!("the mail server asked to try later ({said}); it is tried again by itself"),
        },
        (_, 530) => settings("the mail server wants a login; set user name and password, and STARTTLS or TLS"),
        (Step::Connect, _) => settings("the mail server refuses this machine; ask its operator, or use another server"),
        (Step::Tls, _) => settings("the mail server refuses STARTTLS; choose TLS with port 465"),
        (Step::Login, _) => {
            settings("the mail server refused the user name or password; correct them in Settings, Mail")
        }
        (Step::Sender, 552) => SendError::Permanent {
            code,
            text: format!("the mail is too large for the mail server ({said}); shorten it"),
            is_bad_address: false,
        },
        (Step::Sender, _) => {
            settings("the mail server refused the sender's address; use one that this login may send from")
        }
        (Step::Receiver, _) if is_relay_refused(text) => settings(
            "the mail server does not pass mail on for this login; set user name and password, or the right server",
        ),
        (Step::Receiver, _) if is_no_mailbox(number, text) => SendError::Permanent {
            code,
            text: format!("the receiver's mailbox does not exist ({said}); check the address with the person"),
            is_bad_address: true,
        },
        (Step::Receiver, _) => SendError::Permanent {
            code,
            text: format!("the receiver's server refused the mail ({said})"),
            is_bad_address: false,
        },
        (Step::Content | Step::Answer, _) => SendError::Permanent {
            code,
            text: format!(
                "the mail server refused the mail's content ({said}); look for what it names, and at SPF, DKIM and DMARC"
            ),
            is_bad_address: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(step: Step, fault: Fault) -> &'static str {
        match classify(step, fault, "smtp.example.com:587") {
            SendError::Permanent { is_bad_address: true, .. } => "bad address",
            SendError::Permanent { .. } => "permanent",
            SendError::Temporary { .. } => "temporary",
            SendError::Unknown { .. } => "unknown",
            SendError::Settings { .. } => "settings",
        }
    }

    #[test]
    fn replies_are_judged_by_the_step_they_answer() {
        for (step, code, text, expected) in [
            (Step::Connect, 421, "4.7.0 busy", "temporary"),
            (Step::Connect, 554, "no service", "settings"),
            (Step::Login, 535, "5.7.8 bad credentials", "settings"),
            (Step::Login, 454, "4.7.0 temporary", "temporary"),
            (Step::Sender, 553, "5.7.1 not owned by user", "settings"),
            (Step::Sender, 552, "5.3.4 too big", "permanent"),
            (Step::Receiver, 550, "5.1.1 no such user", "bad address"),
            (Step::Receiver, 550, "No such user here", "bad address"),
            (Step::Receiver, 550, "5.7.1 blocked by policy", "permanent"),
            (Step::Receiver, 554, "5.7.1 Relay access denied", "settings"),
            (Step::Receiver, 450, "4.2.1 greylisted", "temporary"),
            (Step::Receiver, 552, "5.2.2 mailbox full", "permanent"),
            (Step::Content, 554, "5.5.1 no valid recipients", "permanent"),
            (Step::Answer, 550, "5.7.1 spam", "permanent"),
            (Step::Answer, 451, "4.3.0 try later", "temporary"),
        ] {
            assert_eq!(class(step, Fault::Reply { code, text: text.into() }), expected, "{step:?} {code} {text}");
        }
    }

    #[test]
    fn only_silence_after_the_message_leaves_it_unknown() {
        for step in [Step::Connect, Step::Tls, Step::Login, Step::Sender, Step::Receiver, Step::Content] {
            assert_eq!(class(step, Fault::Timeout), "temporary", "{step:?}");
            assert_eq!(class(step, Fault::Lost("reset".into())), "temporary", "{step:?}");
        }
        assert_eq!(class(Step::Answer, Fault::Timeout), "unknown");
        assert_eq!(class(Step::Answer, Fault::Lost("reset".into())), "unknown");
    }

    #[test]
    fn a_reply_cannot_fill_the_log() {
        let text = format!("5.1.1 {}\r\nsecond", "x".repeat(5000));
        let error = classify(Step::Receiver, Fault::Reply { code: 550, text }, "s:25").to_string();
        assert!(error.len() < 500 && !error.contains('\n'), "{error}");
    }
}
