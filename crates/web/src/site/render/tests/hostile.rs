//! Hostile text in every field of every block, of the brand, of visitors: nothing of it may come alive.

use std::collections::BTreeSet;

use base::Money;
use funnel::form::{ErrorCode, FieldError};
use funnel::page::{ImageRef, PageDoc, safe_url};
use serde_json::Value;

use super::super::*;
use super::html::{Tag, tags};
use super::{brand, brand_json, fixture_json, locale, page_view, site, time};

const PAYLOADS: [&str; 26] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' onfocus='alert(1)' autofocus='",
    "` onclick=`alert(1)`",
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript&colon;alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/x",
    "/\\evil.example/x",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<a href=\"javascript:alert(1)\" onclick=\"alert(1)\">x</a><form action=\"//evil.example\"><input name=email>",
    "<p style=\"background:url(javascript:alert(1))\">x<base href=//evil.example><meta http-equiv=refresh content=0>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "{{7*7}}${7*7}#{7*7}</noscript><template><script>alert(1)</script>\u{2028}\u{0}",
];

const URL_KEYS: [&str; 6] = ["url", "src", "canonical", "og_image", "redirect_url", "href"];

/// Put the payload in every text it fits; a text of a checked type (a locale, an icon) refuses it.
fn poison(
    value: &mut Value,
    key: &str,
    payload: &str,
    is_url_turn: bool,
    is_readable: &dyn Fn(&Value) -> bool,
    path: &mut Vec<String>,
    root: &mut Value,
) {
    match value {
        Value::String(_) if key != "type" && URL_KEYS.contains(&key) == is_url_turn => {
            let pointer: String = path.iter().map(|part| format!("/{part}")).collect();
            let old = std::mem::replace(root.pointer_mut(&pointer).unwrap(), Value::String(payload.to_owned()));
            if !is_readable(root) {
                *root.pointer_mut(&pointer).unwrap() = old;
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                path.push(i.to_string());
                poison(item, key, payload, is_url_turn, is_readable, path, root);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                path.push(name.clone());
                poison(field, name, payload, is_url_turn, is_readable, path, root);
                path.pop();
            }
        }
        _ => {}
    }
}

fn poisoned(original: &Value, payload: &str, is_url_turn: bool, is_readable: &dyn Fn(&Value) -> bool) -> Value {
    let (mut walk, mut root) = (original.clone(), original.clone());
    poison(&mut walk, "", payload, is_url_turn, is_readable, &mut Vec::new(), &mut root);
    root
}

fn names(tags: &[Tag]) -> BTreeSet<&str> {
    tags.iter().map(|tag| tag.name.as_str()).collect()
}

/// The page has no tag, attribute, script or style that the clean one has not, and leads nowhere it should not.
fn assert_inert(html: &str, clean: &str, payload: &str) {
    let (seen, known) = (tags(html), tags(clean));
    let may_tags: BTreeSet<&str> = names(&known).into_iter().chain(["p", "br", "a", "b", "strong", "video"]).collect();
    let may_attributes: BTreeSet<&str> = known
        .iter()
        .flat_map(|tag| tag.attributes.iter().map(|(name, _)| name.as_str()))
        .chain(["rel", "href", "title", "poster", "controls", "preload", "role", "tabindex"])
        .chain(["aria-invalid", "aria-describedby", "checked", "selected"])
        .collect();
    let raw = |tags: &[Tag], name: &str| {
        tags.iter()
            .filter(|tag| tag.name == name && tag.get("type").is_none())
            .map(|tag| tag.text.clone())
            .collect::<Vec<_>>()
    };
    assert!(names(&seen).is_subset(&may_tags), "{payload}: {:?}", names(&seen).difference(&may_tags));
    for script in raw(&seen, "script") {
        assert!(raw(&known, "script").contains(&script) || script.is_empty(), "{payload}: {script}");
    }
    for (seen, known) in raw(&seen, "style").iter().zip(raw(&known, "style")) {
        assert_eq!(seen.len(), known.len(), "{payload}: the style changed");
    }
    for tag in &seen {
        if tag.name == "script" {
            assert!(!tag.text.contains("</"), "{payload}: {tag:?}");
        }
        for (name, value) in &tag.attributes {
            assert!(may_attributes.contains(name.as_str()) && !name.starts_with("on"), "{payload}: {tag:?}");
            let is_icon = tag.name == "link" && value.starts_with("data:image/svg+xml,");
            if ["href", "src", "action", "poster", "formaction"].contains(&name.as_str()) && !is_icon {
                assert!(safe_url(value).is_some(), "{payload}: {} leads to {value:?}", tag.name);
            }
        }
    }
}

#[test]
fn hostile_pages_come_out_inert() {
    let (brand, nb) = (brand(), locale("nb"));
    let original = fixture_json("free-check.nb");
    let is_page = |value: &Value| PageDoc::from_value(value).is_ok();
    let doc = PageDoc::from_value(&original).unwrap();
    let clean = render_page(&page_view(&doc, site(&brand, &nb))).text;
    for payload in PAYLOADS {
        for is_url_turn in [false, true] {
            let value = poisoned(&original, payload, is_url_turn, &is_page);
            assert_ne!(value, original);
            let doc = PageDoc::from_value(&value).unwrap();
            assert_inert(&render_page(&page_view(&doc, site(&brand, &nb))).text, &clean, payload);
        }
    }
}

#[test]
fn hostile_brands_and_paths_come_out_inert() {
    let nb = locale("nb");
    let doc = super::fixture("free-check.nb");
    let clean_brand = brand();
    let clean = render_page(&page_view(&doc, site(&clean_brand, &nb))).text;
    let is_brand = |value: &Value| serde_json::from_value::<funnel::brand::Brand>(value.clone()).is_ok();
    for payload in PAYLOADS {
        for is_url_turn in [false, true] {
            let mut original = brand_json();
            original["logo"] = serde_json::json!({"src": "/logo.svg", "alt": "Logo"});
            let value = poisoned(&original, payload, is_url_turn, &is_brand);
            let brand = serde_json::from_value(value).unwrap();
            let path = format!("/{payload}");
            let site = Site { path: &path, ..site(&brand, &nb) };
            let html = render_page(&page_view(&doc, site)).text;
            assert_inert_but_canonical(&html, &clean, payload);
        }
    }
}

/// As [`assert_inert`], but the page's own address may hold what the request held: escaped, and behind the
/// site's own origin.
fn assert_inert_but_canonical(html: &str, clean: &str, payload: &str) {
    for tag in tags(html) {
        let rel = tag.get("rel").unwrap_or_default();
        if tag.name == "link" && (rel == "canonical" || rel == "alternate") {
            assert!(tag.get("href").unwrap().starts_with("https://smil.example/"), "{payload}: {tag:?}");
        }
    }
    let body = html.split_once("</head>").unwrap().1;
    assert_inert(body, clean, payload);
}

#[test]
fn hostile_visitors_come_out_inert() {
    let (brand, nb) = (brand(), locale("nb"));
    let doc = super::fixture("free-check.nb");
    let form_id = doc.forms()[0].id.clone();
    let names = ["first_name", "email", "phone", "when", "message", "first_visit", "consent_news"];
    let clean = render_page(&page_view(&doc, site(&brand, &nb))).text;
    for payload in PAYLOADS {
        let values: Vec<_> = names.iter().map(|name| ((*name).to_owned(), payload.to_owned())).collect();
        let error = |name: &&str| FieldError {
            field: (*name).to_owned(),
            code: ErrorCode::Required,
            message: payload.to_owned(),
        };
        let errors: Vec<_> = names.iter().map(error).collect();
        for is_sent in [false, true] {
            let state = FormState { form_id: &form_id, values: &values, errors: &errors, is_stale: true, is_sent };
            let view = PageView { state: Some(state), ..page_view(&doc, site(&brand, &nb)) };
            assert_inert(&render_page(&view).text, &clean, payload);
        }
    }
}

#[test]
fn hostile_offers_orders_and_messages_come_out_inert() {
    let (brand, en) = (brand(), locale("en"));
    let site = site(&brand, &en);
    let nok = |minor| Money::new(minor, "NOK".parse().unwrap());
    let draw = |text: &str| {
        let image = ImageRef { src: text.to_owned(), alt: text.to_owned(), ..ImageRef::default() };
        let features = [text.to_owned()];
        let offer = render_offer(&OfferView {
            site,
            name: text,
            summary: text,
            description: text,
            image: &image,
            features: &features,
            guarantee: Some((text, text)),
            price: nok(99_000),
            compare_at: None,
            tax_rate_bp: 2500,
            is_tax_included: true,
            max_quantity: 4,
            deadline: None,
            is_open: true,
            form: None,
            target: FormTarget { action: "/o/off_1", token: "t.1" },
            state: None,
        })
        .text;
        let lines = [OrderLineView { name: text.to_owned(), quantity: 1, sum: nok(99_000) }];
        let order = render_order_confirmation(&OrderView {
            site,
            number: text,
            placed: time("2027-01-19T10:12:33Z"),
            due: None,
            lines: &lines,
            net: nok(79_200),
            taxes: &[(2500, nok(19_800))],
            total: nok(99_000),
            email: text,
            buyer: text,
            pay_to: text,
        })
        .text;
        let message = MessageView { site, heading: text, text, link: Some((text, text)) };
        let unsubscribe = UnsubscribeView { site, email: text, action: "/u", token: text, is_done: false };
        let expired = ExpiredView { site, renew_action: Some("/d"), token: text, is_renewed: false };
        offer
            + &order
            + &render_thanks(&message).text
            + &render_confirmed(&message).text
            + &render_not_found(&message).text
            + &render_form_error(&message).text
            + &render_unsubscribe(&unsubscribe).text
            + &render_download_expired(&expired).text
    };
    let clean = draw("/plain");
    for payload in PAYLOADS {
        assert_inert(&draw(payload), &clean, payload);
    }
}
