//! A mail that came in: from its bytes to what people and the program are to know of it.
//!
//! The bytes are a stranger's. Everything has a limit, HTML becomes plain text (nothing of it is ever shown, so that
//! no picture is fetched), and what cannot be read is refused in a sentence.

use base::{Email, Timestamp};
use mail_parser::{Address, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::message::one_line;
use super::quoted::{self, Words};
use super::smtp::classify::is_no_mailbox_code;

/// Largest mail, bytes: a file of 25 MB grows by a third on its way.
pub const RAW_BYTES_MAX: usize = 36 * 1024 * 1024;
/// Longest text that is kept, in characters; what is quoted counts apart.
pub const TEXT_CHARS_MAX: usize = 20_000;
/// Longest subject that is kept, in characters.
pub const SUBJECT_CHARS_MAX: usize = 200;
/// Longest name of a sender or a file that is kept, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Files of one mail.
pub const ATTACHMENTS_MAX: usize = 20;
/// Receivers that are looked at.
const RECEIVERS_MAX: usize = 50;
/// Mails of a conversation that are remembered, the newest; longest Message-ID, bytes.
const THREAD_MAX: usize = 20;
const MESSAGE_ID_BYTES_MAX: usize = 250;
/// Text of one part that is looked at, bytes.
const PART_BYTES_MAX: usize = 1024 * 1024;
/// Lines of a report that are looked at.
const FIELDS_MAX: usize = 1000;
/// Longest sentence of a server that is kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What came in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncomingMail {
    /// Without brackets.
    pub message_id: Option<String>,
    /// The Message-IDs of the mails before it, oldest first; the last is the one that it answers.
    pub thread: Vec<String>,
    /// Who wrote it; none when the header names nobody.
    pub from: Option<Email>,
    pub from_name: String,
    /// Receivers, copies included.
    pub to: Vec<Email>,
    pub subject: String,
    /// The header `Date`.
    pub date: Option<Timestamp>,
    /// What was written.
    pub text: String,
    /// What was quoted below it.
    pub quoted: String,
    /// A program wrote it: an absence note, a receipt.
    pub is_automatic: bool,
    /// It tells that another mail was not delivered.
    pub bounce: Option<Bounce>,
    pub attachments: Vec<Attachment>,
    /// Files that were left out, for there were too many.
    pub attachments_left_out: usize,
}

/// A mail was not delivered (RFC 3464).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bounce {
    /// Whom it did not reach.
    pub recipient: Option<Email>,
    /// The Message-ID of the mail that was not delivered.
    pub message_id: Option<String>,
    /// For good, not only for now.
    pub is_permanent: bool,
    /// There is no such mailbox.
    pub is_bad_address: bool,
    /// What the server said.
    pub reason: String,
}

/// A file that came with a mail.
#[derive(Clone, PartialEq)]
pub struct Attachment {
    /// What the sender calls it.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// Why a mail cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IncomingError {
    /// Larger than its limit.
    #[error("a mail has at most {} MB: ask for a link to the file instead", RAW_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    /// No headers.
    #[error("this is not a mail: send it as it came, with its headers (message/rfc822)")]
    NoMail,
}

/// Read a mail.
pub fn read(raw: &[u8]) -> Result<IncomingMail, IncomingError> {
    if raw.len() > RAW_BYTES_MAX {
        return Err(IncomingError::TooLarge);
    }
    let message = MessageParser::default().parse(raw).ok_or(IncomingError::NoMail)?;
    let has_sender = message.from().is_some() || message.message_id().is_some() || message.date().is_some();
    let mail = has_sender.then(|| mail(&message));
    take_apart(message);
    mail.ok_or(IncomingError::NoMail)
}

/// Let a message go level by level: mails within mails, a hundred thousand deep, would else exhaust the stack.
fn take_apart(message: Message<'_>) {
    let mut left = vec![message];
    while let Some(message) = left.pop() {
        for part in message.parts {
            if let PartType::Message(inner) = part.body {
                left.push(inner);
            }
        }
    }
}

fn mail(message: &Message<'_>) -> IncomingMail {
    let (from, from_name) = sender(message);
    let Words { own, quoted } = quoted::split(&text(message));
    let (attachments, attachments_left_out) = attachments(message);
    IncomingMail {
        message_id: message.message_id().and_then(message_id),
        thread: thread(message),
        from,
        from_name,
        to: receivers(message),
        subject: line(message.subject().unwrap_or_default(), SUBJECT_CHARS_MAX),
        date: message
            .date()
            .filter(|date| date.is_valid())
            .map(|date| date.to_timestamp().saturating_mul(1000))
            .map(Timestamp::from_ms),
        text: own.chars().take(TEXT_CHARS_MAX).collect(),
        quoted: quoted.chars().take(TEXT_CHARS_MAX).collect(),
        is_automatic: is_automatic(message),
        bounce: bounce(message),
        attachments,
        attachments_left_out,
    }
}

fn line(text: &str, chars_max: usize) -> String {
    one_line(text).chars().take(chars_max).collect()
}

/// A Message-ID that can stand in a header and a key.
fn message_id(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>');
    let is_plain = bare.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\(),;".contains(&byte));
    (is_plain && !bare.is_empty() && bare.len() <= MESSAGE_ID_BYTES_MAX).then(|| bare.to_owned())
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(text) => message_id(text).into_iter().collect(),
        HeaderValue::TextList(list) => list.iter().filter_map(|text| message_id(text)).collect(),
        _ => Vec::new(),
    }
}

fn thread(message: &Message<'_>) -> Vec<String> {
    let mut thread = ids(message.references());
    for answered in ids(message.in_reply_to()) {
        thread.retain(|id| *id != answered);
        thread.push(answered);
    }
    thread.split_off(thread.len().saturating_sub(THREAD_MAX))
}

fn sender(message: &Message<'_>) -> (Option<Email>, String) {
    let first = message.from().and_then(Address::first);
    let email = first.and_then(|from| from.address()).and_then(|text| text.trim().parse().ok());
    let name = first.and_then(|from| from.name()).unwrap_or_default();
    (email, line(name, NAME_CHARS_MAX))
}

fn receivers(message: &Message<'_>) -> Vec<Email> {
    let all = message.to().into_iter().chain(message.cc()).flat_map(Address::iter);
    let read = all.filter_map(|to| to.address()?.trim().parse().ok());
    let mut receivers: Vec<Email> = Vec::new();
    for email in read.take(RECEIVERS_MAX) {
        if !receivers.contains(&email) {
            receivers.push(email);
        }
    }
    receivers
}

/// The plain part, else the HTML without its markup.
fn text(message: &Message<'_>) -> String {
    let Some(part) = message.text_body.first().and_then(|id| message.parts.get(*id as usize)) else {
        return String::new();
    };
    match &part.body {
        PartType::Text(text) => cut(text).to_owned(),
        PartType::Html(html) => mail_parser::decoders::html::html_to_text(cut(html)),
        _ => String::new(),
    }
}

/// The beginning of a part, at a letter's end.
fn cut(text: &str) -> &str {
    let end = (0..=PART_BYTES_MAX.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Words of the headers by which programs say that nobody wrote this (RFC 3834, and what came before it).
fn is_automatic(message: &Message<'_>) -> bool {
    let word = |name: &'static str| {
        let value = message.header_raw(name).unwrap_or_default().trim().to_ascii_lowercase();
        value.split(';').next().unwrap_or_default().trim().to_owned()
    };
    let auto = word("Auto-Submitted");
    let precedence = word("Precedence");
    (!auto.is_empty() && auto != "no")
        || ["auto_reply", "bulk", "junk", "list"].contains(&precedence.as_str())
        || ["X-Autoreply", "X-Autorespond"].iter().any(|name| message.header_raw(*name).is_some())
}

fn is_type(part: &MessagePart<'_>, main: &str, sub: &str) -> bool {
    part.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case(main) && kind.subtype().is_some_and(|is| is.eq_ignore_ascii_case(sub))
    })
}

/// The value of the first field of that name.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().take(FIELDS_MAX).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn bounce(message: &Message<'_>) -> Option<Bounce> {
    let root = message.parts.first()?;
    if !is_type(root, "multipart", "report") {
        return None;
    }
    let report = message.parts.iter().find(|part| is_type(part, "message", "delivery-status"))?;
    let told = String::from_utf8_lossy(report.contents());
    let field = |name: &str| field(&told, name);
    let status = field("Status").unwrap_or_default();
    let code = status.split_whitespace().next().unwrap_or_default().to_owned();
    let is_failed = field("Action").is_some_and(|action| action.eq_ignore_ascii_case("failed"));
    let after_kind = |text: String| text.rsplit(';').next().unwrap_or_default().trim().to_owned();
    let recipient = field("Final-Recipient").or_else(|| field("Original-Recipient")).map(after_kind);
    let is_permanent = is_failed && code.starts_with('5');
    let reason = field("Diagnostic-Code").map(after_kind).unwrap_or_default();
    let reason = format!("{status} {reason}");
    Some(Bounce {
        recipient: recipient.and_then(|text| text.trim_matches(['<', '>']).parse().ok()),
        message_id: returned(message),
        is_permanent,
        is_bad_address: is_permanent && is_no_mailbox_code(&code),
        reason: line(&reason, REASON_CHARS_MAX),
    })
}

/// The Message-ID of the mail that came back: it, or its headers, is the last part of the report.
fn returned(message: &Message<'_>) -> Option<String> {
    message.parts.iter().skip(1).find_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().and_then(message_id),
        _ if is_type(part, "text", "rfc822-headers") => {
            let headers = String::from_utf8_lossy(part.contents());
            field(&headers, "Message-ID").as_deref().and_then(message_id)
        }
        _ => None,
    })
}

/// Files of the mail, and how many were left out. Pictures that belong to the HTML are no files.
fn attachments(message: &Message<'_>) -> (Vec<Attachment>, usize) {
    let is_of_html = |part: &MessagePart<'_>| {
        let is_inline = part.content_disposition().is_none_or(|kind| !kind.is_attachment());
        is_inline && part.content_id().is_some() && part.content_type().is_some_and(|kind| kind.ctype() == "image")
    };
    let is_file = |part: &&MessagePart<'_>| {
        !is_of_html(part)
            && matches!(
                part.body,
                PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Text(_) | PartType::Html(_)
            )
    };
    let named = |part: &MessagePart<'_>| {
        part.attachment_name().is_some() || !matches!(part.body, PartType::Text(_) | PartType::Html(_))
    };
    let all: Vec<&MessagePart<'_>> = message.attachments().filter(is_file).filter(|part| named(part)).collect();
    let left_out = all.len().saturating_sub(ATTACHMENTS_MAX);
    let read = |part: &&MessagePart<'_>| Attachment {
        name: line(part.attachment_name().unwrap_or("file"), NAME_CHARS_MAX),
        bytes: part.contents().to_vec(),
    };
    (all.iter().take(ATTACHMENTS_MAX).map(read).collect(), left_out)
}

#[cfg(test)]
mod tests;
