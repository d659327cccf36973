//! The pages, offers and messages of the company, as far as a check looks at them.

use std::collections::{BTreeMap, BTreeSet};

use base::Locale;
use funnel::document::{Content as Named, ContentKind, FunnelDoc};
use funnel::form::{ConsentPurpose, FieldKind};
use funnel::lint::facts::{Content, Form, Message, Offer, Page, Promise};
use funnel::lint::read;
use funnel::localized::Localized;
use funnel::page::{Block, PageDoc};
use serde_json::Value;
use store::pages::{Version, VersionState};

use crate::{App, Result, pages::PAGES_MAX};

/// Ways of our own that are no pages.
const OWN_PATHS: [&str; 9] = ["assets", "f", "order", "d", "c", "u", "admin", "api", "robots.txt"];

/// The content that concerns a document: all of it, but for what only another funnel names.
pub(super) async fn gather(app: &App, doc: &FunnelDoc, others: &[FunnelDoc]) -> Result<Content> {
    let offers = store::offers::all(app.store.reader()).await?;
    let versions = versions(app).await?;
    let links = Links::new(app, &versions, &offers);
    let mut content = Content {
        pages: pages(doc, &versions, &offers, &links),
        offers: offers.iter().map(offer).collect(),
        messages: messages(app, &links).await?,
        automations: Vec::new(),
        events_seen: Vec::new(),
    };
    leave_to_others(&mut content, doc, others);
    Ok(content)
}

/// What only another funnel names is that one's to tell about: here it is only known to be there.
fn leave_to_others(content: &mut Content, doc: &FunnelDoc, others: &[FunnelDoc]) {
    let (own, theirs) = (named(doc), others.iter().flat_map(named).collect::<BTreeSet<_>>());
    let is_theirs = |id: &str| theirs.contains(id) && !own.contains(id);
    for page in content.pages.iter_mut().filter(|page| is_theirs(&page.id)) {
        *page = Page { id: std::mem::take(&mut page.id), ..Page::default() };
    }
    for offer in content.offers.iter_mut().filter(|offer| is_theirs(&offer.id)) {
        *offer = Offer { id: std::mem::take(&mut offer.id), ..Offer::default() };
    }
    for message in content.messages.iter_mut().filter(|message| is_theirs(&message.id)) {
        *message = Message { id: std::mem::take(&mut message.id), ..Message::default() };
    }
}

/// The ids of content that a document names.
fn named(doc: &FunnelDoc) -> BTreeSet<&str> {
    let is_ours = |content: &&Named| {
        matches!(content.kind, ContentKind::Page | ContentKind::Offer | ContentKind::Message) && !content.id.is_empty()
    };
    let stages = doc.stages.iter().flat_map(|stage| &stage.content).filter(is_ours).map(|content| content.id.as_str());
    stages.chain(doc.ladder.iter().map(|rung| rung.offer.as_str())).collect()
}

/// Of each page and language what visitors see, or the draft of what they never saw: a funnel is often designed before
/// its pages are published.
async fn versions(app: &App) -> Result<Vec<Version>> {
    let conn = app.store.reader();
    let ids: Vec<_> = store::pages::all(conn, PAGES_MAX).await?.into_iter().map(|page| page.id).collect();
    let mut chosen: BTreeMap<_, Version> = BTreeMap::new();
    for version in store::pages::current_of(conn, &ids).await? {
        let key = (version.page_id.uuid(), version.locale.as_str().to_owned());
        if version.state == VersionState::Published || !chosen.contains_key(&key) {
            chosen.insert(key, version);
        }
    }
    Ok(chosen.into_values().collect())
}

/// Each page under the address of the funnel's first language, with what all its languages hold; its other addresses
/// are only known to be there, so that nothing is told twice.
fn pages(doc: &FunnelDoc, versions: &[Version], offers: &[store::offers::Offer], links: &Links) -> Vec<Page> {
    let mut pages = Vec::new();
    for languages in versions.chunk_by(|one, other| one.page_id == other.page_id) {
        let of = |locale: &Locale| languages.iter().find(|version| version.locale == *locale);
        let main = doc.locales.iter().find_map(of).unwrap_or(&languages[0]);
        let mut page = Page {
            id: main.slug.clone(),
            locales: languages.iter().map(|version| version.locale.clone()).collect(),
            ..Page::default()
        };
        for version in languages {
            let Ok(document) = PageDoc::from_value(&version.doc) else { continue };
            page.forms.extend(document.forms().into_iter().map(|block| form(&block.form)));
            let hrefs = hrefs(&version.doc);
            let is_draft = version.state == VersionState::Draft;
            page.broken_links.extend(hrefs.iter().filter(|href| !links.lead(href, is_draft)).cloned());
            let sold = hrefs.iter().filter_map(|href| offer_of(href));
            let Some(offer) = sold.filter_map(|slug| offers.iter().find(|offer| offer.doc.slug == slug)).next() else {
                continue;
            };
            page.offer.clone_from(&offer.doc.slug);
            page.promises.extend(promises(&document, &offer.doc));
        }
        page.broken_links.sort_unstable();
        page.broken_links.dedup();
        let others = languages.iter().filter(|version| version.slug != main.slug);
        pages.extend(others.map(|version| Page { id: version.slug.clone(), ..Page::default() }));
        pages.push(page);
    }
    pages
}

fn form(form: &funnel::form::FormDef) -> Form {
    let asked = form.fields.iter().filter(|field| field.required && field.kind != FieldKind::Hidden).count();
    Form {
        required_fields: u32::try_from(asked).unwrap_or(u32::MAX),
        asks_consent: form.consents.iter().any(|consent| consent.purpose == ConsentPurpose::Marketing),
        gives_something: !form.magnet.is_empty(),
    }
}

/// What a page says of the offer that it leads to, where it can be read for sure: a price on the button that leads
/// there, the time of a guarantee.
fn promises(page: &PageDoc, offer: &funnel::offer::OfferDoc) -> Vec<Promise> {
    let kept = offer.guarantee.texts().find_map(read::duration_in);
    let can_compare = kept.is_some() || offer.guarantee.is_empty();
    let mut promises = Vec::new();
    for block in page.blocks() {
        let links = match block {
            Block::Hero(hero) => {
                vec![(&hero.primary.label, &hero.primary.url), (&hero.secondary.label, &hero.secondary.url)]
            }
            Block::Button(button) => vec![(&button.label, &button.url)],
            Block::Countdown(countdown) => vec![(&countdown.button.label, &countdown.button.url)],
            Block::Guarantee(guarantee) if can_compare => {
                let time = read::duration_in(&guarantee.heading).or_else(|| read::duration_in(&guarantee.text));
                promises.extend(time.map(Promise::Guarantee));
                Vec::new()
            }
            _ => Vec::new(),
        };
        let to_offer = links.into_iter().filter(|(_, url)| offer_of(url) == Some(offer.slug.as_str()));
        promises
            .extend(to_offer.filter_map(|(label, _)| read::price_in(label, offer.price.currency)).map(Promise::Price));
    }
    promises
}

fn offer(offer: &store::offers::Offer) -> Offer {
    let doc = &offer.doc;
    Offer {
        id: doc.slug.clone(),
        price: Some(doc.price),
        unit_cost: doc.unit_cost,
        discount: doc.discount_max,
        sold_per_month: None,
        market: doc.market.map(|market| (market.low, market.high)),
        guarantee: doc.guarantee.texts().find_map(read::duration_in),
        is_delivered_free: false,
        locales: match &doc.name {
            Localized::Many(texts) => texts.keys().cloned().collect(),
            // One name for all readers, such as a brand.
            Localized::One(_) => Vec::new(),
        },
    }
}

/// The company's own mails, and the names of those that the program brings along.
async fn messages(app: &App, links: &Links) -> Result<Vec<Message>> {
    let templates = store::templates::all(app.store.reader()).await?;
    let mut messages: Vec<Message> = Vec::new();
    for languages in templates.chunk_by(|one, other| one.name == other.name) {
        let is_builtin = crate::messages::templates::is_builtin(&languages[0].name);
        let text = |template: &store::templates::Template| format!("{} {}", template.subject, template.mjml);
        let hrefs: Vec<String> = languages.iter().flat_map(|template| hrefs_of_text(&template.mjml)).collect();
        messages.push(Message {
            id: languages[0].name.clone(),
            is_marketing: !is_builtin,
            // Where the company wrote one language of a mail of ours, ours stand in for the others.
            locales: if is_builtin { Vec::new() } else { languages.iter().map(|one| one.locale.clone()).collect() },
            offers: hrefs.iter().filter_map(|href| offer_of(href)).map(str::to_owned).collect(),
            review_by: None,
            last_day: languages.iter().filter_map(|template| read::last_day_in(&text(template))).max(),
            broken_links: hrefs.into_iter().filter(|href| !links.lead(href, false)).collect(),
        });
    }
    for name in crate::messages::templates::builtin_names() {
        if !messages.iter().any(|message| message.id == name) {
            messages.push(Message { id: name.to_owned(), ..Message::default() });
        }
    }
    Ok(messages)
}

/// Where links may lead.
struct Links {
    published: BTreeSet<String>,
    drafts: BTreeSet<String>,
    offers: BTreeSet<String>,
    base_url: String,
}

impl Links {
    fn new(app: &App, versions: &[Version], offers: &[store::offers::Offer]) -> Self {
        let of = |state: VersionState| {
            versions.iter().filter(|version| version.state == state).map(|version| version.slug.clone()).collect()
        };
        Self {
            published: of(VersionState::Published),
            drafts: of(VersionState::Draft),
            offers: offers.iter().map(|offer| offer.doc.slug.clone()).collect(),
            base_url: app.company().base_url.clone(),
        }
    }

    /// Whether a link leads somewhere. Addresses elsewhere are taken at their word: nobody is called while somebody
    /// writes. A draft may link to drafts.
    fn lead(&self, href: &str, from_draft: bool) -> bool {
        let own = if self.base_url.is_empty() { None } else { href.strip_prefix(self.base_url.as_str()) };
        let path = own.unwrap_or(href);
        let Some(path) = path.strip_prefix('/').filter(|path| !path.starts_with('/')) else { return true };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        // What a mail fills in for each reader.
        if path.contains('{') {
            return true;
        }
        let first = path.split('/').next().unwrap_or_default();
        match path.strip_prefix("o/") {
            Some(slug) => self.offers.contains(slug),
            None if OWN_PATHS.contains(&first) => true,
            // The front page of a site that has none is a page about the program.
            None if path.is_empty() => true,
            None => self.published.contains(path) || (from_draft && self.drafts.contains(path)),
        }
    }
}

/// The offer whose page an address is.
fn offer_of(href: &str) -> Option<&str> {
    let (_, rest) = href.split_once("/o/")?;
    rest.split(['?', '#', '/']).next().filter(|slug| !slug.is_empty())
}

/// The addresses that a page links to: of buttons, and in running text.
fn hrefs(doc: &Value) -> Vec<String> {
    match doc {
        Value::Object(map) => {
            let own = map.iter().filter(|(key, _)| matches!(key.as_str(), "url" | "redirect_url"));
            let own = own.filter_map(|(_, value)| value.as_str().map(str::to_owned));
            own.chain(map.iter().filter(|(key, _)| *key != "alternates").flat_map(|(_, value)| hrefs(value))).collect()
        }
        Value::Array(list) => list.iter().flat_map(hrefs).collect(),
        Value::String(text) if text.contains("href=") => hrefs_of_text(text),
        _ => Vec::new(),
    }
}

fn hrefs_of_text(text: &str) -> Vec<String> {
    let parts = text.split("href=").skip(1);
    parts
        .filter_map(|part| {
            let quote = part.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            part[1..].split(quote).next().map(str::to_owned)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_buttons_and_in_text() {
        let doc = serde_json::json!({
            "content": [{"props": {"url": "/a", "html": "<a href=\"/b?x=1\">b</a> <a href='mailto:c@d.no'>c</a>"}}],
            "root": {"props": {"alternates": [{"url": "/elsewhere"}]}}
        });
        assert_eq!(hrefs(&doc), ["/a", "/b?x=1", "mailto:c@d.no"]);
        assert_eq!(offer_of("https://x.no/o/braces?utm_source=a"), Some("braces"));
        assert_eq!(offer_of("/other"), None);
    }

    #[test]
    fn a_link_leads_somewhere_or_not() {
        let set = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect();
        let links = Links {
            published: set(&["free"]),
            drafts: set(&["next"]),
            offers: set(&["braces"]),
            base_url: "https://clinic.no".to_owned(),
        };
        let lead = |href: &str| links.lead(href, false);
        assert!(lead("/free#form") && lead("/o/braces") && lead("#top") && lead("https://else.no/x") && lead("/"));
        assert!(lead("https://clinic.no/free?utm_source=mail") && lead("/d/{{ signed }}") && lead("mailto:a@b.no"));
        assert!(!lead("/gone") && !lead("/o/gone") && !lead("https://clinic.no/gone") && !lead("/next"));
        assert!(links.lead("/next", true));
    }
}
