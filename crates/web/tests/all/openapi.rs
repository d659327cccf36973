//! The OpenAPI description as a file under version control: a change of the API is seen in review, and the
//! admin interface takes its types from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

#[test]
fn the_snapshot_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = format!("{:#}\n", web::api::openapi());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &now).expect("the snapshot is written");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == now, "the API has changed: run the tests with UPDATE_SNAPSHOTS=1 and look at the difference");
}

/// Every operation as `METHOD /path` with its description.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    methods.collect()
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_known_tag() {
    let document = web::api::openapi();
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for (operation, described) in operations(&document) {
        let name = described["operationId"].as_str().unwrap_or_else(|| panic!("{operation} has no name"));
        assert!(name.contains('_'), "{operation}: {name} does not say of what");
        if let Some(other) = names.insert(name, operation.clone()) {
            panic!("{operation} and {other} are both called {name}");
        }
        let tag = described["tags"][0].as_str().unwrap();
        assert!(tags.contains(tag), "{operation}: the tag {tag} is not described");
        assert!(described["summary"].is_string(), "{operation} is not explained");
    }
}

#[test]
fn every_operation_names_its_errors_as_problems() {
    let document = web::api::openapi();
    for (operation, described) in operations(&document) {
        let responses = described["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{operation} cannot succeed");
        assert!(responses.keys().any(|status| !status.starts_with('2')), "{operation} cannot fail");
        for (status, response) in responses {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{operation} {status} has no words");
            let kinds: Vec<_> = response["content"].as_object().into_iter().flatten().map(|(kind, _)| kind).collect();
            if !status.starts_with('2') {
                assert_eq!(kinds, ["application/problem+json"], "{operation} {status}");
            }
        }
    }
}

#[test]
fn changes_take_an_idempotency_key() {
    let document = web::api::openapi();
    let without: BTreeSet<String> = operations(&document)
        .into_iter()
        .filter(|(operation, _)| !operation.starts_with("GET"))
        .filter(|(_, described)| {
            let reference = "#/components/parameters/IdempotencyKey";
            !described["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["$ref"] == reference)
        })
        .map(|(operation, _)| operation)
        .collect();
    let expected = [
        "DELETE /api/v1/session",
        "POST /api/v1/activities/upload",
        "POST /api/v1/events",
        "POST /api/v1/files/upload",
        "POST /api/v1/imports/upload",
        "POST /api/v1/session",
        "POST /api/v1/setup",
    ];
    assert_eq!(without, expected.map(str::to_owned).into());
}

#[test]
fn parameters_stand_where_they_are_sent() {
    let document = web::api::openapi();
    for (operation, described) in operations(&document) {
        let path = operation.split_once(' ').unwrap().1;
        let expected: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let parameters = described["parameters"].as_array().into_iter().flatten();
        let (in_path, others): (Vec<_>, Vec<_>) = parameters.partition(|parameter| parameter["in"] == "path");
        let named: BTreeSet<&str> = in_path.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(named, expected, "{operation}");
        for parameter in others.into_iter().filter(|parameter| parameter.get("$ref").is_none()) {
            assert_eq!(parameter["in"], "query", "{operation} {parameter}");
            assert_eq!(parameter["required"], false, "{operation}: everything after the question mark may be left out");
        }
    }
}

/// Two types of one name would silently be one schema, and the second be described by the first.
#[test]
fn no_two_types_share_a_schema() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the crates");
    let mut folders = vec![crates.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                for name in schema_names(&std::fs::read_to_string(&path).expect("a source file")) {
                    places.entry(name).or_default().push(path.display().to_string());
                }
            }
        }
    }
    assert!(places.len() > 100, "the sources were not read: {} types", places.len());
    places.retain(|_, paths| paths.len() > 1);
    assert!(places.is_empty(), "give all but one another name with #[schema(as = ..)]: {places:#?}");
}

/// Names of the types that derive a schema, as the description has them.
fn schema_names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
            continue;
        }
        let mut renamed = None;
        for line in lines.by_ref() {
            if let Some(rest) = line.strip_prefix("#[schema(as = ") {
                renamed = rest.split([',', ')']).next().map(str::to_owned);
            }
            let after = line.split_once("struct ").or_else(|| line.split_once("enum "));
            if let (false, Some((_, rest))) = (line.starts_with(['#', '/', ' ']), after) {
                let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
                names.push(renamed.unwrap_or_else(|| rest[..end].to_owned()));
                break;
            }
        }
    }
    names
}
