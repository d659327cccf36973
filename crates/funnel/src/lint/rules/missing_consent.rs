//! Marketing is planned, and nobody is asked whether they want it.

use super::{Report, Rule, Severity, Value, text};
use crate::document::ContentKind;

pub(super) static RULE: Rule = Rule {
    id: "missing_consent",
    severity: Severity::Warning,
    texts: [
        text(
            "The form on {page} does not ask for the consent to marketing.",
            "Whoever answers there may not be written to: the messages that follow reach nobody.",
            "Add a box for the consent to the form; it must not be ticked beforehand.",
        ),
        text(
            "Skjemaet på {page} ber ikke om samtykke til markedsføring.",
            "De som svarer der, kan dere ikke skrive til: meldingene som følger, når ingen.",
            "Legg til en avkryssing for samtykke i skjemaet; den kan ikke være krysset av på forhånd.",
        ),
        text(
            "Formuläret på {page} ber inte om samtycke till marknadsföring.",
            "De som svarar där får ni inte skriva till: meddelandena som följer når ingen.",
            "Lägg till en ruta för samtycke i formuläret; den får inte vara ikryssad i förväg.",
        ),
        text(
            "Formularen på {page} beder ikke om samtykke til markedsføring.",
            "Dem, der svarer der, må I ikke skrive til: beskederne, der følger, når ingen.",
            "Tilføj et felt til samtykke i formularen; det må ikke være krydset af på forhånd.",
        ),
        text(
            "Sivun {page} lomake ei pyydä lupaa markkinointiin.",
            "Siinä vastaaville ei saa kirjoittaa: seuraavat viestit eivät tavoita ketään.",
            "Lisää lomakkeeseen suostumusruutu; se ei saa olla valmiiksi rastitettu.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(content) = report.content() else { return };
    let is_message = |kind: ContentKind| matches!(kind, ContentKind::Message | ContentKind::Automation);
    let has_planned =
        report.doc.stages.iter().any(|stage| stage.content.iter().any(|content| is_message(content.kind)));
    if !has_planned && !content.messages.iter().any(|message| message.is_marketing) {
        return;
    }
    for page in content.pages.iter().filter(|page| page.forms.iter().any(|form| !form.asks_consent)) {
        report.found(format!("pages.{}", page.id), [("page", Value::Text(page.id.clone()))]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn who_will_be_written_to_is_asked() {
        let (doc, good) = (doc(), content());
        let mut bad = good.clone();
        bad.pages[0].forms[0].asks_consent = false;
        let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
        holds(&RULE, (&doc, &good), (&doc, &bad), "pages.free-check");
    }
}
