//! Several personas, and every message is for all of them.

use super::{Report, Rule, Severity, Value, text};
use crate::document::{Content, ContentKind};

pub(super) static RULE: Rule = Rule {
    id: "one_message_for_all",
    severity: Severity::Advice,
    texts: [
        text(
            "There are {count} personas, and every message is for all of them.",
            "What speaks to everybody speaks to nobody: people answer to their own worry, not to the average one.",
            "Write at least one message for each persona and name the persona at it.",
        ),
        text(
            "Det finnes {count} personaer, og alle meldinger er for alle.",
            "Det som snakker til alle, treffer ingen: folk svarer på sin egen bekymring, ikke på gjennomsnittets.",
            "Skriv minst én melding til hver persona, og knytt den til personaen.",
        ),
        text(
            "Det finns {count} personas, och varje meddelande är till alla.",
            "Det som talar till alla träffar ingen: folk svarar på sin egen oro, inte på genomsnittets.",
            "Skriv minst ett meddelande till varje persona och ange personan vid det.",
        ),
        text(
            "Der er {count} personaer, og alle beskeder er til alle.",
            "Det, der taler til alle, rammer ingen: folk svarer på deres egen bekymring, ikke på gennemsnittets.",
            "Skriv mindst én besked til hver persona, og knyt den til personaen.",
        ),
        text(
            "Persoonia on {count}, ja jokainen viesti on kaikille.",
            "Kaikille puhuva ei puhuttele ketään: ihminen vastaa omaan huoleensa, ei keskivertoon.",
            "Kirjoita jokaiselle persoonalle ainakin yksi viesti ja merkitse persoona siihen.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let is_message = |content: &&Content| matches!(content.kind, ContentKind::Message | ContentKind::Automation);
    let mut messages = report.doc.stages.iter().flat_map(|stage| &stage.content).filter(is_message).peekable();
    let personas = report.doc.personas.len();
    if personas >= 2 && messages.peek().is_some() && messages.all(|message| message.personas.is_empty()) {
        let count = i64::try_from(personas).unwrap_or(i64::MAX);
        report.found("personas", [("count", Value::Count(count))]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn personas_are_spoken_to_one_by_one() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[1].content[1].personas.clear();
        holds(&RULE, (&good, &none()), (&bad, &none()), "personas");
        let mut single = bad.clone();
        single.personas.truncate(1);
        holds(&RULE, (&single, &none()), (&bad, &none()), "personas");
    }
}
