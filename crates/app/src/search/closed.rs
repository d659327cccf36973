//! Finds for roles that do not see everything about contacts.
//!
//! The index answers by all of a contact's texts at once, so that a find would tell what is hidden. Such a role is
//! answered by the lists, which know what it sees; they forgive no mistakes.

use search::Query;

use super::{SearchGroup, SearchHit, SearchNoun, pieces};
use crate::contacts::{self, ContactQuery, ContactView};
use crate::deals::{self, DealQuery, DealView};
use crate::fields::Fields;
use crate::orders::{self, OrderQuery, OrderView};
use crate::{Actor, App, Result, permission::Permission};

/// Fields of a contact that the index finds a noun by.
fn indexed(noun: SearchNoun) -> &'static [&'static str] {
    match noun {
        SearchNoun::Contact => &["first_name", "last_name", "email", "phone", "company"],
        SearchNoun::Deal => &["first_name", "last_name", "company"],
        SearchNoun::Order => &["first_name", "last_name", "email", "company"],
        SearchNoun::Page | SearchNoun::Offer => &[],
    }
}

/// Whether the index finds a noun by something that is hidden.
pub(super) fn is_closed(fields: &Fields, noun: SearchNoun) -> bool {
    indexed(noun).iter().any(|name| fields.is_hidden(name))
}

/// What is found of the closed nouns.
pub(super) async fn groups(
    app: &App,
    actor: &Actor,
    fields: &Fields,
    text: &str,
    limit: usize,
    asked: &Query,
) -> Result<Vec<SearchGroup>> {
    let mut groups = Vec::new();
    let (q, limit) = (Some(text.trim().to_owned()).filter(|text| !text.is_empty()), Some(limit as u64));
    if q.is_none() {
        return Ok(groups);
    }
    if is_closed(fields, SearchNoun::Contact) && actor.may(Permission::ContactsRead).is_ok() {
        let page = contacts::list(app, actor, ContactQuery { q: q.clone(), limit, ..ContactQuery::default() }).await?;
        let items = page.items.into_iter().map(|contact| of_contact(&contact, asked)).collect();
        groups.push(SearchGroup { noun: SearchNoun::Contact, total: page.total, items });
    }
    if is_closed(fields, SearchNoun::Deal) && actor.may(Permission::DealsRead).is_ok() {
        let page = deals::list(app, actor, DealQuery { q: q.clone(), limit, ..DealQuery::default() }).await?;
        let items = page.items.into_iter().map(|deal| of_deal(&deal, asked)).collect();
        groups.push(SearchGroup { noun: SearchNoun::Deal, total: page.total, items });
    }
    if is_closed(fields, SearchNoun::Order) && actor.may(Permission::OrdersRead).is_ok() {
        let page = orders::list(app, actor, OrderQuery { q, limit, ..OrderQuery::default() }).await?;
        let items = page.items.into_iter().map(|order| of_order(&order, asked)).collect();
        groups.push(SearchGroup { noun: SearchNoun::Order, total: page.total, items });
    }
    groups.retain(|group| !group.items.is_empty());
    Ok(groups)
}

fn of_contact(contact: &ContactView, asked: &Query) -> SearchHit {
    let email = contact.email.as_ref().map(|email| email.as_str()).unwrap_or_default();
    SearchHit {
        id: contact.id.to_string(),
        title: pieces(asked, &contact.display_name),
        detail: pieces(asked, &format!("{email} {}", contact.company)),
    }
}

fn of_order(order: &OrderView, asked: &Query) -> SearchHit {
    let title = pieces(asked, &order.number.to_string());
    SearchHit { id: order.id.to_string(), title, detail: pieces(asked, &order.buyer.name) }
}

fn of_deal(deal: &DealView, asked: &Query) -> SearchHit {
    SearchHit { id: deal.id.to_string(), title: pieces(asked, &deal.title), detail: pieces(asked, &deal.contact_name) }
}
