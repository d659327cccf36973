//! A difference in words: where it is, as a person finds it on the screen, and what became of it.

use base::Locale;
use serde_json::Value;

use super::{Difference, lists};
use crate::document::{FunnelDoc, StageId};
use crate::format::Language;

/// A difference in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Where: `Stage Interest › Target › Goes on`.
    pub place: String,
    /// What became of it: `10% → 12%`.
    pub told: String,
}

/// What fields are called, in English and Norwegian. Readers of other languages are told in English.
const FIELDS: [(&str, &str, &str); 87] = [
    ("after_max", "When overdue", "Når fristen er ute"),
    ("age_max", "Oldest", "Eldste"),
    ("age_min", "Youngest", "Yngste"),
    ("all", "All channels", "Alle kanaler"),
    ("answer", "Answer", "Svar"),
    ("approvals", "Approval", "Godkjenning"),
    ("at_most", "At most", "Høyst"),
    ("buying", "Buying behaviour", "Kjøpsatferd"),
    ("by", "Who may", "Hvem som kan"),
    ("caps", "Most messages", "Flest meldinger"),
    ("channel", "Channel", "Kanal"),
    ("channels", "Channel", "Kanal"),
    ("chars_min", "Fewest characters", "Færrest tegn"),
    ("clusters", "Part", "Del"),
    ("code", "Code", "Kode"),
    ("company", "Company", "Firma"),
    ("consent", "Consent", "Samtykke"),
    ("content", "Content", "Innhold"),
    ("converts", "Goes on", "Går videre"),
    ("currency", "Currency", "Valuta"),
    ("deal", "Deal", "Avtale"),
    ("demography", "Demography", "Demografi"),
    ("description", "Description", "Beskrivelse"),
    ("education", "Education", "Utdanning"),
    ("email", "E-mail", "E-post"),
    ("engagement", "Engagement", "Engasjement"),
    ("enters_on", "Enters on", "Kommer inn ved"),
    ("event", "Event", "Hendelse"),
    ("evidence", "Evidence", "Bevis"),
    ("field", "Field", "Felt"),
    ("four_eyes", "Four eyes", "Fire øyne"),
    ("full_at", "Full at", "Full ved"),
    ("gate", "Gate", "Port"),
    ("gender", "Gender", "Kjønn"),
    ("goals", "Goal", "Mål"),
    ("half_life", "Half-life", "Halveringstid"),
    ("hot_from", "Hot from", "Varm fra"),
    ("household", "Household", "Husholdning"),
    ("hue", "Colour", "Farge"),
    ("income", "Income", "Inntekt"),
    ("journey", "Journey", "Reise"),
    ("kind", "Kind", "Slag"),
    ("label", "Name", "Navn"),
    ("ladder", "Ladder", "Stige"),
    ("locales", "Languages", "Språk"),
    ("looks_for", "Looks for", "Ser etter"),
    ("loops_to", "Leads back to", "Fører tilbake til"),
    ("max", "At most", "Høyst"),
    ("metrics", "Metrics", "Måltall"),
    ("min", "At least", "Minst"),
    ("motivators", "Motivator", "Motiv"),
    ("name", "Name", "Navn"),
    ("no_going_back", "No going back", "Ingen vei tilbake"),
    ("no_skipping", "No skipping", "Ingen hopp"),
    ("occupation", "Occupation", "Yrke"),
    ("occurrence", "Time", "Gang"),
    ("offer", "Offer", "Tilbud"),
    ("one_of", "One of", "En av"),
    ("override", "Override", "Unntak"),
    ("owner", "Owner", "Ansvarlig"),
    ("pains", "Pain", "Problem"),
    ("part_of", "Part of", "Del av"),
    ("people", "People", "Personer"),
    ("per", "Per", "Per"),
    ("personas", "Persona", "Persona"),
    ("points", "Points", "Poeng"),
    ("psychography", "Psychography", "Psykografi"),
    ("purpose", "Purpose", "Formål"),
    ("push", "Push", "Push"),
    ("reason_chars_min", "Shortest reason", "Korteste begrunnelse"),
    ("recency", "Recency", "Hvor nylig"),
    ("requires", "Required field", "Påkrevd felt"),
    ("review_by", "Review by", "Ses over innen"),
    ("reward", "Reward", "Belønning"),
    ("rule", "Who belongs", "Hvem hører til"),
    ("scoring", "Scoring", "Poenggiving"),
    ("sms", "SMS", "SMS"),
    ("stages", "Stage", "Trinn"),
    ("tactics", "Tactic", "Tiltak"),
    ("target", "Target", "Mål"),
    ("team", "Team", "Team"),
    ("time", "Time limit", "Tidsfrist"),
    ("timezone", "Time zone", "Tidssone"),
    ("title", "Title", "Tittel"),
    ("touchpoints", "Touchpoint", "Berøringspunkt"),
    ("value", "Value", "Verdi"),
    ("within", "Within", "Innen"),
];

fn is_norwegian(locale: &Locale) -> bool {
    Language::of(locale) == Language::Nb
}

fn word(name: &str, locale: &Locale) -> String {
    let found = FIELDS.binary_search_by_key(&name, |(known, _, _)| known).ok().map(|at| FIELDS[at]);
    match found {
        Some((_, _, nb)) if is_norwegian(locale) => nb.to_owned(),
        Some((_, en, _)) => en.to_owned(),
        None => name.to_owned(),
    }
}

/// A difference as a person says it. Stages are called by their names.
pub fn tell(difference: &Difference, before: &FunnelDoc, after: &FunnelDoc, locale: &Locale) -> Words {
    let is_nb = is_norwegian(locale);
    let told = match difference {
        Difference::Added { value, .. } => {
            format!("{}: {}", if is_nb { "lagt til" } else { "added" }, written(value, locale))
        }
        Difference::Removed { value, .. } => {
            format!("{}: {}", if is_nb { "fjernet" } else { "removed" }, written(value, locale))
        }
        Difference::Moved { from, to, .. } if is_nb => format!("flyttet fra plass {} til {}", from + 1, to + 1),
        Difference::Moved { from, to, .. } => format!("moved from place {} to {}", from + 1, to + 1),
        Difference::Changed { from, to, .. } => format!("{} → {}", written(from, locale), written(to, locale)),
    };
    Words { place: place(difference.path(), before, after, locale), told }
}

/// `stages[interest].target.converts` as `Stage Interest › Target › Goes on`.
fn place(path: &str, before: &FunnelDoc, after: &FunnelDoc, locale: &Locale) -> String {
    let stage = |id: &str| {
        let id = StageId::from(id);
        let stage = after.stage(&id).or_else(|| before.stage(&id));
        stage.map(|stage| stage.name.get(locale)).filter(|name| !name.is_empty()).unwrap_or(id.as_str()).to_owned()
    };
    let said = parts(path).into_iter().map(|(name, key)| {
        let name_of_field = word(&name, locale);
        match key {
            // Texts by language stand under their language's code.
            Some(key) if name == "stages" => format!("{name_of_field} {}", stage(&key)),
            Some(key) => match key.parse::<usize>() {
                Ok(number) => format!("{name_of_field} {}", number + 1),
                Err(_) => format!("{name_of_field} {key}"),
            },
            None => name_of_field,
        }
    });
    said.collect::<Vec<_>>().join(" › ")
}

/// A path as its parts: the name of a field, and what an entry of it is known by. Such a key may hold any character.
fn parts(path: &str) -> Vec<(String, Option<String>)> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut key = None;
        if let Some(inner) = rest.strip_prefix('[') {
            let is_end = |at: &usize| inner[at + 1..].is_empty() || inner[at + 1..].starts_with(['.', '[']);
            let close = inner.match_indices(']').map(|(at, _)| at).find(is_end).unwrap_or(inner.len());
            key = Some(inner[..close].to_owned());
            rest = inner.get(close + 1..).unwrap_or_default();
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if !name.is_empty() || key.is_some() {
            parts.push((name, key));
        }
    }
    parts
}

/// A value as people read it: texts in their language, entries by what they are known by.
fn written(value: &Value, locale: &Locale) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(is_so) => match (is_so, is_norwegian(locale)) {
            (true, true) => "ja".to_owned(),
            (true, false) => "yes".to_owned(),
            (false, true) => "nei".to_owned(),
            (false, false) => "no".to_owned(),
        },
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.iter().map(|entry| written(entry, locale)).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            if let Some(text) = localized(value, locale) {
                return text;
            }
            let name = ["name", "title", "text"].iter().find_map(|field| localized_or_text(map.get(*field)?, locale));
            name.or_else(|| lists::key(value)).unwrap_or_else(|| {
                let inner =
                    map.iter().map(|(name, value)| format!("{} {}", word(name, locale), written(value, locale)));
                inner.collect::<Vec<_>>().join(", ")
            })
        }
    }
}

fn localized_or_text(value: &Value, locale: &Locale) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| localized(value, locale))
}

/// A text by language in the reader's: a map of which every key is a language and every value a text.
fn localized(value: &Value, locale: &Locale) -> Option<String> {
    let map = value.as_object().filter(|map| !map.is_empty())?;
    let is_language = |key: &String| (2..=8).contains(&key.len()) && key.parse::<Locale>().is_ok();
    let is_text = map.iter().all(|(key, value)| is_language(key) && value.is_string())
        && map.keys().all(|key| FIELDS.binary_search_by_key(&key.as_str(), |(known, _, _)| known).is_err());
    if !is_text {
        return None;
    }
    let text: crate::localized::Localized = serde_json::from_value(value.clone()).ok()?;
    Some(text.get(locale).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::diff;
    use crate::document::six_stage;

    fn told(change: impl FnOnce(&mut FunnelDoc), locale: &str) -> Vec<String> {
        let before = six_stage("main", "NOK".parse().unwrap(), "Europe/Oslo", vec!["en".parse().unwrap()]);
        let mut after = before.clone();
        change(&mut after);
        let locale = locale.parse().unwrap();
        let words = diff(&before, &after).into_iter().map(|one| tell(&one, &before, &after, &locale));
        words.map(|words| format!("{}: {}", words.place, words.told)).collect()
    }

    #[test]
    fn differences_are_said_in_two_languages() {
        let target = |doc: &mut FunnelDoc| {
            doc.stages[1].target = Some(crate::document::Target {
                converts: Some("12%".parse().unwrap()),
                ..crate::document::Target::default()
            });
        };
        assert_eq!(told(target, "en"), ["Stage Interest › Target: added: Goes on 12%"]);
        assert_eq!(told(target, "nb"), ["Trinn Interesse › Mål: lagt til: Går videre 12%"]);
        assert_eq!(told(|doc| doc.stages.swap(2, 3), "nb"), ["Trinn Beslutning: flyttet fra plass 4 til 3"]);
        assert_eq!(told(|doc| drop(doc.stages.remove(5)), "nb"), ["Trinn Lojalitet: fjernet: Lojalitet"]);
        assert_eq!(told(|doc| doc.stages[0].owner = "rep".to_owned(), "fi"), ["Stage Tietoisuus › Owner: added: rep"]);
        assert_eq!(told(|doc| doc.channels[0].targeted = false, "en"), ["Channel google-ads › targeted: removed: yes"]);
    }

    #[test]
    fn fields_stand_in_order_and_keys_may_hold_anything() {
        assert!(FIELDS.is_sorted_by_key(|(name, _, _)| *name));
        let wanted = [("tactics".to_owned(), Some("Call. Now [at once]".to_owned())), ("owner".to_owned(), None)];
        assert_eq!(parts("tactics[Call. Now [at once]].owner"), wanted);
        assert_eq!(parts("title.nb"), [("title".to_owned(), None), ("nb".to_owned(), None)]);
    }
}
