//! Who buys, as the invoice says it.

use base::Email;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LineError;

/// Characters of one fact about the buyer.
pub const BUYER_TEXT_CHARS_MAX: usize = 200;

/// Facts about the buyer, kept with the order: what the invoice said must not change when the contact does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    /// First and last name.
    pub name: String,
    /// Where the confirmation and the invoice go.
    pub email: Email,
    /// Telephone.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub phone: String,
    /// The company that buys; empty for a private person.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub company: String,
    /// The company's number in its register.
    #[serde(default)]
    #[schema(default = json!(""))]
    pub org_number: String,
    /// Where the invoice is addressed to.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub address: Address,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// Street and number; more lines separated by line breaks.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// City.
    pub city: String,
    /// Two letters of ISO 3166-1, such as `NO`.
    pub country: String,
}

impl Buyer {
    /// Everything that is wrong, with the path of its field.
    pub fn check(&self) -> Vec<LineError> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push(LineError::new("buyer.name", "write your name"));
        }
        let Address { street, postal_code, city, country } = &self.address;
        let one_line = [
            ("buyer.name", &self.name),
            ("buyer.phone", &self.phone),
            ("buyer.company", &self.company),
            ("buyer.org_number", &self.org_number),
            ("buyer.address.postal_code", postal_code),
            ("buyer.address.city", city),
        ];
        for (path, text) in one_line {
            if text.chars().count() > BUYER_TEXT_CHARS_MAX || text.chars().any(char::is_control) {
                let message = format!("write at most {BUYER_TEXT_CHARS_MAX} characters on one line");
                problems.push(LineError::new(path, message));
            }
        }
        if street.chars().count() > BUYER_TEXT_CHARS_MAX || street.chars().any(|c| c.is_control() && c != '\n') {
            let message = format!("write at most {BUYER_TEXT_CHARS_MAX} characters");
            problems.push(LineError::new("buyer.address.street", message));
        }
        let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        if !country.is_empty() && !is_country {
            problems.push(LineError::new("buyer.address.country", "write two letters such as NO"));
        }
        problems
    }

    /// The same without space around its texts and with the country in capitals.
    pub fn tidied(self) -> Self {
        let trim = |text: String| text.trim().to_owned();
        Self {
            name: trim(self.name),
            email: self.email,
            phone: trim(self.phone),
            company: trim(self.company),
            org_number: trim(self.org_number),
            address: Address {
                street: self.address.street.replace("\r\n", "\n").trim().to_owned(),
                postal_code: trim(self.address.postal_code),
                city: trim(self.address.city),
                country: self.address.country.trim().to_ascii_uppercase(),
            },
        }
    }
}

/// The last word of a name is the last name.
pub fn first_and_last_name(name: &str) -> (String, String) {
    match name.trim().rsplit_once(' ') {
        Some((first, last)) => (first.trim().to_owned(), last.to_owned()),
        None => (name.trim().to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kari() -> Buyer {
        serde_json::from_str(r#"{"name": "Kari Anne Nordmann", "email": "Kari@example.no"}"#).unwrap()
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(kari().check(), []);
        let mut buyer = kari();
        buyer.name = " ".to_owned();
        buyer.phone = "1\n2".to_owned();
        buyer.company = "x".repeat(201);
        buyer.address.country = "Norge".to_owned();
        buyer.address.street = "Storgata 1\nOppgang B".to_owned();
        let paths: Vec<String> = buyer.check().into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, ["buyer.name", "buyer.phone", "buyer.company", "buyer.address.country"]);
    }

    #[test]
    fn texts_are_tidied_and_names_taken_apart() {
        let mut buyer = kari();
        buyer.address = Address { country: " no ".to_owned(), street: "A\r\nB ".to_owned(), ..Address::default() };
        let buyer = buyer.tidied();
        assert_eq!((buyer.address.country.as_str(), buyer.address.street.as_str()), ("NO", "A\nB"));
        assert_eq!(first_and_last_name(&buyer.name), ("Kari Anne".to_owned(), "Nordmann".to_owned()));
    }
}
