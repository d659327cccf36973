//! Texts that are no longer true, or that nobody has looked at in time.

use jiff::civil::Date;

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "text_out_of_date",
    severity: Severity::Warning,
    texts: [
        text(
            "{content} is out of date since {day}.",
            "Old prices, dates and promises make readers doubt all the rest, and each of them is a question to answer.",
            "Read it, put it right and set a new date to look at it again.",
        ),
        text(
            "{content} er utdatert siden {day}.",
            "Gamle priser, datoer og løfter får leseren til å tvile på resten, og gir spørsmål dere må svare på.",
            "Les den, rett den, og sett en ny dato for neste gjennomgang.",
        ),
        text(
            "{content} är inaktuellt sedan {day}.",
            "Gamla priser, datum och löften får läsaren att tvivla på resten, och var och en ger en fråga att besvara.",
            "Läs igenom, rätta och sätt ett nytt datum för nästa genomgång.",
        ),
        text(
            "{content} er forældet siden {day}.",
            "Gamle priser, datoer og løfter får læseren til at tvivle på resten og giver spørgsmål, I skal svare på.",
            "Læs den, ret den, og sæt en ny dato for næste gennemgang.",
        ),
        text(
            "{content} on vanhentunut {day} alkaen.",
            "Vanhat hinnat, päivät ja lupaukset saavat lukijan epäilemään muutakin, ja jokaisesta tulee kysymys.",
            "Lue se, korjaa se ja aseta uusi tarkistuspäivä.",
        ),
    ],
    find,
};

fn find(report: &mut Report<'_>) {
    let Some(today) = report.facts.today else { return };
    let passed = |day: Option<Date>| day.filter(|day| *day < today);
    let values =
        |name: &str, day: Date| [("content", Value::Text(name.to_owned())), ("day", Value::Text(day.to_string()))];
    for (at, stage) in report.doc.stages.iter().enumerate() {
        for (place, content) in stage.content.iter().enumerate() {
            if let Some(day) = passed(content.review_by) {
                let title = content.title.get(&base::Locale::english());
                let name = if content.id.is_empty() { title } else { &content.id };
                report.found(format!("stages[{at}].content[{place}].review_by"), values(name, day));
            }
        }
    }
    for message in report.content().iter().flat_map(|content| &content.messages) {
        // What the text itself names has passed: worse than a review that nobody made, so it is told instead of it.
        if let Some(day) = passed(message.last_day).or(passed(message.review_by)) {
            report.found(format!("messages.{}", message.id), values(&message.id, day));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn old_texts_are_told_before_they_are_sent() {
        let (good, mut bad) = (doc(), doc());
        bad.stages[1].content[0].review_by = Some("2026-11-21".parse().unwrap());
        let facts = Facts { today: Some("2026-11-22".parse().unwrap()), ..none() };
        holds(&RULE, (&good, &facts), (&bad, &facts), "stages[1].content[0].review_by");
        let mut old = content();
        old.messages[0].last_day = Some("2026-11-21".parse().unwrap());
        let old = Facts { content: Some(&old), ..facts.clone() };
        holds(&RULE, (&good, &facts), (&good, &old), "messages.welcome");
    }
}
