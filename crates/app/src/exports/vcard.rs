//! Contacts as address cards: vCard 4.0 (RFC 6350), which our own reader and address books take.

use base::{Id, Timestamp, id};
use serde_json::{Value, json};
use store::contacts::Contact;

use super::plain_name;
use crate::fields::{Entity, Fields};
use crate::permission::Permission;
use crate::{Actor, App, AppError, Result, audit, contacts};

/// Longest line, bytes: a longer one is folded.
const LINE_BYTES_MAX: usize = 75;
/// Open facts that cards have a place for, as the reader of cards calls them.
const FACTS: [(&str, &str); 2] = [("TITLE", "job_title"), ("ROLE", "role")];

/// The card of one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub text: String,
    /// With its ending.
    pub file_name: String,
}

/// The address card of a contact, with what the actor may see of it. Who took it out is written down.
pub async fn contact(app: &App, actor: &Actor, id: Id<id::Contact>) -> Result<Card> {
    actor.may(Permission::ContactsRead)?;
    let tx = app.store.begin().await?;
    let mut contact = store::contacts::find(&tx, id).await?.ok_or(AppError::NotFound("contact"))?;
    contacts::blank_hidden(&mut contact, &Fields::load(&tx, actor, Entity::Contact).await?);
    audit::record(app, &tx, actor, "contact.card", id, json!({})).await?;
    tx.commit().await?;
    let name = plain_name(&contact.display_name());
    let stem = if name.is_empty() { "contact" } else { name.as_str() };
    Ok(Card { text: card(&contact), file_name: format!("{stem}.vcf") })
}

/// The card of a contact, of whom only what may be seen is left.
pub(super) fn card(contact: &Contact) -> String {
    let mut card = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
    // An address: what stands in one is not escaped.
    folded(&mut card, &format!("UID:urn:uuid:{}", contact.id.uuid()));
    line(&mut card, "FN", &contact.display_name());
    if !contact.first_name.is_empty() || !contact.last_name.is_empty() {
        folded(&mut card, &format!("N:{};{};;;", escaped(&contact.last_name), escaped(&contact.first_name)));
    }
    let fact = |key: &str| contact.traits.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(email) = &contact.email {
        line(&mut card, "EMAIL;PREF=1", email.as_str());
    }
    for other in fact("other_emails").split(',') {
        line(&mut card, "EMAIL", other.trim());
    }
    line(&mut card, "TEL", &contact.phone);
    let department = fact("department");
    match (contact.company.as_str(), department) {
        ("", _) => {}
        (company, "") => line(&mut card, "ORG", company),
        (company, department) => folded(&mut card, &format!("ORG:{};{}", escaped(company), escaped(department))),
    }
    for (name, key) in FACTS {
        line(&mut card, name, fact(key));
    }
    if !fact("address").is_empty() {
        folded(&mut card, &format!("ADR:;;{};;;;", escaped(fact("address"))));
    }
    birthday(&mut card, fact("birthday"));
    let website: String = fact("website").chars().filter(|c| !c.is_control()).collect();
    if !website.is_empty() {
        folded(&mut card, &format!("URL:{website}"));
    }
    line(&mut card, "LANG", contact.locale.as_str());
    if !contact.tags.is_empty() {
        let tags: Vec<String> = contact.tags.iter().map(|tag| escaped(tag)).collect();
        folded(&mut card, &format!("CATEGORIES:{}", tags.join(",")));
    }
    folded(&mut card, &format!("REV:{}", moment(contact.updated_at)));
    card.push_str("END:VCARD\r\n");
    card
}

/// A day in the basic form, as `19850302`; another text is said to be one.
fn birthday(card: &mut String, text: &str) {
    match text.parse::<jiff::civil::Date>() {
        Ok(day) if text.len() == 10 => folded(card, &format!("BDAY:{}", day.strftime("%Y%m%d"))),
        _ => line(card, "BDAY;VALUE=text", text),
    }
}

/// A moment in the basic form, as `20260302T080000Z`.
fn moment(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A property; one that says nothing is left out.
fn line(card: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        folded(card, &format!("{name}:{}", escaped(value)));
    }
}

fn escaped(value: &str) -> String {
    let plain = value.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
    plain.replace("\r\n", "\\n").replace(['\n', '\r'], "\\n")
}

/// A line cut into pieces of at most [`LINE_BYTES_MAX`] bytes, never inside a letter.
fn folded(card: &mut String, line: &str) {
    let mut bytes = 0;
    for letter in line.chars() {
        if bytes + letter.len_utf8() > LINE_BYTES_MAX {
            card.push_str("\r\n ");
            bytes = 1;
        }
        card.push(letter);
        bytes += letter.len_utf8();
    }
    card.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_letters() {
        let mut card = String::new();
        folded(&mut card, &"å".repeat(100));
        assert!(card.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX), "{card}");
        assert_eq!(card.replace("\r\n ", "").trim_end(), "å".repeat(100));
        assert_eq!(escaped("a,b;c\\d\ne"), "a\\,b\\;c\\\\d\\ne");
    }

    #[test]
    fn birthdays_are_days_where_they_are() {
        let written = |text: &str| {
            let mut card = String::new();
            birthday(&mut card, text);
            card
        };
        assert_eq!(written("1985-03-02"), "BDAY:19850302\r\n");
        assert_eq!(written("--0302"), "BDAY;VALUE=text:--0302\r\n");
        assert_eq!(written("spring, 1985"), "BDAY;VALUE=text:spring\\, 1985\r\n");
        assert_eq!(written(""), "");
        assert_eq!(moment("2026-03-02T08:00:00.123Z".parse().unwrap()), "20260302T080000Z");
    }
}
