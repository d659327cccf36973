//! People who tell who they are, by a form or an order.

use base::{Email, Locale};
use events::PersonKey;
use store::Tx;
use store::contacts::Contact;

use super::{TEXT_CHARS_MAX, blank, created_fact};
use crate::{App, Result, companies, facts};

/// What a form or an order tells about its sender.
#[derive(Debug, Clone)]
pub struct Introduction {
    /// The address that was written. That somebody wrote it does not show that it is theirs.
    pub email: Email,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub locale: Locale,
    /// Channel of the touch that brought them.
    pub channel: String,
    /// The browser it came from.
    pub visitor: Option<PersonKey>,
    /// Where it was written: a path, an import.
    pub origin: String,
}

/// The contact of an introduction.
pub struct Introduced {
    /// The contact.
    pub contact: Contact,
    /// Whether it was made now.
    pub is_new: bool,
}

/// The contact with that address, made when there is none.
///
/// A browser that writes an unknown address becomes that contact: its history is theirs. A browser that
/// writes a *known* address is joined only when a link sent to that mailbox is opened ([`super::verify_email`]):
/// anybody can write somebody else's address. For the same reason what is known is only added to, never
/// replaced.
pub async fn introduce(app: &App, tx: &Tx, introduction: Introduction) -> Result<Introduced> {
    let Introduction { email, first_name, last_name, phone, company, locale, channel, visitor, origin } = introduction;
    if let Some(mut contact) = store::contacts::find_by_email(tx, &email).await? {
        let before = contact.clone();
        fill(&mut contact.first_name, first_name);
        fill(&mut contact.last_name, last_name);
        fill(&mut contact.phone, phone);
        fill(&mut contact.company, company);
        fill(&mut contact.channel, Some(channel));
        if contact.company_id.is_none() {
            companies::join_where_sure(tx, &mut contact).await?;
        }
        if contact != before {
            contact.updated_at = app.now();
            store::contacts::update(tx, &contact).await?;
        }
        return Ok(Introduced { contact, is_new: false });
    }
    let mut contact = blank(app, Some(email), locale);
    fill(&mut contact.first_name, first_name);
    fill(&mut contact.last_name, last_name);
    fill(&mut contact.phone, phone);
    fill(&mut contact.company, company);
    contact.channel = channel;
    companies::join_where_sure(tx, &mut contact).await?;
    store::contacts::insert(tx, &contact).await?;
    let mut fact = created_fact(app, &contact, &origin).with("channel", contact.channel.as_str());
    if let Some(visitor) = &visitor {
        fact = fact.claiming(visitor);
    }
    facts::record(app, tx, fact).await?;
    Ok(Introduced { contact, is_new: true })
}

fn fill(field: &mut String, value: Option<String>) {
    if field.is_empty()
        && let Some(value) = value
    {
        *field = value.trim().chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect();
    }
}
