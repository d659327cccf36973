//! Pages as a browser would read them.

mod hostile;
mod html;
mod pages;
mod system_pages;

use base::{Locale, Timestamp};
use funnel::brand::Brand;
use funnel::page::PageDoc;
use serde_json::{Value, json};

use super::{FormTarget, PageView, Site, Tracking};

pub(super) fn fixture_json(name: &str) -> Value {
    let path = format!("{}/../funnel/fixtures/pages/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(super) fn fixture(name: &str) -> PageDoc {
    PageDoc::from_value(&fixture_json(name)).unwrap()
}

pub(super) fn locale(text: &str) -> Locale {
    text.parse().unwrap()
}

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn brand_json() -> Value {
    json!({
        "name": "Smilklinikken",
        "footer": {
            "legal_name": "Smilklinikken AS",
            "org_number": "999 888 777",
            "address": "Karl Johans gate 99, 0154 Oslo",
            "email": "hei@smilklinikken.example",
            "phone": "22 33 44 55",
            "links": [{"label": "Personvern", "url": "/personvern"}],
        },
    })
}

pub(super) fn brand() -> Brand {
    serde_json::from_value(brand_json()).unwrap()
}

pub(super) fn site<'a>(brand: &'a Brand, locale: &'a Locale) -> Site<'a> {
    Site {
        brand,
        locale,
        base_url: "https://smil.example",
        path: "/gratis-sjekk",
        now: time("2027-01-19T10:12:33Z"),
        time_zone: "Europe/Oslo",
        tracking: Some(Tracking { script_url: "/suppilo.js", write_key: "wk_test", asks_consent: true }),
    }
}

pub(super) fn page_view<'a>(doc: &'a PageDoc, site: Site<'a>) -> PageView<'a> {
    PageView {
        site,
        doc,
        variant: Some("control"),
        form: FormTarget { action: "/f/pag_1", token: "kx2.abc" },
        state: None,
    }
}
