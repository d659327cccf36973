//! A step that nobody improves: nobody owns it, or nothing is done there.

use super::{Report, Rule, Severity, text};

pub(super) static RULE: Rule = Rule {
    id: "step_unimproved",
    severity: Severity::Advice,
    texts: [
        text(
            "Nobody improves {stage}: it has no owner or nothing is done there.",
            "A step without somebody who answers for it stays as it is, however many people it loses.",
            "Name an owner and write down what is done to bring people on.",
        ),
        text(
            "Ingen forbedrer {stage}: det mangler en ansvarlig, eller ingenting blir gjort der.",
            "Et trinn ingen har ansvar for, blir som det er, uansett hvor mange det mister.",
            "Sett en ansvarlig og skriv hva dere gjør for å få folk videre.",
        ),
        text(
            "Ingen förbättrar {stage}: det saknar ansvarig, eller så görs ingenting där.",
            "Ett steg som ingen ansvarar för förblir som det är, hur många det än tappar.",
            "Utse en ansvarig och skriv vad ni gör för att få folk vidare.",
        ),
        text(
            "Ingen forbedrer {stage}: det mangler en ansvarlig, eller der bliver ikke gjort noget.",
            "Et trin, som ingen har ansvar for, bliver, som det er, uanset hvor mange det mister.",
            "Udpeg en ansvarlig, og skriv, hvad I gør for at få folk videre.",
        ),
        text(
            "Kukaan ei paranna vaihetta {stage}: siltä puuttuu vastuuhenkilö tai siinä ei tehdä mitään.",
            "Vaihe, josta kukaan ei vastaa, pysyy ennallaan, menettipä se kuinka monta tahansa.",
            "Nimeä vastuuhenkilö ja kirjaa, miten ihmiset saadaan eteenpäin.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    for (index, stage) in report.doc.stages.iter().enumerate() {
        let is_owned = !stage.owner.trim().is_empty();
        let has_work = !stage.tactics.is_empty() || !stage.content.is_empty();
        if !is_owned || !has_work {
            let path = if is_owned { "tactics" } else { "owner" };
            let name = report.stage_name(index);
            report.found(format!("stages[{index}].{path}"), [("stage", name)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn each_step_has_an_owner_and_something_that_is_done() {
        let good = doc();
        let mut bad = good.clone();
        bad.stages[1].owner.clear();
        holds(&RULE, (&good, &none()), (&bad, &none()), "stages[1].owner");
        let mut idle = good.clone();
        idle.stages[1].tactics.clear();
        idle.stages[1].content.clear();
        holds(&RULE, (&good, &none()), (&idle, &none()), "stages[1].tactics");
    }
}
