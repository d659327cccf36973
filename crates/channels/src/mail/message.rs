//! A mail as the program speaks of it, and its RFC 5322 bytes.
//!
//! The bytes are a pure function of the value: the boundary comes from a hash, so a retry sends the
//! same message again, byte for byte.

use std::time::{Duration, SystemTime};

use base::{Email, Timestamp};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lettre::{
    Address, Message,
    message::{
        MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest subject, in bytes; mail clients show about 60 characters.
pub const SUBJECT_BYTES_MAX: usize = 500;
/// Longest display name, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Largest HTML or text part, in bytes.
pub const PART_BYTES_MAX: usize = 1024 * 1024;
/// Most headers of the caller's own.
pub const EXTRA_HEADERS_MAX: usize = 20;
/// Longest value of the caller's own header, and longest unsubscribe address, in bytes. RFC 5322 ends
/// a line at 998.
pub const HEADER_BYTES_MAX: usize = 900;

/// Headers that the message sets itself; the caller's own may not be among them, nor start with
/// `content-`, `list-unsubscribe`, `dkim-`, `resent-` or `arc-`.
const RESERVED_HEADERS: [&str; 13] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "return-path",
    "received",
    "authentication-results",
];
const RESERVED_PREFIXES: [&str; 5] = ["content-", "list-unsubscribe", "dkim-", "resent-", "arc-"];

/// A person or a company with an address: `Kari Nordmann <kari@example.no>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Shown instead of the address; none when empty.
    #[serde(default)]
    pub name: Option<String>,
    /// Where mail goes.
    pub email: Email,
}

impl Mailbox {
    /// An address with a name.
    pub fn new(name: impl Into<String>, email: Email) -> Self {
        Self { name: Some(name.into()), email }
    }
}

impl From<Email> for Mailbox {
    fn from(email: Email) -> Self {
        Self { name: None, email }
    }
}

/// How a receiver of marketing mail leaves with one click (RFC 8058).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribe {
    /// An https address that takes a POST of `List-Unsubscribe=One-Click` with no login.
    pub url: String,
    /// An address for the few clients that leave by mail.
    #[serde(default)]
    pub mailto: Option<Email>,
}

/// One mail to one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingMail {
    /// Who writes; its domain is what DKIM must sign for.
    pub from: Mailbox,
    /// Who receives.
    pub to: Mailbox,
    /// Where answers go, when not to `from`.
    #[serde(default)]
    pub reply_to: Vec<Mailbox>,
    /// Where bounces go, when not to `from` (the envelope's sender).
    #[serde(default)]
    pub return_path: Option<Email>,
    /// One line.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The plain part.
    pub text: String,
    /// `msg_...@example.com`, with or without angle brackets. The same for every try of this mail.
    pub message_id: String,
    /// When it was written; the same for every try.
    pub date: Timestamp,
    /// Set for marketing mail, none for transactional mail.
    #[serde(default)]
    pub unsubscribe: Option<Unsubscribe>,
    /// The caller's own headers, such as `X-Suppilo-Message`.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

/// Why a mail cannot be written as a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Larger than its limit.
    #[error("the mail's {field} is longer than {bytes_max} bytes; shorten it")]
    TooLong {
        /// Which part.
        field: &'static str,
        /// Its limit.
        bytes_max: usize,
    },
    /// No subject.
    #[error("the mail has no subject; write one in the template")]
    NoSubject,
    /// Not `left@right`.
    #[error("the message id {0:?} is not one; it should read like msg_1@example.com")]
    MessageId(String),
    /// Not an https address, or with characters that no address has.
    #[error("the unsubscribe link must be a full https address without spaces; set the site's address in Settings")]
    UnsubscribeUrl,
    /// A name or value that would break out of its header, or a header that is not the caller's to set.
    #[error(
        "the header {0:?} cannot be set: its name must be letters, digits and hyphens and not one the mail sets itself, its value one line"
    )]
    Header(String),
    /// Too many of them.
    #[error("a mail has at most {EXTRA_HEADERS_MAX} headers of its own")]
    TooManyHeaders,
    /// What the e-mail library refused.
    #[error("the address {0} cannot be written in a mail; correct it")]
    Address(Email),
    /// What the e-mail library refused otherwise.
    #[error("the mail could not be put together: {0}")]
    Build(String),
}

/// One line with every control character (line ends first of all) made a space.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The address as it goes on the wire: an international domain in its ASCII form, so that only a
/// local part outside ASCII needs SMTPUTF8.
pub(crate) fn wire_address(email: &Email) -> Result<Address, MessageError> {
    let refused = || MessageError::Address(email.clone());
    let (local, domain) = email.as_str().rsplit_once('@').ok_or_else(refused)?;
    let url::Host::Domain(domain) = url::Host::parse(domain).map_err(|_| refused())? else { return Err(refused()) };
    Address::new(local, domain).map_err(|_| refused())
}

fn wire_mailbox(mailbox: &Mailbox) -> Result<lettre::message::Mailbox, MessageError> {
    let name = mailbox.name.as_deref().map(one_line).filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.len() > NAME_BYTES_MAX) {
        return Err(MessageError::TooLong { field: "sender's or receiver's name", bytes_max: NAME_BYTES_MAX });
    }
    Ok(lettre::message::Mailbox::new(name, wire_address(&mailbox.email)?))
}

fn wire_message_id(text: &str) -> Result<String, MessageError> {
    let bare = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    let is_token = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c))
    };
    match bare.split_once('@') {
        Some((left, right)) if is_token(left) && is_token(right) && bare.len() <= 250 => Ok(format!("<{bare}>")),
        _ => Err(MessageError::MessageId(text.chars().take(80).collect())),
    }
}

fn unsubscribe_value(unsubscribe: &Unsubscribe) -> Result<String, MessageError> {
    let is_plain = unsubscribe.url.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\,".contains(&b));
    let url = url::Url::parse(&unsubscribe.url).map_err(|_| MessageError::UnsubscribeUrl)?;
    // Plain http is for trying things out on one's own machine; no large receiver follows it.
    let is_web = url.scheme() == "https" || url.scheme() == "http";
    if !is_plain || !is_web || unsubscribe.url.len() > HEADER_BYTES_MAX {
        return Err(MessageError::UnsubscribeUrl);
    }
    let mut value = format!("<{}>", unsubscribe.url);
    if let Some(mailto) = &unsubscribe.mailto {
        value.push_str(&format!(", <mailto:{}?subject=unsubscribe>", wire_address(mailto)?));
    }
    Ok(value)
}

fn is_settable(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (1..=76).contains(&lower.len())
        && lower.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !RESERVED_HEADERS.contains(&lower.as_str())
        && !RESERVED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
}

fn extra_header(name: &str, value: &str) -> Result<HeaderValue, MessageError> {
    let refused = || MessageError::Header(name.chars().take(80).collect());
    if value.len() > HEADER_BYTES_MAX {
        return Err(MessageError::TooLong { field: "header", bytes_max: HEADER_BYTES_MAX });
    }
    if !is_settable(name) || value.chars().any(char::is_control) {
        return Err(refused());
    }
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| refused())?;
    Ok(HeaderValue::new(name, value.to_owned()))
}

/// A header whose value is known to be one short-enough line of printable ASCII that must not be
/// folded inside an angle-bracketed address.
fn raw_header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

fn system_time(time: Timestamp) -> SystemTime {
    let ms = u64::try_from(time.ms()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

impl OutgoingMail {
    /// The message as it goes out, without a DKIM signature; lines end in CRLF, all of it ASCII unless
    /// an address has a local part outside ASCII.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MessageError> {
        Ok(self.build()?.formatted())
    }

    /// The envelope: where bounces go, and the receiver.
    pub(crate) fn envelope(&self) -> Result<(Address, Address), MessageError> {
        let sender = self.return_path.as_ref().unwrap_or(&self.from.email);
        Ok((wire_address(sender)?, wire_address(&self.to.email)?))
    }

    fn check(&self, subject: &str) -> Result<(), MessageError> {
        if subject.is_empty() {
            return Err(MessageError::NoSubject);
        }
        for (field, bytes, bytes_max) in [
            ("subject", subject.len(), SUBJECT_BYTES_MAX),
            ("HTML part", self.html.len(), PART_BYTES_MAX),
            ("text part", self.text.len(), PART_BYTES_MAX),
        ] {
            if bytes > bytes_max {
                return Err(MessageError::TooLong { field, bytes_max });
            }
        }
        if self.headers.len() > EXTRA_HEADERS_MAX { Err(MessageError::TooManyHeaders) } else { Ok(()) }
    }

    fn build(&self) -> Result<Message, MessageError> {
        let subject = one_line(&self.subject);
        self.check(&subject)?;
        let mut builder = Message::builder()
            .from(wire_mailbox(&self.from)?)
            .to(wire_mailbox(&self.to)?)
            .subject(subject)
            .date(system_time(self.date))
            .raw_header(raw_header("Message-ID", wire_message_id(&self.message_id)?));
        for reply_to in &self.reply_to {
            builder = builder.reply_to(wire_mailbox(reply_to)?);
        }
        if let Some(unsubscribe) = &self.unsubscribe {
            builder = builder
                .raw_header(raw_header("List-Unsubscribe", unsubscribe_value(unsubscribe)?))
                .raw_header(raw_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        for (name, value) in &self.headers {
            builder = builder.raw_header(extra_header(name, value)?);
        }
        let parts = MultiPart::alternative()
            .boundary(self.boundary())
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        builder.multipart(parts).map_err(|error| MessageError::Build(error.to_string()))
    }

    /// A line that neither part can hold: it depends on both.
    fn boundary(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.message_id, &self.text, &self.html] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        format!("=_{}", &URL_SAFE_NO_PAD.encode(hash.finalize())[..32])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> OutgoingMail {
        OutgoingMail {
            from: Mailbox::new("Nordlys", "hei@nordlys.example".parse().unwrap()),
            to: "kari@example.no".parse::<Email>().unwrap().into(),
            reply_to: Vec::new(),
            return_path: None,
            subject: "Hei".into(),
            html: "<p>Hei</p>".into(),
            text: "Hei".into(),
            message_id: "<msg_1@nordlys.example>".into(),
            date: Timestamp::from_ms(1_795_000_000_123),
            unsubscribe: None,
            headers: Vec::new(),
        }
    }

    fn written(change: impl FnOnce(&mut OutgoingMail)) -> Result<String, MessageError> {
        let mut mail = mail();
        change(&mut mail);
        mail.to_bytes().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn the_message_reads_like_this_and_is_the_same_every_time() {
        let change = |mail: &mut OutgoingMail| {
            mail.subject = "Blåbær og rømme: en særdeles lang emnelinje som må brytes over flere linjer i hodet".into();
            mail.to.name = Some("Åse \"Å\" Ødegård".into());
            mail.text = "Hei på deg\n.\n".into();
            mail.unsubscribe = Some(Unsubscribe { url: "https://nordlys.example/u/1".into(), mailto: None });
            mail.headers = vec![("X-Campaign".into(), "blåbær".into())];
        };
        let message = written(change).unwrap();
        assert_eq!(message, written(change).unwrap());
        assert!(message.is_ascii() && message.lines().all(|line| line.len() <= 78), "{message}");
        insta::assert_snapshot!(message.replace("\r\n", "\n"));
    }

    #[test]
    fn nothing_breaks_out_of_its_header() {
        let evil = "x\r\nBcc: victim@example.no\r\n\r\nbody";
        let message = written(|mail| {
            mail.subject = evil.into();
            mail.from.name = Some(evil.into());
            mail.to.name = Some(format!("{evil}\0\u{7f}\u{85}"));
            mail.reply_to = vec![Mailbox::new(evil, "svar@nordlys.example".parse().unwrap())];
        })
        .unwrap();
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(
            names,
            ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type"],
            "{head}"
        );
    }

    #[test]
    fn what_cannot_be_sent_says_what_to_do() {
        let header = |name: &str, value: &str| {
            let header = (name.to_owned(), value.to_owned());
            move |mail: &mut OutgoingMail| mail.headers = vec![header]
        };
        let unsubscribe = |url: &str| {
            let url = url.to_owned();
            move |mail: &mut OutgoingMail| mail.unsubscribe = Some(Unsubscribe { url, mailto: None })
        };
        let seen = [
            written(|mail| mail.subject = " \r\n ".into()),
            written(|mail| mail.subject = "x".repeat(SUBJECT_BYTES_MAX + 1)),
            written(|mail| mail.to.name = Some("x".repeat(NAME_BYTES_MAX + 1))),
            written(|mail| mail.html = "x".repeat(PART_BYTES_MAX + 1)),
            written(|mail| mail.message_id = "msg_1@x>\r\nBcc: a@b.no".into()),
            written(|mail| mail.headers = vec![("X-A".into(), "1".into()); EXTRA_HEADERS_MAX + 1]),
            written(header("Bcc", "a@b.no")),
            written(header("List-Unsubscribe", "<https://x>")),
            written(header("X-A: b\r\nBcc", "a@b.no")),
            written(header("X-A", "1\r\nBcc: a@b.no")),
            written(unsubscribe("https://x.no/>\r\nBcc: a@b.no")),
            written(unsubscribe("javascript:alert(1)")),
            written(unsubscribe("/u/1")),
        ];
        let seen: Vec<String> = seen.into_iter().map(|result| result.unwrap_err().to_string()).collect();
        insta::assert_snapshot!(seen.join("\n"));
    }
}
