//! Findings as SARIF 2.1.0, which code hosts and editors show at their lines.

use std::collections::BTreeMap;
use std::path::Path;

use app::funnels::findings::FindingView;
use base::Locale;
use funnel::lint::Severity;
use serde_json::{Value, json};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run over one file.
pub fn log(file: &Path, found: &[FindingView], locale: &Locale) -> Value {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in found {
        rules.entry(finding.rule).or_insert_with(|| {
            // A rule says why in the same words wherever it is broken; what is the matter is different each time.
            let why = if finding.why.is_empty() { finding.rule } else { &finding.why };
            json!({
                "id": finding.rule,
                "shortDescription": {"text": why},
                "defaultConfiguration": {"level": level(finding.severity)},
            })
        });
    }
    let results: Vec<Value> = found.iter().map(|finding| result(file, finding, &rules)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "suppilo",
                "version": env!("CARGO_PKG_VERSION"),
                "language": locale.as_str(),
                "rules": rules.values().collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(file: &Path, finding: &FindingView, rules: &BTreeMap<&str, Value>) -> Value {
    let text = [&finding.what, &finding.mend].map(String::as_str).join(" ");
    let uri = file.to_string_lossy().replace('\\', "/");
    let mut place = json!({"artifactLocation": {"uri": uri}});
    if let Some(at) = finding.place {
        place["region"] = json!({"startLine": at.line, "startColumn": at.column});
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.keys().position(|rule| *rule == finding.rule),
        "level": level(finding.severity),
        "message": {"text": text.trim_end()},
        "locations": [{"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": finding.path}]}],
        // The same mistake at the same part is the same, whatever was written above it.
        "partialFingerprints": {"ruleAndPath/v1": format!("{} {}", finding.rule, finding.path)},
    });
    if let Some(cost) = finding.cost_per_month {
        result["properties"] = json!({"costPerMonth": cost});
    }
    result
}
