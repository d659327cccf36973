//! Contacts as address cards: vCard 4.0 (RFC 6350), which our own reader and address books take.

use serde_json::Value;
use store::contacts::Contact;

/// Longest line, bytes: a longer one is folded.
const LINE_BYTES_MAX: usize = 75;
/// Open facts that cards have a place for, as the reader of cards calls them.
const FACTS: [(&str, &str); 4] = [("TITLE", "job_title"), ("ROLE", "role"), ("URL", "website"), ("BDAY", "birthday")];

/// The card of a contact, of whom only what may be seen is left.
pub(super) fn card(contact: &Contact) -> String {
    let mut card = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
    line(&mut card, "UID", &contact.id.to_string());
    line(&mut card, "FN", &contact.display_name());
    if !contact.first_name.is_empty() || !contact.last_name.is_empty() {
        folded(&mut card, &format!("N:{};{};;;", escaped(&contact.last_name), escaped(&contact.first_name)));
    }
    line(&mut card, "EMAIL", contact.email.as_ref().map_or("", base::Email::as_str));
    line(&mut card, "TEL", &contact.phone);
    let fact = |key: &str| contact.traits.get(key).and_then(Value::as_str).unwrap_or_default();
    let department = fact("department");
    match (contact.company.as_str(), department) {
        ("", _) => {}
        (company, "") => line(&mut card, "ORG", company),
        (company, department) => folded(&mut card, &format!("ORG:{};{}", escaped(company), escaped(department))),
    }
    for (name, key) in FACTS {
        line(&mut card, name, fact(key));
    }
    line(&mut card, "LANG", contact.locale.as_str());
    if !contact.tags.is_empty() {
        let tags: Vec<String> = contact.tags.iter().map(|tag| escaped(tag)).collect();
        folded(&mut card, &format!("CATEGORIES:{}", tags.join(",")));
    }
    card.push_str("END:VCARD\r\n");
    card
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
}
