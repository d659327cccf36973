//! One person gets too many messages, or nothing says how many they may get.

use super::{Report, Rule, Severity, Value, text};
use crate::document::{Caps, Content, ContentKind, Duration, Patch, People, Period};

pub(super) static RULE: Rule = Rule {
    id: "too_many_messages",
    severity: Severity::Warning,
    texts: [
        text(
            "{content} sends one person {count} messages in {time}; the cap is {cap}.",
            "People who hear too much from one sender unsubscribe, and then hear nothing any more.",
            "Spread the messages, or leave out those that nobody answers to.",
        ),
        text(
            "{content} sender én person {count} meldinger på {time}; grensen er {cap}.",
            "Folk som hører for mye fra én avsender, melder seg av, og hører så ingenting mer.",
            "Spre meldingene, eller kutt dem ingen reagerer på.",
        ),
        text(
            "{content} skickar {count} meddelanden till en person på {time}; gränsen är {cap}.",
            "Den som hör för mycket från en avsändare avregistrerar sig och hör sedan ingenting alls.",
            "Sprid ut meddelandena, eller ta bort dem som ingen svarar på.",
        ),
        text(
            "{content} sender én person {count} beskeder på {time}; grænsen er {cap}.",
            "Den, der hører for meget fra én afsender, framelder sig og hører så ingenting mere.",
            "Spred beskederne, eller fjern dem, ingen reagerer på.",
        ),
        text(
            "{content} lähettää yhdelle ihmiselle {count} viestiä ({time}); yläraja on {cap}.",
            "Liikaa viestejä saava peruu tilauksensa, eikä kuule sen jälkeen mitään.",
            "Jaa viestit pidemmälle ajalle tai jätä pois ne, joihin kukaan ei reagoi.",
        ),
    ],
    find,
};

/// The cap that is taken, and set by the fix, where the document says none.
const USUAL: People = People { count: 3, per: Period::Week };

fn find(report: &mut Report<'_>) {
    let doc = report.doc;
    let cap = doc.caps.and_then(|caps| caps.all.or(caps.email)).unwrap_or(USUAL);
    let told = |content: &str, count: usize| {
        let number = |count: usize| Value::Count(i64::try_from(count).unwrap_or(i64::MAX));
        let cap_count = Value::Count(i64::from(cap.count));
        [
            ("content", Value::Text(content.to_owned())),
            ("count", number(count)),
            ("time", Value::Time(length(cap.per))),
            ("cap", cap_count),
        ]
    };
    let mut has_told = false;
    for automation in report.content().iter().flat_map(|content| &content.automations) {
        let most = most_within(length(cap.per), automation.sends.iter().map(|(_, after)| *after));
        if most > cap.count as usize {
            has_told = true;
            report.found(format!("automations.{}", automation.id), told(&automation.id, most));
        }
    }
    // Several series at one stage, and nothing that holds them back together.
    let is_series = |content: &&Content| matches!(content.kind, ContentKind::Automation | ContentKind::Message);
    for (index, stage) in doc.stages.iter().enumerate().filter(|_| doc.caps.is_none() && !has_told) {
        let count = stage.content.iter().filter(is_series).count();
        if count > cap.count as usize {
            let fix = Patch::add("/caps", Caps { all: Some(USUAL), ..Caps::default() });
            report.found(format!("stages[{index}].content"), told(stage.id.as_str(), count)).fix = Some(fix);
        }
    }
}

/// How long a period is; of months and longer ones the shortest.
fn length(period: Period) -> Duration {
    Duration::days(match period {
        Period::Day => 1,
        Period::Week => 7,
        Period::Month => 28,
        Period::Quarter => 90,
        Period::Year => 365,
    })
}

/// The most messages in any stretch of that length.
fn most_within(length: Duration, sends: impl Iterator<Item = Duration>) -> usize {
    let mut times: Vec<u32> = sends.map(|after| after.seconds).collect();
    times.sort_unstable();
    let from = |begin: usize| times[begin..].iter().take_while(|at| **at - times[begin] < length.seconds).count();
    (0..times.len()).map(from).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_series_keeps_to_the_cap() {
        let (doc, good) = (doc(), content());
        let mut bad = good.clone();
        bad.automations[0].sends = [1, 2, 3].map(|day| ("welcome".to_owned(), Duration::days(day))).into();
        let (good, bad) = (Facts { content: Some(&good), ..none() }, Facts { content: Some(&bad), ..none() });
        holds(&RULE, (&doc, &good), (&doc, &bad), "automations.warm-up");
        assert_eq!(most_within(Duration::days(7), [1, 7, 8, 9, 14].map(Duration::days).into_iter()), 3);
        let mut loose = doc.clone();
        loose.caps = None;
        let good = loose.clone();
        loose.stages[1].content = vec![doc.stages[1].content[1].clone(); 4];
        holds(&RULE, (&good, &none()), (&loose, &none()), "stages[1].content");
    }
}
