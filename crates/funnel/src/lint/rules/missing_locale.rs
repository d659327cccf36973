//! A text is missing in a language that the funnel speaks.

use base::Locale;

use super::{Report, Rule, Severity, Value, text};
use crate::document::texts;
use crate::localized::Localized;

pub(super) static RULE: Rule = Rule {
    id: "missing_locale",
    severity: Severity::Warning,
    texts: [
        text(
            "{content} is not there in: {languages}.",
            "People buy in their own language; a foreign text in the middle makes them stop and wonder who writes.",
            "Write it in the missing languages, or take them out of the funnel.",
        ),
        text(
            "{content} finnes ikke på: {languages}.",
            "Folk kjøper på sitt eget språk; en fremmed tekst midt i får dem til å stoppe og lure på avsenderen.",
            "Skriv den på språkene som mangler, eller ta dem ut av trakten.",
        ),
        text(
            "{content} finns inte på: {languages}.",
            "Folk köper på sitt eget språk; en främmande text mitt i får dem att stanna och undra över avsändaren.",
            "Skriv den på språken som saknas, eller ta bort dem ur tratten.",
        ),
        text(
            "{content} findes ikke på: {languages}.",
            "Folk køber på deres eget sprog; en fremmed tekst midt i det hele får dem til at standse og undre sig.",
            "Skriv den på de manglende sprog, eller tag dem ud af tragten.",
        ),
        text(
            "{content} puuttuu kielillä: {languages}.",
            "Ihmiset ostavat omalla kielellään; vieraskielinen teksti keskellä pysäyttää ja herättää epäilyksiä.",
            "Kirjoita se puuttuvilla kielillä tai poista ne suppilosta.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let asked = &report.doc.locales;
    let lacking = |offered: &[Locale]| {
        let missing = asked.iter().filter(|locale| locale.best_of(offered).is_none());
        missing.map(Locale::as_str).collect::<Vec<_>>().join(", ")
    };
    let mut told = Vec::new();
    for (path, text) in texts(report.doc) {
        // A text for all readers is one that needs no translation, such as a brand.
        if let Localized::Many(by_language) = text {
            let written = by_language.iter().filter(|(_, text)| !text.trim().is_empty());
            let offered: Vec<Locale> = written.map(|(locale, _)| locale.clone()).collect();
            told.push((path.clone(), path, lacking(&offered)));
        }
    }
    if let Some(content) = report.content() {
        let pages = content.pages.iter().map(|page| ("pages", &page.id, &page.locales));
        let offers = content.offers.iter().map(|offer| ("offers", &offer.id, &offer.locales));
        let messages = content.messages.iter().map(|message| ("messages", &message.id, &message.locales));
        let seen = pages.chain(offers).chain(messages).filter(|(_, _, locales)| !locales.is_empty());
        told.extend(seen.map(|(kind, id, locales)| (format!("{kind}.{id}"), id.clone(), lacking(locales))));
    }
    for (path, content, languages) in told.into_iter().filter(|(_, _, languages)| !languages.is_empty()) {
        report.found(path, [("content", Value::Text(content)), ("languages", Value::Text(languages))]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn every_text_speaks_every_language() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[1].name = Localized::of(&[("en", "Lead"), ("nb", " ")]);
        holds(&RULE, (&good, &none()), (&bad, &none()), "stages[1].name");
        let mut half = content();
        half.messages[0].locales = vec!["nb".parse().unwrap()];
        holds(&RULE, (&good, &none()), (&good, &Facts { content: Some(&half), ..none() }), "messages.welcome");
    }
}
