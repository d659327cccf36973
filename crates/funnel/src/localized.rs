//! Texts in several languages.

use std::{collections::BTreeMap, fmt};

use base::Locale;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, schema::Type};
use utoipa::{PartialSchema, ToSchema};

/// A text for readers of several languages: one text for all, or a text by locale. Written as a string or as
/// a map: `Smile clinic` or `{ en: Smile clinic, nb: Smilklinikken }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Localized {
    /// The same for every reader.
    One(String),
    /// By language.
    Many(BTreeMap<Locale, String>),
}

impl Default for Localized {
    fn default() -> Self {
        Self::One(String::new())
    }
}

impl From<&str> for Localized {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl Localized {
    /// From pairs of locale and text. Pairs whose locale is none are left out.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self::Many(pairs.iter().filter_map(|(locale, text)| Some((locale.parse().ok()?, (*text).to_owned()))).collect())
    }

    /// Whether nothing is written in any language.
    pub fn is_empty(&self) -> bool {
        self.texts().all(|text| text.trim().is_empty())
    }

    /// The text for a reader: their own language, else English, else the first that is written.
    pub fn get(&self, locale: &Locale) -> &str {
        let texts = match self {
            Self::One(text) => return text,
            Self::Many(texts) => texts,
        };
        let offered: Vec<Locale> =
            texts.iter().filter(|(_, text)| !text.trim().is_empty()).map(|(locale, _)| locale.clone()).collect();
        let best = locale.best_of(&offered).or_else(|| Locale::english().best_of(&offered)).or(offered.first());
        best.and_then(|locale| texts.get(locale)).map_or("", String::as_str)
    }

    /// Every text.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::One(text) => (Some(text), None),
            Self::Many(texts) => (None, Some(texts.values())),
        };
        one.into_iter().chain(many.into_iter().flatten()).map(String::as_str)
    }

    /// The length of the longest text, in characters.
    pub fn chars_max(&self) -> usize {
        self.texts().map(|text| text.chars().count()).max().unwrap_or(0)
    }
}

impl Serialize for Localized {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(text) => serializer.serialize_str(text),
            Self::Many(texts) => serializer.collect_map(texts),
        }
    }
}

impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Localized;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or texts by language such as { en: ..., nb: ... }")
            }

            fn visit_str<E>(self, text: &str) -> Result<Localized, E> {
                Ok(Localized::One(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Localized, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((locale, text)) = map.next_entry::<Locale, String>()? {
                    texts.insert(locale, text);
                }
                Ok(Localized::Many(texts))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl PartialSchema for Localized {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let by_locale = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(text()));
        let either = OneOfBuilder::new()
            .item(text().build())
            .item(by_locale.build())
            .description(Some("One text for all readers, or texts by language"))
            .build();
        RefOr::T(Schema::OneOf(either))
    }
}

impl ToSchema for Localized {
    fn name() -> std::borrow::Cow<'static, str> {
        "Localized".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let text: Localized = serde_json::from_str(r#"{"en": "Smile", "nb": "Smil", "fi": ""}"#).unwrap();
        let get = |locale: &str| text.get(&locale.parse().unwrap()).to_owned();
        assert_eq!(
            [get("nb"), get("no"), get("en-GB"), get("fi"), get("de")],
            ["Smil", "Smil", "Smile", "Smile", "Smile"]
        );
        let one: Localized = serde_json::from_str(r#""Smile""#).unwrap();
        assert_eq!(one.get(&"fi".parse().unwrap()), "Smile");
        assert!(Localized::default().is_empty() && Localized::of(&[("nb", " ")]).is_empty() && !one.is_empty());
        assert_eq!(serde_json::to_string(&text).unwrap(), r#"{"en":"Smile","fi":"","nb":"Smil"}"#);
    }

    #[test]
    fn what_is_no_text_is_refused_in_words() {
        let error = serde_json::from_str::<Localized>("3").unwrap_err().to_string();
        assert!(error.contains("a text, or texts by language"), "{error}");
        assert!(serde_json::from_str::<Localized>(r#"{"english": "x"}"#).is_err());
    }
}
