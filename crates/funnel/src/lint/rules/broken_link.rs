//! Links that lead nowhere.

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "broken_link",
    severity: Severity::Warning,
    texts: [
        text(
            "{content} links to {link}, which is not there.",
            "Who was ready to click was nearly convinced, and now stands before an empty page.",
            "Correct the address or take the link away.",
        ),
        text(
            "{content} lenker til {link}, som ikke finnes.",
            "Den som var klar til å klikke, var nesten overbevist, og står nå foran en tom side.",
            "Rett adressen eller fjern lenken.",
        ),
        text(
            "{content} länkar till {link}, som inte finns.",
            "Den som var redo att klicka var nästan övertygad och står nu inför en tom sida.",
            "Rätta adressen eller ta bort länken.",
        ),
        text(
            "{content} linker til {link}, som ikke findes.",
            "Den, der var klar til at klikke, var næsten overbevist og står nu foran en tom side.",
            "Ret adressen, eller fjern linket.",
        ),
        text(
            "{content} viittaa osoitteeseen {link}, jota ei ole.",
            "Klikkaamaan valmis oli jo melkein vakuuttunut ja seisoo nyt tyhjän sivun edessä.",
            "Korjaa osoite tai poista linkki.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(content) = report.content() else { return };
    let pages = content.pages.iter().map(|page| ("pages", &page.id, &page.broken_links));
    let messages = content.messages.iter().map(|message| ("messages", &message.id, &message.broken_links));
    for (kind, id, links) in pages.chain(messages) {
        for link in links {
            let values = [("content", Value::Text(id.clone())), ("link", Value::Text(link.clone()))];
            report.found(format!("{kind}.{id}"), values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn links_lead_somewhere() {
        let (doc, good) = (doc(), content());
        let mut bad = good.clone();
        bad.messages[0].broken_links = vec!["/gratis-sjekk".to_owned()];
        let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
        holds(&RULE, (&doc, &good), (&doc, &bad), "messages.welcome");
    }
}
