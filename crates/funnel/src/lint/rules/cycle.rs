//! Something that leads back to itself without end.

use std::collections::BTreeMap;

use super::{Report, Rule, Severity, Value, text};
use crate::document::Patch;

pub(super) static RULE: Rule = Rule {
    id: "cycle",
    severity: Severity::Error,
    texts: [
        text(
            "{content} leads back to itself: {path}.",
            "People would go round for ever, and get the same messages again and again.",
            "Take one of the links out. A flywheel loops from a later stage to an earlier one.",
        ),
        text(
            "{content} fører tilbake til seg selv: {path}.",
            "Folk ville gå i ring og få de samme meldingene om og om igjen.",
            "Ta bort en av koblingene. Et svinghjul går fra et senere trinn til et tidligere.",
        ),
        text(
            "{content} leder tillbaka till sig självt: {path}.",
            "Folk skulle gå runt i evighet och få samma meddelanden om och om igen.",
            "Ta bort en av kopplingarna. Ett svänghjul går från ett senare steg till ett tidigare.",
        ),
        text(
            "{content} fører tilbage til sig selv: {path}.",
            "Folk ville gå i ring og få de samme beskeder igen og igen.",
            "Fjern en af koblingerne. Et svinghjul går fra et senere trin til et tidligere.",
        ),
        text(
            "{content} johtaa takaisin itseensä: {path}.",
            "Ihmiset kiertäisivät kehää ja saisivat samat viestit yhä uudelleen.",
            "Poista yksi yhteyksistä. Vauhtipyörä kulkee myöhemmästä vaiheesta aiempaan.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let doc = report.doc;
    for (index, stage) in doc.stages.iter().enumerate() {
        let Some(to) = stage.loops_to.as_ref().and_then(|id| doc.stage_index(id)) else { continue };
        if to >= index {
            let path = format!("{} > {}", stage.id, doc.stages[to].id);
            let values = [("content", report.stage_name(index)), ("path", Value::Text(path))];
            let fix = Patch::remove(format!("/stages/{index}/loops_to"));
            report.found(format!("stages[{index}].loops_to"), values).fix = Some(fix);
        }
    }
    let parents = doc.clusters.iter().map(|cluster| (cluster.id.as_str(), vec![cluster.part_of.as_str()])).collect();
    for (index, cluster) in doc.clusters.iter().enumerate() {
        if let Some(path) = way_back(&parents, &cluster.id) {
            let values = [("content", Value::Text(cluster.id.clone())), ("path", Value::Text(path))];
            let fix = Patch::remove(format!("/clusters/{index}/part_of"));
            report.found(format!("clusters[{index}].part_of"), values).fix = Some(fix);
        }
    }
    let Some(content) = report.content() else { return };
    let starts = content
        .automations
        .iter()
        .map(|one| (one.id.as_str(), one.starts.iter().map(String::as_str).collect()))
        .collect();
    for automation in &content.automations {
        if let Some(path) = way_back(&starts, &automation.id) {
            let values = [("content", Value::Text(automation.id.clone())), ("path", Value::Text(path))];
            report.found(format!("automations.{}", automation.id), values);
        }
    }
}

/// The way from something back to itself: `a > b > a`. Each is visited once, so it ends.
fn way_back(next: &BTreeMap<&str, Vec<&str>>, start: &str) -> Option<String> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(here) = open.pop() {
        for there in next.get(here).into_iter().flatten() {
            if *there == start {
                let mut way = vec![start, here];
                while let Some(before) =
                    way.last().and_then(|last| came_from.get(last)).filter(|_| way.last() != Some(&start))
                {
                    way.push(before);
                }
                if way.len() == 2 && here == start {
                    way = vec![start, start];
                }
                way.reverse();
                return Some(way.join(" > "));
            }
            if !came_from.contains_key(there) && next.contains_key(there) {
                came_from.insert(there, here);
                open.push(there);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn nothing_leads_back_to_itself_but_a_flywheel() {
        let (good, mut bad) = (doc(), doc());
        assert!(good.stages[4].loops_to.is_some());
        bad.stages[1].loops_to = Some("talk".into());
        holds(&RULE, (&good, &none()), (&bad, &none()), "stages[1].loops_to");
        let mut clusters = good.clone();
        clusters.clusters[0].part_of = "ads".to_owned();
        holds(&RULE, (&good, &none()), (&clusters, &none()), "clusters[0].part_of");
        let mut content = content();
        let other = |id: &str, starts: &str| crate::lint::facts::Automation {
            id: id.to_owned(),
            starts: vec![starts.to_owned()],
            ..Default::default()
        };
        content.automations = vec![other("a", "b"), other("b", "c"), other("c", "b")];
        let facts = Facts { content: Some(&content), ..none() };
        let found = found(&RULE, &good, &facts);
        let told: Vec<_> =
            found.iter().map(|finding| (finding.path.as_str(), finding.values["path"].clone())).collect();
        let path = |path: &str| Value::Text(path.to_owned());
        assert_eq!(told, [("automations.b", path("b > c > b")), ("automations.c", path("c > b > c"))]);
    }
}
