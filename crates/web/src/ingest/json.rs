//! Reading foreign JSON without failing on the type of a field: a wrong type is noted where it stands, so
//! that one bad item neither hides nor loses the good ones around it.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::refusals::{Reason, Refusal};

/// A field that should hold a text, a number or a flag.
#[derive(Debug, Clone, Default)]
pub(super) enum Loose<'a> {
    /// Not there, or null.
    #[default]
    Missing,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Real(f64),
    /// true or false.
    Flag(bool),
    /// An object.
    Object,
    /// A list.
    List,
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Whole(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Loose<'de>, E> {
        Ok(i64::try_from(number).map_or(Loose::Real(number as f64), Loose::Whole))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::Real(number))
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Flag(flag))
    }
    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Missing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::List)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Object)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

impl<'a> Loose<'a> {
    /// What stands there, in words.
    fn kind(&self) -> &'static str {
        match self {
            Loose::Missing => "nothing",
            Loose::Text(_) => "a text",
            Loose::Whole(_) | Loose::Real(_) => "a number",
            Loose::Flag(_) => "true or false",
            Loose::Object => "an object",
            Loose::List => "a list",
        }
    }

    fn wrong(&self, field: &'static str, wanted: &str) -> Refusal {
        Refusal::new(Reason::WrongType, field, format!("{field} is {}; send {wanted}", self.kind()), "")
    }

    /// The text; `None` when it is missing or blank.
    pub(super) fn text(&self, field: &'static str) -> Result<Option<&str>, Refusal> {
        match self {
            Loose::Missing => Ok(None),
            Loose::Text(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            other => Err(other.wrong(field, "a text")),
        }
    }

    /// An id. Programs send numbers as ids too; they are taken as their digits.
    pub(super) fn id(&self, field: &'static str) -> Result<Option<Cow<'_, str>>, Refusal> {
        match self {
            Loose::Whole(number) => Ok(Some(number.to_string().into())),
            Loose::Missing | Loose::Text(_) => Ok(self.text(field)?.map(Cow::Borrowed)),
            other => Err(other.wrong(field, "a text or a whole number")),
        }
    }

    /// The text if it is one and not blank; whatever else is as good as missing. For facts that only help.
    pub(super) fn hint(&self) -> Option<&str> {
        match self {
            Loose::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Whether it says no.
    pub(super) fn is_no(&self) -> bool {
        match self {
            Loose::Flag(flag) => !flag,
            Loose::Whole(number) => *number == 0,
            Loose::Text(text) => matches!(&**text, "false" | "0"),
            _ => false,
        }
    }

    /// Whether it says yes.
    pub(super) fn is_yes(&self) -> bool {
        match self {
            Loose::Flag(flag) => *flag,
            Loose::Whole(number) => *number != 0,
            Loose::Text(text) => {
                ["true", "1", "granted", "yes"].iter().any(|yes| text.trim().eq_ignore_ascii_case(yes))
            }
            _ => false,
        }
    }
}

/// A field that should hold an object of a known shape.
#[derive(Debug, Clone, Default)]
pub(super) enum Object<T> {
    /// Not there, or null.
    #[default]
    Missing,
    /// The object.
    Is(T),
    /// Something else.
    Wrong,
}

impl<T> Object<T> {
    /// The object, if it is one.
    pub(super) fn get(&self) -> Option<&T> {
        match self {
            Object::Is(value) => Some(value),
            _ => None,
        }
    }

    /// The object; refused when something else stands there.
    pub(super) fn named(&self, field: &'static str) -> Result<Option<&T>, Refusal> {
        match self {
            Object::Is(value) => Ok(Some(value)),
            Object::Missing => Ok(None),
            Object::Wrong => {
                Err(Refusal::new(Reason::WrongType, field, format!("{field} is not an object; send one"), ""))
            }
        }
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object::Is)
    }
    fn visit_str<E>(self, _: &str) -> Result<Object<T>, E> {
        Ok(Object::Wrong)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Object<T>, E> {
        Ok(Object::Wrong)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Object<T>, E> {
        Ok(Object::Wrong)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Object<T>, E> {
        Ok(Object::Wrong)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Object<T>, E> {
        Ok(Object::Wrong)
    }
    fn visit_unit<E>(self) -> Result<Object<T>, E> {
        Ok(Object::Missing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Object<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object::Wrong)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

/// Whether a text holds a yes anywhere in an object of flags: `true`, `{"advertising": true}`,
/// `{"categoryPreferences": {"Advertising": true}}`, `{"ad_user_data": "GRANTED"}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Consent(pub(super) bool);

/// The names under which consent to advertising is known.
fn is_advertising(key: &str) -> bool {
    ["advertising", "marketing", "ads", "targeting", "ad_user_data"].iter().any(|name| key.eq_ignore_ascii_case(name))
}

impl<'de> Deserialize<'de> for Consent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConsentVisitor;
        impl<'de> Visitor<'de> for ConsentVisitor {
            type Value = Consent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, or an object of them")
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Consent, E> {
                Ok(Consent(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Consent, E> {
                Ok(Consent(number == 1))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Consent, E> {
                Ok(Consent(number == 1))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Consent, E> {
                Ok(Consent(false))
            }
            fn visit_str<E>(self, text: &str) -> Result<Consent, E> {
                Ok(Consent(text.eq_ignore_ascii_case("granted") || text.eq_ignore_ascii_case("true")))
            }
            fn visit_unit<E>(self) -> Result<Consent, E> {
                Ok(Consent(false))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Consent, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Consent(false))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Consent, A::Error> {
                let mut given = false;
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if is_advertising(&key.0) || &*key.0 == "categoryPreferences" {
                        given |= map.next_value::<Consent>()?.0;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Consent(given))
            }
        }
        deserializer.deserialize_any(ConsentVisitor)
    }
}

/// A text that is borrowed when it holds no escapes.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
