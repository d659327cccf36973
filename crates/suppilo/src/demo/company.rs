//! Founding the demo company: people, look, offers, pages.

use std::sync::Arc;

use app::accounts::{self, NewUser, Setup};
use app::files::Upload;
use app::funnels::{self, FunnelChange};
use app::magnets::{self, GiftView, MagnetRequest};
use app::offers::{self, OfferRequest};
use app::pages::{self, NewPage};
use app::permission::Role;
use app::playbooks::{self, PlaybookRequest};
use app::{Actor, App, company, keys};
use base::{Id, id};
use funnel::document::FunnelDoc;
use serde_json::{Value, json};
use store::keys::KeyKind;

use super::boards;
use super::sales;
use crate::commands::Failure;

/// What the history needs of the company.
pub struct Company {
    /// The owner's address.
    pub email: String,
    pub write_key: String,
    pub secret_key: String,
    /// Buys the advertising.
    pub marketer: Actor,
    /// Leads the team.
    pub manager: Actor,
    /// Works the deals.
    pub reps: Vec<Id<id::User>>,
}

/// The offers: slug, English and Norwegian name, price in øre, rung, text, features.
struct Offered {
    slug: &'static str,
    name: [&'static str; 2],
    text: [&'static str; 2],
    features: [[&'static str; 2]; 3],
    price_minor: i64,
    rung: &'static str,
}

const OFFERS: [Offered; 3] = [
    Offered {
        slug: "whitening-kit",
        name: ["Whitening kit for home", "Blekesett til hjemmebruk"],
        text: [
            "Trays made from a scan of your teeth, gel for two weeks, and a dentist who answers when you wonder.",
            "Skinner laget etter skann av tennene dine, gele for to uker, og en tannlege som svarer når du lurer.",
        ],
        features: [
            ["Made to fit your teeth", "Tilpasset dine tenner"],
            ["Visible after four days", "Synlig etter fire dager"],
            ["Gentle on sensitive teeth", "Skånsomt for sensitive tenner"],
        ],
        price_minor: 99_000,
        rung: "tripwire",
    },
    Offered {
        slug: "braces",
        name: ["Invisible braces", "Usynlig regulering"],
        text: [
            "A plan you see on the screen before you decide, all appointments included, and a fixed price.",
            "En plan du ser på skjermen før du bestemmer deg, alle timer inkludert, og fast pris.",
        ],
        features: [
            ["See the result before you start", "Se resultatet før du begynner"],
            ["Fixed price, also for adjustments", "Fast pris, også for justeringer"],
            ["Retainer included", "Holdeskinne inkludert"],
        ],
        price_minor: 2_490_000,
        rung: "core",
    },
    Offered {
        slug: "care-plan",
        name: ["Care plan for a year", "Tannhelseavtale i ett år"],
        text: [
            "Two check-ups, cleaning and X-rays, and ten per cent off everything else.",
            "To kontroller, rens og røntgen, og ti prosent på alt annet.",
        ],
        features: [
            ["Two check-ups a year", "To kontroller i året"],
            ["Emergency help within a day", "Akutt hjelp innen et døgn"],
            ["Cancel whenever you like", "Si opp når du vil"],
        ],
        price_minor: 238_800,
        rung: "additional",
    },
];

/// What the pages call a picture, the name and the bytes it is uploaded with.
const PICTURES: [(&str, &str, &[u8]); 5] = [
    ("/files/demo/fjord.svg", "fjord.webp", include_bytes!("../../demo/fjord.webp")),
    ("/files/demo/clinic.svg", "clinic.webp", include_bytes!("../../demo/clinic.webp")),
    ("/files/demo/room.svg", "room.webp", include_bytes!("../../demo/room.webp")),
    (
        "/files/demo/fjord-share.png",
        "share.png",
        include_bytes!("../../../funnel/fixtures/pages/images/fjord-share.png"),
    ),
    (
        "/files/demo/fjord-share-en.png",
        "share-en.png",
        include_bytes!("../../../funnel/fixtures/pages/images/fjord-share-en.png"),
    ),
];
const GUIDE: &[u8] = include_bytes!("../../demo/guide.nb.pdf");
const FUNNEL: &str = include_str!("../../demo/funnel.yaml");
const PAGES: [(&str, &str); 2] = [
    ("nb", include_str!("../../../funnel/fixtures/pages/free-check.nb.json")),
    ("en", include_str!("../../../funnel/fixtures/pages/free-check.en.json")),
];

/// Found the company.
pub async fn found(app: &Arc<App>, password: &str) -> Result<Company, Failure> {
    let email = "owner@smilklinikken.example".to_owned();
    let setup = Setup {
        company: "Smilklinikken".to_owned(),
        name: "Ingrid Solberg".to_owned(),
        email: email.clone(),
        password: password.to_owned(),
        locale: locale("en"),
        currency: "NOK".parse().map_err(|_| Failure::new("NOK is no currency"))?,
        timezone: "Europe/Oslo".to_owned(),
    };
    let login = accounts::set_up(app, setup).await?;
    let owner = Actor::user(login.user.id, Role::Owner);
    let facts = company::Company {
        locales: vec![locale("nb"), locale("en")],
        postal_address: "Storgata 1, 0155 Oslo".to_owned(),
        org_number: "999 888 777".to_owned(),
        contact_email: "hei@smilklinikken.example".parse().ok(),
        bank_account: "1234 56 78903".to_owned(),
        asks_tracking_consent: true,
        ..(*app.company()).clone()
    };
    company::update(app, &owner, facts).await?;
    let marketer = user(app, &owner, "Jonas Lie", "jonas", Role::Marketer, password).await?;
    let manager = user(app, &owner, "Sara Berg", "sara", Role::Manager, password).await?;
    let rep = user(app, &owner, "Emil Haug", "emil", Role::Rep, password).await?;
    let thea = user(app, &owner, "Thea Lunde", "thea", Role::Rep, password).await?;
    publish_offers(app, &owner).await?;
    write_sales_book(app, &owner).await?;
    publish_pages(app, &Actor::user(marketer, Role::Marketer)).await?;
    publish_funnel(app, &owner).await?;
    sales::set_up(app, &Actor::user(manager, Role::Manager), rep, thea).await?;
    boards::make(app, &Actor::user(marketer, Role::Marketer)).await?;
    let write = keys::create(app, &owner, "demo", KeyKind::Write, Role::Viewer).await?;
    let secret = keys::create(app, &owner, "demo", KeyKind::Secret, Role::Admin).await?;
    Ok(Company {
        email,
        write_key: write.token,
        secret_key: secret.token,
        marketer: Actor::user(marketer, Role::Marketer),
        manager: Actor::user(manager, Role::Manager),
        reps: vec![rep, thea, manager],
    })
}

fn locale(code: &str) -> base::Locale {
    code.parse().unwrap_or_else(|_| base::Locale::english())
}

async fn user(
    app: &App,
    owner: &Actor,
    name: &str,
    mailbox: &str,
    role: Role,
    password: &str,
) -> Result<Id<id::User>, Failure> {
    let request = NewUser {
        name: name.to_owned(),
        email: format!("{mailbox}@smilklinikken.example"),
        password: password.to_owned(),
        role,
        locale: locale("nb"),
    };
    Ok(accounts::create(app, owner, request).await?.id)
}

async fn publish_funnel(app: &App, owner: &Actor) -> Result<(), Failure> {
    let document = FunnelDoc::from_yaml(FUNNEL).map_err(|error| Failure::new(error.to_string()))?;
    let first = funnels::list(app, owner).await?.into_iter().next();
    let first = first.ok_or_else(|| Failure::new("a new company has a funnel"))?;
    let message = "How the clinic sells braces".to_owned();
    let change = FunnelChange {
        document,
        base_version: None,
        message,
        source: Some(FUNNEL.to_owned()),
        deals: Default::default(),
    };
    funnels::publish(app, owner, first.id, change).await?;
    Ok(())
}

async fn publish_offers(app: &App, owner: &Actor) -> Result<(), Failure> {
    let both = |[en, nb]: [&str; 2]| json!({"en": en, "nb": nb});
    for offered in &OFFERS {
        let document = json!({
            "slug": offered.slug,
            "name": both(offered.name),
            "description": both(offered.text),
            "features": offered.features.map(both),
            "guarantee": both([
                "Thirty days to change your mind. You get everything back, no questions.",
                "Tretti dager til å ombestemme deg. Du får alt tilbake, uten spørsmål.",
            ]),
            "price": {"minor": offered.price_minor, "currency": "NOK"},
            "tax_rate_bp": 2500,
            "includes_tax": true,
            "rung": offered.rung,
            "look": {"asks_address": true, "asks_quantity": offered.slug == "whitening-kit"},
        });
        let request = OfferRequest { document: serde_json::from_value(document)?, is_published: true };
        offers::create(app, owner, request).await?;
    }
    Ok(())
}

/// The scripts that come with the program, as a company begins with them.
async fn write_sales_book(app: &App, owner: &Actor) -> Result<(), Failure> {
    for starter in playbooks::starters(owner, &locale("en"))? {
        let request = PlaybookRequest { name: starter.name, document: starter.document, base_version: None };
        playbooks::create(app, owner, request).await?;
    }
    Ok(())
}

async fn upload(app: &App, actor: &Actor, name: &str, bytes: &[u8]) -> Result<app::files::FileView, Failure> {
    let mut upload = Upload::begin(app, actor, name).await?;
    upload.push(bytes).await?;
    Ok(upload.finish(app, actor).await?)
}

async fn publish_pages(app: &App, marketer: &Actor) -> Result<(), Failure> {
    let mut pictures = Vec::new();
    for (address, name, bytes) in PICTURES {
        pictures.push((address, upload(app, marketer, name, bytes).await?.url));
    }
    let guide = upload(app, marketer, "syv-sporsmal-til-tannlegen.pdf", GUIDE).await?;
    let request = MagnetRequest {
        name: "Guide: syv spørsmål til tannlegen".to_owned(),
        gift: GiftView::File { file_id: guide.id },
    };
    let magnet = magnets::create(app, marketer, request).await?;
    let mut page = None;
    for (code, text) in PAGES {
        let text = pictures.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let mut doc: Value = serde_json::from_str(&text)?;
        hand_over(&mut doc, &magnet.id.to_string());
        let id = match page {
            None => {
                let request = NewPage { name: "Free check".to_owned(), locale: Some(locale(code)), doc: Some(doc) };
                pages::create(app, marketer, request).await?.page.id
            }
            Some(id) => {
                let change = pages::PageChange { name: None, locale: Some(locale(code)), doc: Some(doc) };
                pages::update(app, marketer, id, change).await?.page.id
            }
        };
        pages::publish(app, marketer, id, &locale(code)).await?;
        page = Some(id);
    }
    Ok(())
}

/// Let every form of a page hand the magnet over.
fn hand_over(value: &mut Value, magnet: &str) {
    match value {
        Value::Object(object) => {
            if object.contains_key("fields") && object.contains_key("consents") {
                object.insert("magnet".to_owned(), magnet.into());
            }
            object.values_mut().for_each(|value| hand_over(value, magnet));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| hand_over(value, magnet)),
        _ => {}
    }
}
