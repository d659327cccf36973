//! Address cards: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), any number in one file.
//!
//! A card becomes a row whose columns are always the same, so that the rest of an import needs to know nothing of
//! cards. Cards are read one at a time, with the line where each begins: the libraries there are take the whole text
//! and know one version each. What phones and mail programs really write is taken: bare types, groups, quoted-printable
//! with its own way of going on, a charset for each value.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::{
    Cell, Next, ReadError, Row, RowRefused, Rows,
    encoding::{Decoder, Text},
    lines::{Line, Lines},
    source::read_failed,
};
use crate::imports::ROW_BYTES_MAX;

/// What a card is taken apart into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    FullName,
    FamilyName,
    GivenName,
    Email,
    OtherEmails,
    Phone,
    OtherPhones,
    Company,
    Department,
    JobTitle,
    Role,
    Address,
    Birthday,
    Website,
    Language,
    Categories,
    Note,
    Uid,
    Photo,
}

/// The columns of every file of cards.
const COLUMNS: [(Part, &str); 19] = [
    (Part::FullName, "Full name"),
    (Part::FamilyName, "Family name"),
    (Part::GivenName, "Given name"),
    (Part::Email, "E-mail"),
    (Part::OtherEmails, "Other e-mail addresses"),
    (Part::Phone, "Phone"),
    (Part::OtherPhones, "Other phones"),
    (Part::Company, "Company"),
    (Part::Department, "Department"),
    (Part::JobTitle, "Job title"),
    (Part::Role, "Role"),
    (Part::Address, "Address"),
    (Part::Birthday, "Birthday"),
    (Part::Website, "Website"),
    (Part::Language, "Language"),
    (Part::Categories, "Categories"),
    (Part::Note, "Note"),
    (Part::Uid, "UID"),
    (Part::Photo, "Photo"),
];

/// Whether a text begins as a file of cards does.
pub(super) fn is_card(text: &str) -> bool {
    let start = text.trim_start().as_bytes();
    start.get(..11).is_some_and(|start| start.eq_ignore_ascii_case(b"BEGIN:VCARD"))
}

/// Rows of a file of cards.
pub(super) fn rows(text: Text) -> Box<dyn Rows> {
    let (lines, decoder, is_packed) = text.into_lines();
    let columns = COLUMNS.iter().map(|(_, name)| (*name).to_owned()).collect();
    Box::new(Cards { lines, decoder, is_packed, columns, ahead: None, raw: Vec::new() })
}

struct Cards {
    lines: Lines,
    decoder: Decoder,
    is_packed: bool,
    columns: Vec<String>,
    /// A line that was read to see whether it goes on with the one before.
    ahead: Option<Line>,
    /// The card returned last, without its pictures.
    raw: Vec<u8>,
}

/// A property as it stands: its lines put together.
struct Whole {
    number: u64,
    bytes: Vec<u8>,
    /// Longer than a card may be; the rest was left out.
    is_cut: bool,
}

/// A property taken apart; the value is still as the file writes it.
struct Property<'a> {
    name: String,
    types: Vec<String>,
    charset: Option<&'static Encoding>,
    is_quoted_printable: bool,
    is_preferred: bool,
    value: &'a [u8],
}

/// Pictures, sounds and keys: no text, and most of a file.
fn is_binary(name: &str) -> bool {
    matches!(name, "PHOTO" | "LOGO" | "SOUND" | "KEY")
}

impl Cards {
    fn line(&mut self) -> Result<Option<Line>, ReadError> {
        match self.ahead.take() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next().map_err(|error| read_failed(error, self.is_packed)),
        }
    }

    /// The next property with the lines that go on with it.
    fn whole(&mut self) -> Result<Option<Whole>, ReadError> {
        let Some(first) = self.line()? else { return Ok(None) };
        let head = Property::of(&first.bytes);
        let is_left_out = head.as_ref().is_some_and(|head| is_binary(&head.name));
        let is_quoted = head.as_ref().is_some_and(|head| head.is_quoted_printable);
        let mut whole = Whole { number: first.number, is_cut: first.is_too_long, bytes: first.bytes };
        loop {
            let goes_on_quoted = is_quoted && whole.bytes.ends_with(b"=");
            let Some(next) = self.line()? else { break };
            let folded = next.bytes.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
            if !folded && !goes_on_quoted {
                self.ahead = Some(next);
                break;
            }
            if goes_on_quoted {
                whole.bytes.pop();
            }
            let rest = if folded { &next.bytes[1..] } else { &next.bytes[..] };
            if whole.bytes.len() + rest.len() > ROW_BYTES_MAX || next.is_too_long {
                whole.is_cut = true;
            } else if !is_left_out {
                whole.bytes.extend_from_slice(rest);
            }
            self.lines.recycle(next);
        }
        Ok(Some(whole))
    }

    /// The card whose first line was read. The error says why it is refused.
    fn card(&mut self) -> Result<Result<Card, String>, ReadError> {
        let mut card = Card::default();
        let (mut inner, mut problem) = (0u32, None);
        loop {
            let Some(whole) = self.whole()? else {
                return Ok(Err("the card has no end: END:VCARD is missing".to_owned()));
            };
            let is_small = self.raw.len() + whole.bytes.len() <= ROW_BYTES_MAX;
            if is_small {
                self.raw.extend_from_slice(&whole.bytes);
                self.raw.push(b'\n');
            }
            let line = whole.bytes.trim_ascii();
            if line.eq_ignore_ascii_case(b"BEGIN:VCARD") {
                // The card of an assistant stands within a card of version 2.1.
                inner += 1;
            } else if line.eq_ignore_ascii_case(b"END:VCARD") && inner > 0 {
                inner -= 1;
            } else if line.eq_ignore_ascii_case(b"END:VCARD") {
                return Ok(problem.map_or(Ok(card), Err));
            } else if inner == 0 {
                if whole.is_cut || !is_small {
                    let mebibytes = ROW_BYTES_MAX >> 20;
                    problem.get_or_insert(format!("the card is longer than {mebibytes} MiB without its pictures"));
                } else if let Some(property) = Property::of(&whole.bytes)
                    && let Err(reason) = self.take(&mut card, &property)
                {
                    problem.get_or_insert(format!("line {}: {reason}", whole.number));
                }
            }
        }
    }

    fn take(&mut self, card: &mut Card, property: &Property<'_>) -> Result<(), String> {
        if is_binary(&property.name) {
            card.has_photo |= property.name == "PHOTO";
            return Ok(());
        }
        let text = property.text(&mut self.decoder)?;
        card.take(property, text.trim());
        Ok(())
    }
}

impl Rows for Cards {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self) -> Result<Option<Next>, ReadError> {
        loop {
            let Some(line) = self.line()? else { return Ok(None) };
            let number = line.number;
            let text = line.bytes.trim_ascii();
            if text.is_empty() {
                continue;
            }
            self.raw.clear();
            self.raw.extend_from_slice(text);
            self.raw.push(b'\n');
            if !text.eq_ignore_ascii_case(b"BEGIN:VCARD") {
                let reason = "this stands between two cards; a card begins with BEGIN:VCARD".to_owned();
                return Ok(Some(Next::Refused(RowRefused { line: number, column: None, value: None, reason })));
            }
            return Ok(Some(match self.card()? {
                Ok(card) => Next::Row(Row { line: number, cells: card.cells() }),
                Err(reason) => Next::Refused(RowRefused { line: number, column: None, value: None, reason }),
            }));
        }
    }

    fn raw(&self) -> String {
        Decoder::readable(&self.raw)
    }
}

impl<'a> Property<'a> {
    /// `item1.TEL;TYPE=CELL,pref;VALUE="uri:x":tel:+47…` taken apart; none when the line is no property.
    fn of(line: &'a [u8]) -> Option<Self> {
        let mut is_quoted = false;
        let colon = line.iter().position(|byte| {
            is_quoted ^= *byte == b'"';
            *byte == b':' && !is_quoted
        })?;
        let head = String::from_utf8_lossy(&line[..colon]);
        let mut parts = outside_quotes(&head);
        let name = parts.next()?;
        let name = name.rsplit('.').next().unwrap_or(name).trim().to_ascii_uppercase();
        let (types, charset, is_quoted_printable, is_preferred) = Default::default();
        let mut property = Self { name, types, charset, is_quoted_printable, is_preferred, value: &line[colon + 1..] };
        for part in parts {
            property.parameter(part.trim());
        }
        Some(property)
    }

    fn parameter(&mut self, text: &str) {
        // Version 2.1 leaves the name out: `TEL;CELL;VOICE`.
        let (name, value) = text.split_once('=').unwrap_or(("", text));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_uppercase().as_str() {
            "CHARSET" => self.charset = Encoding::for_label(value.as_bytes()),
            "PREF" => self.is_preferred |= value == "1",
            "ENCODING" => self.is_quoted_printable |= is_quoted_printable(value),
            "" | "TYPE" => {
                for word in value.split(',') {
                    let word = word.trim().to_ascii_lowercase();
                    self.is_quoted_printable |= is_quoted_printable(&word);
                    self.is_preferred |= word == "pref";
                    self.types.push(word);
                }
            }
            _ => {}
        }
    }

    /// The value as a text, its encoding undone; what separates its parts is still escaped.
    fn text(&self, decoder: &mut Decoder) -> Result<String, String> {
        let bytes: Cow<'_, [u8]> =
            if self.is_quoted_printable { unquoted(self.value).into() } else { self.value.into() };
        if bytes.contains(&0) {
            return Err("a value holds a NUL character, which no text does".to_owned());
        }
        match self.charset {
            Some(charset) => Ok(charset.decode_without_bom_handling(&bytes).0.into_owned()),
            // The letters of the file say nothing of letters written as numbers.
            None if self.is_quoted_printable => Ok(match str::from_utf8(&bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(),
            }),
            None => {
                decoder.check(&bytes)?;
                Ok(decoder.decode(&bytes).into_owned())
            }
        }
    }

    fn is(&self, kind: &str) -> bool {
        self.types.iter().any(|known| known == kind)
    }
}

fn is_quoted_printable(text: &str) -> bool {
    text.eq_ignore_ascii_case("quoted-printable")
}

/// Parts between semicolons that stand in no quotes.
fn outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |c| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    })
}

/// Quoted-printable (RFC 2045) undone; what is none stays as it stands.
fn unquoted(value: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16));
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        match (value[at], digit(value.get(at + 1)), digit(value.get(at + 2))) {
            (b'=', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// The parts of a value between separators that are not escaped, each with its escapes undone.
fn parts(value: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let last = parts.len() - 1;
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => parts[last].push('\n'),
                Some(escaped) => parts[last].push(escaped),
                None => parts[last].push('\\'),
            },
            c if c == separator => parts.push(String::new()),
            c => parts[last].push(c),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// A value that has no parts.
fn plain(value: &str) -> String {
    parts(value, '\0').concat()
}

/// What was gathered of a card.
#[derive(Default)]
struct Card {
    /// Texts by their place in [`COLUMNS`]; of several values the first counts, except where lists are kept.
    texts: [String; COLUMNS.len()],
    emails: Vec<(u8, String)>,
    phones: Vec<(u8, String, String)>,
    categories: Vec<String>,
    has_photo: bool,
}

impl Card {
    fn set(&mut self, part: Part, text: impl Into<String>) {
        let text = text.into();
        if let Some(place) = COLUMNS.iter().position(|(known, _)| *known == part)
            && self.texts[place].is_empty()
        {
            self.texts[place] = text;
        }
    }

    fn take(&mut self, property: &Property<'_>, value: &str) {
        if value.is_empty() {
            return;
        }
        let rank = u8::from(!property.is_preferred);
        match property.name.as_str() {
            "FN" => self.set(Part::FullName, plain(value)),
            "N" => {
                // Family; given; further given; title before; title after.
                let names = parts(value, ';');
                let name = |place: usize| names.get(place).cloned().unwrap_or_default();
                self.set(Part::FamilyName, name(0));
                self.set(Part::GivenName, format!("{} {}", name(1), name(2)).trim());
            }
            "EMAIL" => {
                let address = plain(value);
                self.emails.push((rank, address.strip_prefix("mailto:").unwrap_or(&address).to_owned()));
            }
            "TEL" => self.phone(property, value),
            "ORG" => {
                let mut names = parts(value, ';').into_iter().filter(|name| !name.is_empty());
                self.set(Part::Company, names.next().unwrap_or_default());
                self.set(Part::Department, names.collect::<Vec<_>>().join(", "));
            }
            "TITLE" => self.set(Part::JobTitle, plain(value)),
            "ROLE" => self.set(Part::Role, plain(value)),
            "ADR" => {
                // Box; more; street; place; region; code; country.
                let lines = parts(value, ';');
                let line = |place: usize| lines.get(place).cloned().unwrap_or_default();
                let place = format!("{} {}", line(5), line(3));
                let all = [line(0), line(1), line(2), place.trim().to_owned(), line(4), line(6)];
                let written: Vec<String> = all.into_iter().filter(|line| !line.is_empty()).collect();
                self.set(Part::Address, written.join(", "));
            }
            "BDAY" => self.set(Part::Birthday, day(&plain(value))),
            "URL" => self.set(Part::Website, plain(value)),
            "LANG" => self.set(Part::Language, plain(value)),
            "CATEGORIES" => self.categories.extend(parts(value, ',').into_iter().filter(|word| !word.is_empty())),
            "NOTE" => self.set(Part::Note, plain(value)),
            "UID" => self.set(Part::Uid, plain(value)),
            _ => {}
        }
    }

    /// The one to call stands first: what is preferred, then mobiles, then what is no fax.
    fn phone(&mut self, property: &Property<'_>, value: &str) {
        let number = plain(value);
        let number = number.strip_prefix("tel:").unwrap_or(&number).replace(";ext=", " ext ");
        let is_voice = !property.is("fax") && !property.is("pager") && !property.is("modem");
        let rank = match (is_voice, property.is_preferred, property.is("cell")) {
            (true, true, _) => 0,
            (true, false, true) => 1,
            (true, false, false) => 2,
            (false, ..) => 3,
        };
        let kind = ["cell", "work", "home", "fax", "pager"].into_iter().filter(|kind| property.is(kind));
        self.phones.push((rank, number, kind.collect::<Vec<_>>().join(" ")));
    }

    fn cells(mut self) -> Vec<Cell> {
        // Equal ones stay in the order of the card.
        self.emails.sort_by_key(|(rank, _)| *rank);
        self.phones.sort_by_key(|(rank, ..)| *rank);
        let mut emails = std::mem::take(&mut self.emails).into_iter().map(|(_, address)| address);
        self.set(Part::Email, emails.next().unwrap_or_default());
        self.set(Part::OtherEmails, emails.collect::<Vec<_>>().join(", "));
        let mut phones = std::mem::take(&mut self.phones).into_iter();
        self.set(Part::Phone, phones.next().map(|(_, number, _)| number).unwrap_or_default());
        let others =
            phones.map(|(_, number, kind)| if kind.is_empty() { number } else { format!("{number} ({kind})") });
        self.set(Part::OtherPhones, others.collect::<Vec<_>>().join(", "));
        if self.has_photo {
            self.set(Part::Photo, "picture");
        }
        let is = |part: Part| COLUMNS.iter().position(|(known, _)| *known == part).unwrap_or(0);
        if !self.texts[is(Part::FamilyName)].is_empty() || !self.texts[is(Part::GivenName)].is_empty() {
            // The parts say better which name is which.
            self.texts[is(Part::FullName)].clear();
        }
        let categories = serde_json::Value::from(std::mem::take(&mut self.categories));
        let cell = |(part, text): (Part, String)| match part {
            Part::Categories => Cell::json(categories.clone()),
            _ => Cell::text(&text),
        };
        COLUMNS.iter().map(|(part, _)| *part).zip(self.texts).map(cell).collect()
    }
}

/// A birthday as `2026-03-02`; `--0302` is one without its year and stays as it is written.
fn day(text: &str) -> String {
    let date = text.split_once('T').map_or(text, |(date, _)| date);
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    }
    date.to_owned()
}

#[cfg(test)]
mod tests;
