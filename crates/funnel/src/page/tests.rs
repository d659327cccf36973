use serde_json::{Value, json};

use super::*;

fn fixture(name: &str) -> PageDoc {
    let path = format!("{}/fixtures/pages/{name}.json", env!("CARGO_MANIFEST_DIR"));
    PageDoc::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn minimal() -> Value {
    json!({
        "root": {"props": {"title": "A page", "description": "What it is about", "slug": "a-page"}},
        "content": [{"type": "Hero", "props": {"id": "hero", "heading": "A promise"}}],
    })
}

#[test]
fn the_sample_pages_are_clean_and_hold_every_block() {
    for name in ["free-check.nb", "free-check.en"] {
        let doc = fixture(name);
        assert_eq!(check(&doc), [], "{name}");
        let mut types: Vec<_> = doc.blocks().into_iter().map(Block::type_name).collect();
        types.sort_unstable();
        types.dedup();
        assert_eq!(types.len(), 16, "{name} shows {types:?}");
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let doc = fixture("free-check.nb");
    let json = serde_json::to_value(&doc).unwrap();
    assert_eq!(PageDoc::from_value(&json).unwrap(), doc);
    assert_eq!(json["content"][0]["type"], "Hero");
    assert_eq!(json["content"][0]["props"]["id"], "hero");
}

#[test]
fn a_block_fresh_from_the_list_can_be_saved() {
    for name in
        "Hero Text Image Video Benefits Steps Testimonials Faq Countdown Guarantee Form Button Columns Spacer Divider LogoRow"
            .split(' ')
    {
        let doc = json!({"content": [{"type": name, "props": {"id": "x"}}], "zones": {}});
        let doc = PageDoc::from_value(&doc).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(doc.content[0].type_name(), name);
    }
}

#[test]
fn emptied_fields_of_the_editor_are_nothing() {
    let doc = json!({"content": [
        {"type": "Image", "props": {"id": "a", "image": {"src": "/a.webp", "width": "", "height": null}}},
        {"type": "Countdown", "props": {"id": "b", "deadline": ""}},
    ]});
    assert!(PageDoc::from_value(&doc).is_ok());
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let doc = json!({"root": {"props": {"locale": "norwegian"}}, "content": [
        {"type": "Hero", "props": {"id": "a", "headng": "x"}},
        {"type": "Popup", "props": {"id": "b"}},
        {"type": "Image", "props": {"id": "c", "image": {"width": "wide"}}},
    ]});
    let paths: Vec<_> = PageDoc::from_value(&doc).unwrap_err().0.into_iter().map(|finding| finding.path).collect();
    assert_eq!(paths, ["root", "content[0]", "content[1]", "content[2]"]);
    let error = PageDoc::from_value(&doc).unwrap_err().to_string();
    assert!(error.contains("unknown field `headng`"), "{error}");
    assert!(error.contains("unknown variant `Popup`"), "{error}");
    assert!(PageDoc::from_json("{").unwrap_err().to_string().contains("not JSON"));
    assert!(PageDoc::from_json(&" ".repeat(MAX_DOCUMENT_BYTES + 1)).is_err());
}

#[test]
fn check_names_every_mistake_and_what_to_do() {
    let doc = json!({
        "root": {"props": {"slug": "API", "canonical": "javascript:alert(1)"}},
        "content": [
            {"type": "Hero", "props": {"id": "a", "primary": {"label": "Go", "url": "javascript:alert(1)"}}},
            {"type": "Video", "props": {"id": "a", "url": "https://example.com/film"}},
            {"type": "Image", "props": {"id": "c d", "image": {"src": "data:image/png;base64,x"}}},
            {"type": "Countdown", "props": {"id": "e"}},
            {"type": "Form", "props": {"id": "f", "form": {"fields": [{"name": "Name", "type": "text"}]}}},
            {"type": "Columns", "props": {"id": "g"}},
            {"type": "Button", "props": {"id": "h"}},
            {"type": "Faq", "props": {"id": "i", "items": [{"question": "", "answer": "x"}]}},
        ],
    });
    let findings = check(&PageDoc::from_value(&doc).unwrap());
    insta::assert_snapshot!(
        "findings",
        findings.iter().map(|f| format!("{:?} {}: {}", f.severity, f.path, f.message)).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn links_within_the_page_lead_somewhere() {
    let mut doc = minimal();
    doc["content"][0]["props"]["primary"] = json!({"label": "Go", "url": "#form"});
    doc["content"][0]["props"]["secondary"] = json!({"label": "More", "url": "#hero"});
    let findings = check(&PageDoc::from_value(&doc).unwrap());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].path.as_str(), findings[0].severity), ("content[0].props.primary.url", Severity::Advice));
    doc["content"].as_array_mut().unwrap().push(json!({"type": "Form", "props": {"id": "signup"}}));
    assert_eq!(check(&PageDoc::from_value(&doc).unwrap()), []);
}

#[test]
fn blocks_lie_only_so_deep() {
    let mut inner = json!({"type": "Divider", "props": {"id": "leaf"}});
    for level in 0..5 {
        inner = json!({"type": "Columns", "props": {"id": format!("c{level}"), "left": [inner]}});
    }
    let mut doc = minimal();
    doc["content"] = json!([inner]);
    let findings = check(&PageDoc::from_value(&doc).unwrap());
    assert!(findings.iter().any(|finding| finding.message.contains("deep")), "{findings:?}");
}

#[test]
fn a_variant_changes_only_the_props_it_names() {
    let mut doc = minimal();
    doc["variants"] = json!([
        {"id": "control", "weight": 1},
        {"id": "question", "weight": 1, "patches": {"hero": {"heading": "A question?"}}},
    ]);
    let doc = PageDoc::from_value(&doc).unwrap();
    assert_eq!(check(&doc), []);
    let shown = doc.with_variant(&doc.variants[1]).unwrap();
    let Block::Hero(hero) = &shown.content[0] else { panic!() };
    assert_eq!((hero.heading.as_str(), hero.id.as_str()), ("A question?", "hero"));
    assert_eq!(doc.with_variant(&doc.variants[0]).unwrap().content, doc.content);
    assert!(doc.choose_variant("experiment", "visitor").is_some());
}

#[test]
fn a_variant_that_does_not_fit_is_named() {
    for (patches, expected) in [
        (json!({"hreo": {"heading": "x"}}), "no block on the page has the id \"hreo\""),
        (json!({"hero": {"headng": "x"}}), "unknown field `headng`"),
        (json!({"hero": {"id": "other"}}), "stays the same"),
        (json!({"hero": {"heading": ""}}), "write the promise"),
    ] {
        let mut doc = minimal();
        doc["variants"] = json!([{"id": "b", "weight": 1, "patches": patches}]);
        let findings = check(&PageDoc::from_value(&doc).unwrap());
        assert!(
            findings.iter().any(|f| f.path.starts_with("variants[0]") && f.message.contains(expected)),
            "{findings:?}"
        );
    }
}

#[test]
fn the_openapi_schema_of_a_page_ends() {
    use utoipa::ToSchema;
    let mut schemas = Vec::new();
    PageDoc::schemas(&mut schemas);
    assert!(schemas.iter().any(|(name, _)| name == "Hero"));
}
