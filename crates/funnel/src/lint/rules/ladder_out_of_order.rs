//! The ladder of offers does not rise.

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "ladder_out_of_order",
    severity: Severity::Advice,
    texts: [
        text(
            "{offer} ({rung}) stands behind a dearer kind of offer on the ladder.",
            "People climb a ladder when each step is a little higher; a step down makes the dear one look dear.",
            "Order the ladder: gift, tripwire, core, additional.",
        ),
        text(
            "{offer} ({rung}) står etter en dyrere type tilbud i stigen.",
            "Folk klatrer når hvert trinn er litt høyere; et trinn ned får det dyre til å virke dyrt.",
            "Ordne stigen: gave, inngangstilbud, kjerne, tillegg.",
        ),
        text(
            "{offer} ({rung}) står efter en dyrare typ av erbjudande i trappan.",
            "Folk klättrar när varje steg är lite högre; ett steg ner får det dyra att verka dyrt.",
            "Ordna trappan: gåva, instegserbjudande, kärna, tillägg.",
        ),
        text(
            "{offer} ({rung}) står efter en dyrere type tilbud på stigen.",
            "Folk klatrer, når hvert trin er lidt højere; et trin ned får det dyre til at virke dyrt.",
            "Ordn stigen: gave, indgangstilbud, kerne, tillæg.",
        ),
        text(
            "{offer} ({rung}) on tikkailla kalliimman tarjouksen jälkeen.",
            "Tikkaita noustaan, kun joka askelma on vähän korkeammalla; askel alas saa kalliin näyttämään kalliilta.",
            "Järjestä tikkaat: lahja, sisäänheittotuote, ydin, lisät.",
        ),
    ],
    find,
};

const ORDER: [&str; 4] = ["lead-magnet", "tripwire", "core", "additional"];

fn find(report: &mut Report<'_>) {
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    let mut highest = None;
    for (index, rung) in report.doc.ladder.iter().enumerate() {
        let Some(place) = place(&rung.rung) else { continue };
        // Additional before core has a rule of its own.
        let is_core_late = highest == Some(3) && place == 2;
        if Some(place) < highest && !is_core_late {
            let values = [("offer", Value::Text(rung.offer.clone())), ("rung", Value::Text(rung.rung.clone()))];
            report.found(format!("ladder[{index}]"), values);
        }
        highest = highest.max(Some(place));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_ladder_rises() {
        let (good, mut bad) = (doc(), doc());
        bad.ladder.swap(0, 1);
        holds(&RULE, (&good, &none()), (&bad, &none()), "ladder[1]");
    }
}
