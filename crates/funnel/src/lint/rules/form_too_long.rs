//! A form that asks for more than is needed.

use super::{Report, Rule, Severity, Value, text};

pub(super) static RULE: Rule = Rule {
    id: "form_too_long",
    severity: Severity::Advice,
    texts: [
        text(
            "The form on {page} asks {count} questions that must be answered.",
            "Each further question costs answers; what is not needed now can be asked later.",
            "Ask for at most {most}, and for the rest once people have got something.",
        ),
        text(
            "Skjemaet på {page} har {count} spørsmål som må besvares.",
            "Hvert ekstra spørsmål koster svar; det som ikke trengs nå, kan spørres om senere.",
            "Spør om høyst {most}, og om resten når folk har fått noe.",
        ),
        text(
            "Formuläret på {page} har {count} frågor som måste besvaras.",
            "Varje extra fråga kostar svar; det som inte behövs nu kan frågas senare.",
            "Fråga om högst {most}, och om resten när folk har fått något.",
        ),
        text(
            "Formularen på {page} har {count} spørgsmål, der skal besvares.",
            "Hvert ekstra spørgsmål koster svar; det, der ikke er brug for nu, kan der spørges om senere.",
            "Spørg om højst {most}, og om resten, når folk har fået noget.",
        ),
        text(
            "Sivun {page} lomakkeessa on {count} pakollista kysymystä.",
            "Jokainen lisäkysymys vie vastauksia; mitä ei tarvita nyt, sen voi kysyä myöhemmin.",
            "Kysy enintään {most} asiaa ja loput, kun ihminen on saanut jotain.",
        ),
    ],
    find,
};

/// Questions that must be answered at once.
const QUESTIONS_MAX: u32 = 5;

fn find(report: &mut Report<'_>) {
    for page in report.content().iter().flat_map(|content| &content.pages) {
        let longest = page.forms.iter().map(|form| form.required_fields).max().unwrap_or(0);
        if longest > QUESTIONS_MAX {
            let count = |count: u32| Value::Count(i64::from(count));
            let values =
                [("page", Value::Text(page.id.clone())), ("count", count(longest)), ("most", count(QUESTIONS_MAX))];
            report.found(format!("pages.{}", page.id), values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_form_asks_little() {
        let (doc, good) = (doc(), content());
        let mut bad = good.clone();
        bad.pages[0].forms[0].required_fields = 6;
        let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
        holds(&RULE, (&doc, &good), (&doc, &bad), "pages.free-check");
    }
}
