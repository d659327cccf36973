//! The schema of the document for editors: the same types that read it, as JSON Schema.

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::FunnelDoc;

/// The dialect that OpenAPI 3.1 speaks, too.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A JSON Schema of the funnel document, for completion and checking in an editor.
pub fn schema() -> Value {
    let mut parts = Vec::new();
    FunnelDoc::schemas(&mut parts);
    let definitions: Map<String, Value> =
        parts.into_iter().map(|(name, schema)| (name, local(json!(schema)))).collect();
    let mut document = local(json!(FunnelDoc::schema()));
    document["$schema"] = json!(DIALECT);
    document["title"] = json!("Suppilo funnel");
    document["$defs"] = Value::Object(definitions);
    // The older word for `id` is still read.
    if let Some(id) = document["properties"].get("id").cloned() {
        document["properties"]["funnel"] = id;
    }
    if let Some(required) = document["required"].as_array_mut() {
        required.retain(|name| name != "id");
    }
    document["oneOf"] = json!([{"required": ["id"]}, {"required": ["funnel"]}]);
    document
}

/// The same schema with its references inside the document.
fn local(schema: Value) -> Value {
    match schema {
        Value::String(text) => match text.strip_prefix("#/components/schemas/") {
            Some(name) => json!(format!("#/$defs/{name}")),
            None => Value::String(text),
        },
        Value::Array(list) => list.into_iter().map(local).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, local(value))).collect(),
        other => other,
    }
}
