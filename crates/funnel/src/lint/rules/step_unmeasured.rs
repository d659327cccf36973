//! A step that nobody measures.

use super::{Report, Rule, Severity, text};
use crate::document::{Metric, Patch};

pub(super) static RULE: Rule = Rule {
    id: "step_unmeasured",
    severity: Severity::Warning,
    texts: [
        text(
            "Nobody measures {stage}: it has no measure and no target.",
            "What is not measured gets worse unseen, and nobody can tell whether a change helped.",
            "Choose at least one measure and say what is hoped for.",
        ),
        text(
            "Ingen måler {stage}: det har verken målepunkt eller mål.",
            "Det som ikke måles, blir dårligere uten at noen ser det, og ingen vet om en endring hjalp.",
            "Velg minst ett målepunkt og skriv hva dere håper på.",
        ),
        text(
            "Ingen mäter {stage}: det har varken mått eller mål.",
            "Det som inte mäts blir sämre utan att någon ser det, och ingen vet om en ändring hjälpte.",
            "Välj minst ett mått och skriv vad ni hoppas på.",
        ),
        text(
            "Ingen måler {stage}: det har hverken måling eller mål.",
            "Det, der ikke måles, bliver dårligere, uden at nogen ser det, og ingen ved, om en ændring hjalp.",
            "Vælg mindst én måling, og skriv, hvad I håber på.",
        ),
        text(
            "Kukaan ei mittaa vaihetta {stage}: sillä ei ole mittaria eikä tavoitetta.",
            "Mitä ei mitata, se huononee huomaamatta, eikä kukaan tiedä, auttoiko muutos.",
            "Valitse ainakin yksi mittari ja kirjaa, mitä tavoitellaan.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    for (index, stage) in report.doc.stages.iter().enumerate() {
        if stage.metrics.is_empty() && stage.goals.is_empty() && stage.target.is_none() {
            let fix = Patch::add(format!("/stages/{index}/metrics"), [Metric::Conversion, Metric::TimeInStage]);
            let name = report.stage_name(index);
            report.found(format!("stages[{index}].metrics"), [("stage", name)]).fix = Some(fix);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn each_step_has_a_measure_or_a_target() {
        let good = doc();
        let mut bad = good.clone();
        bad.stages[1].metrics.clear();
        bad.stages[1].target = None;
        holds(&RULE, (&good, &none()), (&bad, &none()), "stages[1].metrics");
    }
}
