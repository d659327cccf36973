//! Pages of blocks: what search engines, screen readers and phones need is there.

use std::collections::BTreeSet;

use funnel::form::validate;
use funnel::page::{Block, PageDoc};
use serde_json::{Value, json};

use super::super::*;
use super::html::{Tag, readable, tags};
use super::{brand, fixture, fixture_json, locale, page_view, site, time};

/// A page of every block there is.
const MAX_FULL_PAGE_BYTES: usize = 38 * 1024;
/// A landing page of the usual blocks.
const MAX_USUAL_PAGE_BYTES: usize = 30 * 1024;

fn page(name: &str) -> String {
    let doc = fixture(name);
    let brand = brand();
    let locale = doc.root.props.locale.clone();
    render_page(&page_view(&doc, site(&brand, &locale))).text
}

#[test]
fn the_sample_page_reads_as_it_should() {
    insta::assert_snapshot!("free_check_nb", readable(&page("free-check.nb")));
}

fn find<'a>(tags: &'a [Tag], name: &str, attribute: &str, value: &str) -> &'a Tag {
    tags.iter()
        .find(|tag| tag.name == name && tag.get(attribute) == Some(value))
        .unwrap_or_else(|| panic!("no <{name} {attribute}={value}>"))
}

#[test]
fn search_engines_and_shared_links_get_what_they_need() {
    let html = page("free-check.en");
    let tags = tags(&html);
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert_eq!(find(&tags, "link", "rel", "canonical").get("href"), Some("https://smil.example/gratis-sjekk"));
    assert_eq!(find(&tags, "link", "hreflang", "nb").get("href"), Some("https://smil.example/gratis-sjekk"));
    assert_eq!(find(&tags, "meta", "property", "og:locale").get("content"), Some("en_GB"));
    assert_eq!(
        find(&tags, "meta", "property", "og:image").get("content"),
        Some("https://smil.example/files/demo/fjord-share-en.png")
    );
    let data: Value = serde_json::from_str(&find(&tags, "script", "type", "application/ld+json").text).unwrap();
    let types: Vec<_> = data["@graph"].as_array().unwrap().iter().map(|part| part["@type"].clone()).collect();
    assert_eq!(types, ["WebPage", "Organization", "FAQPage"]);
    assert_eq!(data["@graph"][2]["mainEntity"].as_array().unwrap().len(), 5);
}

#[test]
fn screen_readers_find_their_way() {
    for name in ["free-check.nb", "free-check.en"] {
        let html = page(name);
        let tags = tags(&html);
        assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1);
        let mut ids = BTreeSet::new();
        for id in tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(ids.insert(id), "{id} stands twice");
        }
        for tag in &tags {
            if let Some(target) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(target), "#{target} leads nowhere");
            }
            for target in tag.get("aria-describedby").unwrap_or_default().split_whitespace() {
                assert!(ids.contains(target), "{target} describes nothing");
            }
            if ["input", "select", "textarea"].contains(&tag.name.as_str()) && tag.get("tabindex") != Some("-1") {
                let is_named = tags.iter().any(|label| label.name == "label" && label.get("for") == tag.get("id"));
                assert!(is_named || tag.get("type") == Some("hidden"), "{tag:?} has no label");
            }
            if tag.name == "img" {
                assert!(["alt", "width", "height"].iter().all(|name| tag.get(name).is_some()), "{tag:?}");
            }
            assert!(tag.get("style").is_none(), "the policy forbids style attributes: {tag:?}");
        }
    }
}

#[test]
fn nothing_is_asked_of_others_before_a_click() {
    for tag in tags(&page("free-check.nb")) {
        for name in ["src", "srcset", "poster", "data"] {
            let value = tag.get(name).unwrap_or_default();
            assert!(!value.contains("//"), "{tag:?}");
        }
        if tag.name == "link" && !["canonical", "alternate"].contains(&tag.get("rel").unwrap()) {
            assert!(tag.get("href").unwrap().starts_with("data:"), "{tag:?}");
        }
        assert_ne!(tag.name, "iframe");
    }
}

#[test]
fn pages_are_small() {
    let full = page("free-check.nb");
    assert!(full.len() <= MAX_FULL_PAGE_BYTES, "{} bytes", full.len());
    let mut json = fixture_json("free-check.nb");
    let usual = ["Hero", "Benefits", "Testimonials", "Columns", "Faq"];
    json["content"].as_array_mut().unwrap().retain(|block| usual.contains(&block["type"].as_str().unwrap()));
    let (doc, brand, nb) = (PageDoc::from_value(&json).unwrap(), brand(), locale("nb"));
    let html = render_page(&page_view(&doc, site(&brand, &nb))).text;
    assert!(html.len() <= MAX_USUAL_PAGE_BYTES, "{} bytes", html.len());
}

#[tokio::test]
async fn a_prepared_page_is_the_page() {
    let (doc, brand, nb) = (fixture("free-check.nb"), brand(), locale("nb"));
    let view = page_view(&doc, site(&brand, &nb));
    let prepared = PreparedPage::new(&view);
    let fill = async |token: &str| {
        let filled = prepared.fill(token.to_owned());
        let length = http_body::Body::size_hint(&filled).exact();
        let bytes = axum::body::to_bytes(axum::body::Body::new(filled), usize::MAX).await.unwrap();
        assert_eq!(length, Some(bytes.len() as u64));
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let page = render_page(&view);
    assert_eq!((fill("kx2.abc").await, prepared.policy()), (page.text, page.policy.as_str()));
    assert!(fill("tok").await.contains("value=\"tok\""));
    assert_eq!(prepared.valid_until(), Some(time("2027-01-31T22:59:00Z")));
}

#[test]
fn a_browser_runs_what_stands_in_the_page_and_nothing_else() {
    let (doc, brand, nb) = (fixture("free-check.nb"), brand(), locale("nb"));
    let page = render_page(&page_view(&doc, site(&brand, &nb)));
    let inline = |name: &str| {
        let is_code = |tag: &Tag| tag.name == name && tag.get("src").is_none() && tag.get("type").is_none();
        tags(&page.text).into_iter().filter(is_code).map(|tag| tag.text).collect::<Vec<_>>()
    };
    let (scripts, styles) = (inline("script"), inline("style"));
    assert_eq!((scripts.len(), styles.len()), (2, 1));
    for text in scripts.iter().chain(&styles) {
        assert!(page.policy.contains(&policy::hash(text)), "{text}");
    }
    assert_eq!(page.policy.matches("'sha256-").count(), 3);
    assert!(!page.text.contains(" style=\""), "no hash covers an attribute");
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_says_what_to_mend() {
    let (doc, brand, nb) = (fixture("free-check.nb"), brand(), locale("nb"));
    let form = doc.forms()[0];
    let values: Vec<_> = [("first_name", "Kari"), ("email", "kari@"), ("message", "Hei"), ("consent_news", "yes")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let errors = validate(&form.form, &values, &nb).unwrap_err();
    let state = FormState { form_id: &form.id, values: &values, errors: &errors, is_stale: false, is_sent: false };
    let html = render_page(&PageView { state: Some(state), ..page_view(&doc, site(&brand, &nb)) }).text;
    let tags = tags(&html);
    let email = find(&tags, "input", "id", "bestill-email");
    assert_eq!((email.get("value"), email.get("aria-invalid")), (Some("kari@"), Some("true")));
    assert_eq!(email.get("aria-describedby"), Some("bestill-email-h bestill-email-e"));
    assert_eq!(find(&tags, "textarea", "name", "message").text.trim(), "Hei");
    assert!(find(&tags, "input", "name", "consent_news").get("checked").is_some());
    assert!(find(&tags, "input", "name", "consent_health").get("checked").is_none());
    assert!(html.contains("Nesten i mål: 3 felt må ses på en gang til."));
    assert!(html.contains("Dette ser ikke ut som en e-postadresse."));
    assert_eq!(find(&tags, "form", "method", "post").get("action"), Some("/f/pag_1#bestill"));
}

#[test]
fn nothing_is_ticked_beforehand() {
    assert!(tags(&page("free-check.nb")).iter().all(|tag| tag.get("checked").is_none()));
}

#[test]
fn a_sent_form_gives_thanks_in_its_place() {
    let (mut json, brand, nb) = (fixture_json("free-check.nb"), brand(), locale("nb"));
    let values = [("email".to_owned(), "kari@example.no".to_owned())];
    let state = FormState { form_id: "bestill", values: &values, errors: &[], is_stale: false, is_sent: true };
    let doc = PageDoc::from_value(&json).unwrap();
    let html = render_page(&PageView { state: Some(state), ..page_view(&doc, site(&brand, &nb)) }).text;
    assert!(html.contains("Takk, vi har fått den!") && !html.contains("<form"));
    for block in json["content"].as_array_mut().unwrap() {
        if block["type"] == "Columns" {
            block["props"]["right"][0]["props"]["form"]["double_opt_in"] = json!(true);
        }
    }
    let doc = PageDoc::from_value(&json).unwrap();
    let html = render_page(&PageView { state: Some(state), ..page_view(&doc, site(&brand, &nb)) }).text;
    assert!(html.contains("Vi har sendt en e-post til kari@example.no."));
}

#[test]
fn what_has_ended_says_so() {
    let (doc, brand, nb) = (fixture("free-check.nb"), brand(), locale("nb"));
    let now = time("2027-02-01T00:00:00Z");
    let site = Site { now, ..site(&brand, &nb) };
    let html = render_page(&page_view(&doc, site)).text;
    assert!(html.contains("<p data-done>Tilbudet om gratis rens er over.") && !html.contains("data-end="));
    assert_eq!(PreparedPage::new(&page_view(&doc, site)).valid_until(), None);
}

#[test]
fn every_block_renders_even_when_it_is_empty() {
    let (brand, en) = (brand(), locale("en"));
    let filled = fixture("free-check.nb");
    for block in filled.blocks() {
        let json = json!({"content": [{"type": block.type_name(), "props": {"id": "x"}}]});
        let doc = PageDoc::from_value(&json).unwrap();
        let html = render_page(&page_view(&doc, site(&brand, &en))).text;
        assert_eq!(html.matches("<h1").count(), 1, "{}", block.type_name());
    }
}

#[test]
fn a_hero_can_hold_the_form() {
    let (brand, en) = (brand(), locale("en"));
    let json = json!({"content": [{"type": "Hero", "props": {
        "id": "hero", "heading": "Hi", "primary": {"label": "Go", "url": "#form"},
        "aside": [{"type": "Form", "props": {"id": "signup", "heading": "Sign up"}}],
    }}]});
    let doc = PageDoc::from_value(&json).unwrap();
    assert!(matches!(doc.content[0], Block::Hero(_)));
    let html = render_page(&page_view(&doc, site(&brand, &en))).text;
    assert!(html.contains("<div class=\"hv\"><section") && html.contains("href=\"#signup\""));
}

#[test]
fn rich_text_keeps_what_running_text_needs() {
    let (brand, en) = (brand(), locale("en"));
    let html = "<h2>Title</h2><p>A <strong>bold</strong> <a href=\"/x\" target=\"_blank\">link</a></p><h1>no</h1>";
    let doc = PageDoc::from_value(&json!({"content": [{"type": "Text", "props": {"id": "t", "html": html}}]})).unwrap();
    let page = render_page(&page_view(&doc, site(&brand, &en))).text;
    let expected = "<h2>Title</h2><p>A <strong>bold</strong> <a href=\"/x\" rel=\"noopener\">link</a></p>no</div>";
    assert!(page.contains(expected), "{page}");
}
