//! A target that is far from what was measured.

use super::{Report, Rule, Severity, Value, rate, text};
use crate::document::Patch;
use crate::lint::facts::PEOPLE_MIN;

pub(super) static RULE: Rule = Rule {
    id: "target_out_of_reach",
    severity: Severity::Advice,
    texts: [
        text(
            "The target {target} of {stage} is more than twice the {measured} that were measured.",
            "Nobody works towards a target that cannot be reached, and every forecast built on it is wrong.",
            "Take {better} as the next target, and raise it when it is met.",
        ),
        text(
            "Målet {target} for {stage} er mer enn det dobbelte av målte {measured}.",
            "Ingen jobber mot et mål som ikke kan nås, og hver prognose som bygger på det, er feil.",
            "Sett {better} som neste mål, og øk det når det er nådd.",
        ),
        text(
            "Målet {target} för {stage} är mer än dubbelt så högt som uppmätta {measured}.",
            "Ingen arbetar mot ett mål som inte går att nå, och varje prognos som bygger på det är fel.",
            "Ta {better} som nästa mål och höj det när det är nått.",
        ),
        text(
            "Målet {target} for {stage} er mere end det dobbelte af de målte {measured}.",
            "Ingen arbejder mod et mål, der ikke kan nås, og hver prognose, der bygger på det, er forkert.",
            "Sæt {better} som næste mål, og hæv det, når det er nået.",
        ),
        text(
            "Vaiheen {stage} tavoite {target} on yli kaksi kertaa mitattu {measured}.",
            "Kukaan ei tee työtä saavuttamattoman tavoitteen eteen, ja jokainen siihen nojaava ennuste on väärä.",
            "Ota seuraavaksi tavoitteeksi {better} ja nosta sitä, kun se täyttyy.",
        ),
    ],
    find,
};

/// A quarter above what is, as a next step.
const NEXT_STEP: f64 = 1.25;

fn find(report: &mut Report<'_>) {
    let Some(measured) = report.measured() else { return };
    for (index, stage) in report.doc.stages.iter().enumerate() {
        let target = stage.target.and_then(|target| target.converts);
        let (Some(target), Some(seen)) = (target, measured.stage(&stage.id)) else { continue };
        let Some(have) = seen.rate().filter(|have| seen.entered >= PEOPLE_MIN && *have > 0.0) else { continue };
        if f64::from(target.basis_points) / 10_000.0 > have * 2.0 {
            let better = rate(have * NEXT_STEP);
            let values = [
                ("stage", report.stage_name(index)),
                ("target", Value::Share(target)),
                ("measured", Value::Share(rate(have))),
                ("better", Value::Share(better)),
            ];
            let path = format!("/stages/{index}/target/converts");
            report.found(format!("stages[{index}].target.converts"), values).fix = Some(Patch::add(path, better));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_target_is_at_most_twice_what_is() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[0].target.as_mut().unwrap().converts = Some("41%".parse().unwrap());
        let measured = measured();
        let facts = Facts { measured: Some(&measured), ..none() };
        let finding = holds(&RULE, (&good, &facts), (&bad, &facts), "stages[0].target.converts");
        assert_eq!(finding.values["better"], Value::Share("25%".parse().unwrap()));
    }
}
