//! As much of JSON Schema as our schema uses: a document that the program reads must be one that editors accept.

use serde_json::Value;

/// The first place where a value does not fit a schema.
pub(crate) fn misfit(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|text| text.strip_prefix("#/$defs/")) {
        assert!(root["$defs"].get(name).is_some(), "{name} is not defined");
        return misfit(root, &root["$defs"][name], value, path);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
        return Some(format!("{path} is no {types:?}: {value}"));
    }
    if schema["enum"].as_array().is_some_and(|list| !list.contains(value)) {
        return Some(format!("{path} is none of {}: {value}", schema["enum"]));
    }
    let fits = |schema: &&Value| misfit(root, schema, value, path).is_none();
    if let Some(one_of) = schema["oneOf"].as_array()
        && one_of.iter().filter(fits).count() != 1
    {
        let why: Vec<_> = one_of.iter().map(|schema| misfit(root, schema, value, path)).collect();
        return Some(format!("{path} fits not one of the forms: {why:?}"));
    }
    if let Some(all_of) = schema["allOf"].as_array()
        && let Some(why) = all_of.iter().find_map(|schema| misfit(root, schema, value, path))
    {
        return Some(why);
    }
    if let Some(list) = value.as_array() {
        let items = schema.get("items")?;
        return list.iter().enumerate().find_map(|(at, item)| misfit(root, items, item, &format!("{path}[{at}]")));
    }
    let map = value.as_object()?;
    if let Some(required) = schema["required"].as_array() {
        for name in required.iter().filter_map(Value::as_str) {
            if !map.contains_key(name) {
                return Some(format!("{path}.{name} is missing"));
            }
        }
    }
    map.iter().find_map(|(name, inner)| {
        let path = format!("{path}.{name}");
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(schema), _) => misfit(root, schema, inner, &path),
            (None, Some(Value::Bool(false))) => Some(format!("{path} is not known")),
            (None, Some(schema @ Value::Object(_))) => misfit(root, schema, inner, &path),
            _ => None,
        }
    })
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}
