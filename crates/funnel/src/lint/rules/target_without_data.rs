//! A target that rests on an assumption: too few people have come for a rate.

use super::{Report, Rule, Severity, Value, text};
use crate::lint::facts::PEOPLE_MIN;

pub(super) static RULE: Rule = Rule {
    id: "target_without_data",
    severity: Severity::Advice,
    texts: [
        text(
            "The target {target} of {stage} rests on {count} people.",
            "A plan built on an assumption spends money where nobody knows whether it works.",
            "Bring a small number of people through first, then set the target from what was measured.",
        ),
        text(
            "Målet {target} for {stage} bygger på {count} personer.",
            "En plan bygd på antakelser bruker penger der ingen vet om det virker.",
            "Få et lite antall mennesker gjennom først, og sett målet ut fra det dere måler.",
        ),
        text(
            "Målet {target} för {stage} bygger på {count} personer.",
            "En plan byggd på antaganden lägger pengar där ingen vet om det fungerar.",
            "Ta först ett litet antal människor genom steget och sätt målet utifrån det ni mäter.",
        ),
        text(
            "Målet {target} for {stage} bygger på {count} personer.",
            "En plan bygget på antagelser bruger penge, hvor ingen ved, om det virker.",
            "Få først et lille antal mennesker igennem, og sæt målet ud fra det, I måler.",
        ),
        text(
            "Vaiheen {stage} tavoite {target} perustuu {count} ihmiseen.",
            "Oletuksille rakennettu suunnitelma käyttää rahaa sinne, missä kukaan ei tiedä, toimiiko se.",
            "Tuo ensin pieni joukko läpi ja aseta tavoite mitatun perusteella.",
        ),
    ],
    find,
};

/// Only where something was measured at all: a new funnel has nothing but assumptions.
fn find(report: &mut Report<'_>) {
    let Some(measured) = report.measured() else { return };
    for (index, stage) in report.doc.stages.iter().enumerate() {
        let Some(target) = stage.target.and_then(|target| target.converts) else { continue };
        let entered = measured.stage(&stage.id).map_or(0, |seen| seen.entered);
        if entered < PEOPLE_MIN {
            let count = Value::Count(i64::try_from(entered).unwrap_or(i64::MAX));
            let values = [("stage", report.stage_name(index)), ("target", Value::Share(target)), ("count", count)];
            report.found(format!("stages[{index}].target.converts"), values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_rate_needs_people() {
        let (doc, good) = (doc(), measured());
        let mut bad = good.clone();
        bad.stages[0].entered = 99;
        let (good, bad) = (Facts { measured: Some(&good), ..none() }, Facts { measured: Some(&bad), ..none() });
        holds(&RULE, (&doc, &good), (&doc, &bad), "stages[0].target.converts");
    }
}
