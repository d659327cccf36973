//! Languages and regions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A language, with a region when one is named: `nb`, `en`, `en-GB` (BCP 47's two commonest parts).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locale(String);

/// Why a text is not a locale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a language: write a code such as nb, en or en-GB")]
pub struct LocaleError;

impl Locale {
    /// The canonical text: `nb`, `en-GB`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without the region.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// English, what is shown when nothing else is known.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// Of `offered`, the one that serves a reader of this locale best: the same, else the same
    /// language. `no` and `nb` are one language to a reader.
    pub fn best_of<'a>(&self, offered: &'a [Locale]) -> Option<&'a Locale> {
        let same = |language: &str| if language == "no" { "nb".to_owned() } else { language.to_owned() };
        offered
            .iter()
            .find(|candidate| *candidate == self)
            .or_else(|| offered.iter().find(|candidate| same(candidate.language()) == same(self.language())))
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    fn from_str(text: &str) -> Result<Self, LocaleError> {
        let mut parts = text.split(['-', '_']);
        let language = parts.next().unwrap_or_default();
        let region = parts.next();
        let is_alphabetic = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
        let is_language = (2..=3).contains(&language.len()) && is_alphabetic(language);
        let is_region = region.is_none_or(|r| r.len() == 2 && is_alphabetic(r));
        if !is_language || !is_region || parts.next().is_some() {
            return Err(LocaleError);
        }
        let mut canonical = language.to_ascii_lowercase();
        if let Some(region) = region {
            canonical.push('-');
            canonical.push_str(&region.to_ascii_uppercase());
        }
        Ok(Self(canonical))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_canonical_and_matched_by_language() {
        let locale = |text: &str| text.parse::<Locale>().unwrap();
        assert_eq!(locale("EN_gb").as_str(), "en-GB");
        assert!(
            ["", "e", "english", "en-", "en-GBR", "e1", "en-GB-x"].iter().all(|bad| bad.parse::<Locale>().is_err())
        );
        let offered = [locale("en"), locale("nb")];
        assert_eq!(locale("no").best_of(&offered), Some(&offered[1]));
        assert_eq!(locale("en-GB").best_of(&offered), Some(&offered[0]));
        assert_eq!(locale("fi").best_of(&offered), None);
    }
}
