//! A contact as a row describes it, before it meets the contacts that are there.

use base::{Email, Locale, Timestamp};
use events::PersonKey;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Cell;

/// What a person agreed to, as the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStatus {
    /// Said yes to marketing mail.
    Subscribed,
    /// Took it back, or said no.
    Unsubscribed,
    /// The address bounces: no mail may go there.
    Cleaned,
    /// Was never asked, or has not confirmed: no marketing mail, and nothing was taken back.
    NotAsked,
}

impl ConsentStatus {
    /// The status that a cell names; `None` when it names none we know.
    pub fn read(cell: &Cell) -> Option<Self> {
        let word: String = cell.as_text().to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        Some(match word.as_str() {
            "subscribed" | "subscriber" | "active" | "optedin" | "optin" | "confirmed" | "doubleoptin" | "true"
            | "yes" | "y" | "1" | "ja" | "granted" | "given" | "consented" | "påmeldt" | "samtykke" | "tilmeldt"
            | "prenumererar" | "tilattu" | "kyllä" | "angemeldet" | "abonné" | "suscrito" => Self::Subscribed,
            "unsubscribed" | "optedout" | "optout" | "inactive" | "false" | "no" | "n" | "0" | "nei" | "nej" | "ei"
            | "withdrawn" | "revoked" | "denied" | "avmeldt" | "frameldt" | "afmeldt" | "avregistrerad" | "peruttu"
            | "abgemeldet" | "désabonné" | "complained" | "complaint" | "spam" => Self::Unsubscribed,
            "cleaned" | "bounced" | "hardbounce" | "hardbounced" | "undeliverable" | "invalid" | "blocked" => {
                Self::Cleaned
            }
            "nonsubscribed" | "notsubscribed" | "transactional" | "pending" | "unconfirmed" | "unknown" | "none"
            | "notasked" | "new" | "" => Self::NotAsked,
            _ => return None,
        })
    }
}

/// What a row says about consent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConsentDraft {
    /// What.
    pub status: ConsentStatus,
    /// Since when, if the row says.
    #[schema(required)]
    pub at: Option<Timestamp>,
    /// From which address on the network it was said, if the row says: a part of the proof.
    pub from: String,
}

/// By what a contact of an address card is known again besides its address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownBy {
    /// The id of the card; empty when it has none.
    pub card_id: String,
    /// By the telephone number together with the name: several people may share a number.
    pub is_by_phone: bool,
}

/// A contact to be added, or to complete one that has the same address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactDraft {
    /// Line of the row.
    pub line: u64,
    /// The address, by which a contact is known; cards may have none.
    #[schema(required)]
    pub email: Option<Email>,
    /// By what else the contact is known again.
    #[serde(skip)]
    pub known_by: KnownBy,
    /// The file's own name of the person, so that events of other files find the contact.
    #[serde(skip)]
    pub person: Option<PersonKey>,
    /// Given name; empty when unknown.
    pub first_name: String,
    /// Family name; empty when unknown.
    pub last_name: String,
    /// `+` and digits where the country is written, digits otherwise; empty when unknown.
    pub phone: String,
    /// Where the person works; empty when unknown.
    pub company: String,
    /// The language to write in.
    #[schema(required)]
    pub locale: Option<Locale>,
    /// Marks.
    pub tags: Vec<String>,
    /// Everything else the row says.
    #[schema(value_type = Object)]
    pub traits: Map<String, Value>,
    /// What the row says about consent; `None` when the file does not speak of it.
    #[schema(required)]
    pub consent: Option<ConsentDraft>,
    /// When the person came into the old system.
    #[schema(required)]
    pub created_at: Option<Timestamp>,
    /// Something that was written about the person; empty when nothing was.
    pub note: String,
    /// Who looks after the person: the name or the address of a user; empty when nobody is named.
    pub owner: String,
    /// Ids of companies in the program that the file comes from.
    pub company_ids: Vec<String>,
}

/// Longest name of a person, a company or a tag, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Most tags of one row.
pub const TAGS_MAX: usize = 100;
/// Digits of a telephone number: E.164 allows 15; fewer than 4 reach nobody.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 4..=15;

impl ContactDraft {
    /// All names by which the contact is known in a file and over files, the surest first.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.email.iter().map(|email| email.to_string()).collect();
        if !self.known_by.card_id.is_empty() {
            keys.push(format!("uid:{}", self.known_by.card_id));
        }
        if self.known_by.is_by_phone {
            keys.push(phone_key(&self.phone, &self.first_name, &self.last_name));
        }
        keys
    }
}

/// A telephone number and the name of who answers there.
pub(super) fn phone_key(number: &str, first_name: &str, last_name: &str) -> String {
    let digits = phone(number).unwrap_or_else(|_| number.to_owned());
    let name: String =
        format!("{first_name}{last_name}").to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    format!("tel:{digits}|{name}")
}

/// A telephone number without its decoration: `+47 22 33 44 55` and `0047 (22) 33-44-55` are one number.
pub fn phone(text: &str) -> Result<String, &'static str> {
    const NOT: &str = "not a telephone number; write it with its country, as +47 22 33 44 55";
    // Spreadsheets put an apostrophe before what they should not take for a number.
    let text = text.trim().trim_start_matches('\'').trim_start_matches("tel:");
    let text = text.split_once(" ext").map_or(text, |(number, _)| number);
    let is_decoration = |c: char| c.is_whitespace() || "()-./\u{2011}\u{2013}".contains(c);
    let plain: String = text.replace("(0)", "").chars().filter(|c| !is_decoration(*c)).collect();
    let (plus, digits) = match (plain.strip_prefix('+'), plain.strip_prefix("00")) {
        (Some(digits), _) | (None, Some(digits)) => ("+", digits),
        (None, None) => ("", plain.as_str()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !PHONE_DIGITS.contains(&digits.len()) {
        return Err(NOT);
    }
    Ok(format!("{plus}{digits}"))
}

/// Given and family name out of a whole one: `Nordmann, Kari` or `Kari Anne Nordmann`.
pub fn split_name(whole: &str) -> (String, String) {
    if let Some((last, first)) = whole.split_once(',') {
        return (first.trim().to_owned(), last.trim().to_owned());
    }
    match whole.trim().rsplit_once(char::is_whitespace) {
        Some((first, last)) => (first.trim().to_owned(), last.to_owned()),
        None => (whole.trim().to_owned(), String::new()),
    }
}

/// Tags of a cell: a JSON list, or words between commas or semicolons, with or without quotes.
pub fn tags(cell: &Cell) -> Vec<String> {
    // Our own files write lists so whose entries have commas.
    if let Cell::Text(text) = cell
        && text.starts_with('[')
        && let Ok(list @ Value::Array(_)) = serde_json::from_str(text)
    {
        return tags(&Cell::Json(list));
    }
    if let Cell::Json(Value::Array(items)) = cell
        && items.iter().all(Value::is_string)
    {
        let mut tags: Vec<String> = Vec::new();
        for tag in items.iter().filter_map(Value::as_str).map(str::trim) {
            if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        return tags;
    }
    let words: Vec<String> = match cell {
        Cell::Json(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        other => other.as_text().split([',', ';', '|']).map(str::to_owned).collect(),
    };
    let mut tags: Vec<String> = Vec::new();
    for word in words {
        let tag = word.trim().trim_matches('"').trim();
        if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_lose_their_decoration() {
        for same in ["+47 22 33 44 55", "0047 (22) 33-44-55", "'+4722334455", "tel:+47.22.33.44.55", "+47 (0) 22334455"]
        {
            assert_eq!(phone(same).as_deref(), Ok("+4722334455"), "{same}");
        }
        assert_eq!(phone("22 33 44 55").as_deref(), Ok("22334455"));
        for bad in ["", "ring me", "12", "+47 22 33 44 55 66 77 88 99", "22x33"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_tags_and_consent_are_read() {
        assert_eq!(split_name("Kari Anne Nordmann"), ("Kari Anne".into(), "Nordmann".into()));
        assert_eq!(split_name("Nordmann, Kari"), ("Kari".into(), "Nordmann".into()));
        assert_eq!(split_name("Kari"), ("Kari".into(), String::new()));
        assert_eq!(tags(&Cell::text("\"VIP\",\"new, \",VIP")), ["VIP", "new"]);
        assert_eq!(tags(&Cell::json(serde_json::json!(["a", 1]))), ["a", "1"]);
        assert_eq!(ConsentStatus::read(&Cell::text("Non-Subscribed")), Some(ConsentStatus::NotAsked));
        assert_eq!(ConsentStatus::read(&Cell::text("Opted out")), Some(ConsentStatus::Unsubscribed));
        assert_eq!(ConsentStatus::read(&Cell::Bool(true)), Some(ConsentStatus::Subscribed));
        assert_eq!(ConsentStatus::read(&Cell::text("perhaps")), None);
    }
}
