//! A gate that no deal can pass, whatever happens.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Report, Rule, Severity, Value, text};
use crate::document::{EvidenceRule, Gate, Requirement, ValueKind};

pub(super) static RULE: Rule = Rule {
    id: "gate_never_opens",
    severity: Severity::Error,
    texts: [
        text(
            "The gate of {stage} never opens: nothing can ever fulfil {what}.",
            "Every deal stops here for good, however ready the customer is.",
            "Make the rule one that can be met, or take it away.",
        ),
        text(
            "Porten til {stage} åpnes aldri: ingenting kan oppfylle {what}.",
            "Hver avtale stopper her for godt, uansett hvor klar kunden er.",
            "Lag en regel som kan oppfylles, eller fjern den.",
        ),
        text(
            "Grinden till {stage} öppnas aldrig: ingenting kan uppfylla {what}.",
            "Varje affär stannar här för gott, hur redo kunden än är.",
            "Gör en regel som går att uppfylla, eller ta bort den.",
        ),
        text(
            "Porten til {stage} åbnes aldrig: intet kan opfylde {what}.",
            "Hver handel stopper her for altid, uanset hvor klar kunden er.",
            "Lav en regel, der kan opfyldes, eller fjern den.",
        ),
        text(
            "Vaiheen {stage} portti ei koskaan aukea: mikään ei voi täyttää ehtoa {what}.",
            "Jokainen kauppa pysähtyy tähän lopullisesti, olipa asiakas kuinka valmis tahansa.",
            "Muuta ehto sellaiseksi, että sen voi täyttää, tai poista se.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    for (index, stage) in report.doc.stages.iter().enumerate() {
        for (field, place, what) in stage.gate.iter().flat_map(impossible) {
            let values = [("stage", report.stage_name(index)), ("what", Value::Text(what))];
            let fix = crate::document::Patch::remove(format!("/stages/{index}/gate/{field}/{place}"));
            report.found(format!("stages[{index}].gate.{field}[{place}]"), values).fix = Some(fix);
        }
    }
}

/// The rules of a gate that nothing can fulfil: list, place and name.
pub(super) fn impossible(gate: &Gate) -> Vec<(&'static str, usize, String)> {
    let mut found = Vec::new();
    let mut bounds: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (place, rule) in gate.requires.iter().enumerate() {
        // Two rules for one field must leave room between them.
        let bound = |number: &Option<serde_json::Number>| number.as_ref().and_then(serde_json::Number::as_f64);
        let room = bounds.entry(&rule.field).or_insert((f64::NEG_INFINITY, f64::INFINITY));
        room.0 = room.0.max(bound(&rule.min).unwrap_or(f64::NEG_INFINITY));
        room.1 = room.1.min(bound(&rule.max).unwrap_or(f64::INFINITY));
        if room.0 > room.1 || has_no_value(rule) {
            found.push(("requires", place, rule.field.clone()));
        }
    }
    for (place, rule) in gate.evidence.iter().enumerate().filter(|(_, rule)| cannot_happen(rule)) {
        found.push(("evidence", place, rule.event.clone()));
    }
    found
}

/// Whether no value passes a single requirement.
fn has_no_value(rule: &Requirement) -> bool {
    let has_bound = rule.min.is_some() || rule.max.is_some();
    let is_no_number =
        matches!(rule.kind, Some(ValueKind::Email | ValueKind::Date | ValueKind::FutureDate | ValueKind::Yes));
    let is_below_money = rule.kind == Some(ValueKind::Money)
        && rule.max.as_ref().and_then(serde_json::Number::as_f64).is_some_and(|max| max <= 0.0);
    let passes = |value: &Json| {
        let fields = Map::from_iter([(rule.field.clone(), value.clone())]);
        crate::gate::field_is_right(rule, &fields)
    };
    let no_choice_passes = !rule.one_of.is_empty() && !rule.one_of.iter().any(passes);
    (has_bound && is_no_number) || is_below_money || no_choice_passes
}

/// Whether an event can never count: it takes itself back, or must have one of no values.
fn cannot_happen(rule: &EvidenceRule) -> bool {
    let has_no_values = |wanted: &Json| wanted.as_array().is_some_and(Vec::is_empty);
    rule.undone_by == rule.event || rule.conditions.values().any(has_no_values)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_gate_can_be_passed() {
        let good = doc();
        for (path, gate) in [
            ("requires[0]", "requires: [{ field: deal.value, min: 10, max: 9 }]"),
            ("requires[1]", "requires: [{ field: deal.value, min: 10 }, { field: deal.value, max: 9 }]"),
            ("requires[0]", "requires: [{ field: deal.value, min: 10, one_of: [1, 2] }]"),
            ("requires[0]", "requires: [{ field: deal.value, type: email, one_of: [yes, no] }]"),
            ("requires[0]", "requires: [{ field: deal.value, type: money, max: 0 }]"),
            ("requires[0]", "requires: [{ field: deal.close_date, type: future_date, min: 3 }]"),
            ("evidence[0]", "evidence: [{ event: Deposit Paid, undone_by: Deposit Paid }]"),
            ("evidence[0]", "evidence: [{ event: Deposit Paid, where: { form: [] } }]"),
        ] {
            let mut bad = good.clone();
            bad.stages[3].gate = Some(serde_yaml_ng::from_str(gate).unwrap());
            holds(&RULE, (&good, &none()), (&bad, &none()), &format!("stages[3].gate.{path}"));
        }
        for gate in [
            "requires: [{ field: deal.value, min: 10, max: 10 }]",
            "requires: [{ field: deal.value, min: 10, one_of: [1, 20] }]",
            "requires: [{ field: deal.close_date, type: future_date }]",
        ] {
            let mut doc = good.clone();
            doc.stages[3].gate = Some(serde_yaml_ng::from_str(gate).unwrap());
            assert_eq!(found(&RULE, &doc, &none()), [], "{gate}");
        }
    }
}
