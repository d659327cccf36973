//! Reading properties out of JSON text without building a tree of it.

use std::{fmt, sync::Arc};

use hashbrown::HashSet;
use insight::record::Value;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Distinct texts an [`Extractor`] keeps so that equal ones share memory.
const TEXTS_SHARED_MAX: usize = 65_536;

struct Key<'de>(std::borrow::Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a property name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(text.into()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(text.to_owned().into()))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Calls back with every top-level property: true from the callback asks for its text.
struct Walk<W, G> {
    wants: W,
    give: G,
}

impl<'de, W: FnMut(&str) -> bool, G: FnMut(&str, &'de str)> Visitor<'de> for Walk<W, G> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object such as {\"plan\": \"pro\"}")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            if (self.wants)(&key) {
                let raw: &'de RawValue = map.next_value()?;
                (self.give)(&key, raw.get());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de, W: FnMut(&str) -> bool, G: FnMut(&str, &'de str)> DeserializeSeed<'de> for Walk<W, G> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

fn walk<'de>(
    text: &'de str,
    wants: impl FnMut(&str) -> bool,
    give: impl FnMut(&str, &'de str),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Walk { wants, give }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Whether the text is one JSON object; the reason when it is not.
pub(crate) fn check_object(text: &str) -> Result<(), String> {
    if text == "{}" {
        return Ok(());
    }
    walk(text, |_| false, |_, _| {}).map_err(|error| error.to_string())
}

/// Call back with the name of every top-level property. Text that is no object has none.
pub(crate) fn each_name(text: &str, mut each: impl FnMut(&str)) {
    let _ = walk(
        text,
        |name| {
            each(name);
            false
        },
        |_, _| {},
    );
}

/// Takes the same few properties out of many objects.
pub(crate) struct Extractor {
    /// Property path, first part, and what follows the first dot.
    paths: Vec<(Arc<str>, usize)>,
    shared: HashSet<Arc<str>, ahash::RandomState>,
}

impl Extractor {
    /// An extractor of these properties: `plan`, or `address.city` for a property of a nested object.
    pub(crate) fn new<'a>(paths: impl Iterator<Item = &'a str>) -> Self {
        let paths = paths.map(|path| (Arc::from(path), path.find('.').unwrap_or(path.len()))).collect();
        Self { paths, shared: HashSet::default() }
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The values in the order of the paths. A property whose own name has the dot in it goes before a nested one.
    pub(crate) fn extract(&mut self, text: &str, into: &mut [Value]) {
        let Self { paths, shared } = self;
        let found = walk(
            text,
            |name| paths.iter().any(|(path, dot)| &**path == name || &path[..*dot] == name),
            |name, raw| {
                for ((path, dot), slot) in paths.iter().zip(into.iter_mut()) {
                    if &**path == name {
                        *slot = value(raw, shared);
                    } else if *dot < path.len() && &path[..*dot] == name && *slot == Value::Null {
                        *slot = nested(raw, &path[dot + 1..], shared);
                    }
                }
            },
        );
        // Text was checked when it was written; what is unreadable now has no values.
        if found.is_err() {
            into.fill(Value::Null);
        }
    }
}

type Shared = HashSet<Arc<str>, ahash::RandomState>;

fn nested(raw: &str, path: &str, shared: &mut Shared) -> Value {
    let dot = path.find('.').unwrap_or(path.len());
    let mut found = Value::Null;
    let walked = walk(
        raw,
        |name| name == path || name == &path[..dot],
        |name, raw| {
            if name == path {
                found = value(raw, shared);
            } else if dot < path.len() {
                found = nested(raw, &path[dot + 1..], shared);
            }
        },
    );
    if walked.is_ok() { found } else { Value::Null }
}

fn share(text: &str, shared: &mut Shared) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    if let Some(known) = shared.get(text) {
        return Value::Text(known.clone());
    }
    let new: Arc<str> = text.into();
    if shared.len() < TEXTS_SHARED_MAX {
        shared.insert(new.clone());
    }
    Value::Text(new)
}

fn value(raw: &str, shared: &mut Shared) -> Value {
    match raw.as_bytes().first() {
        None | Some(b'n') => Value::Null,
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'"') if !raw.contains('\\') => share(&raw[1..raw.len() - 1], shared),
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(text) => share(&text, shared),
            Err(_) => share(raw, shared),
        },
        Some(b'{' | b'[') => share(raw, shared),
        Some(_) => match raw.parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Number(number),
            _ => share(raw, shared),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn extract(json: &str, paths: &[&str]) -> Vec<Value> {
        let mut values = vec![Value::Null; paths.len()];
        Extractor::new(paths.iter().copied()).extract(json, &mut values);
        values
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let json =
            r#"{"t":"a","e":"","n":1.5e2,"b":true,"z":null,"o":{"k": [1]},"l":[1,2],"q":"\"\u00e6\"","x":1e999}"#;
        assert_eq!(
            extract(json, &["t", "e", "n", "b", "z", "o", "l", "q", "x", "missing"]),
            [
                text("a"),
                Value::Null,
                Value::Number(150.0),
                Value::Bool(true),
                Value::Null,
                text(r#"{"k": [1]}"#),
                text("[1,2]"),
                text("\"æ\""),
                text("1e999"),
                Value::Null,
            ]
        );
    }

    #[test]
    fn a_path_goes_into_objects_unless_the_name_has_the_dot_itself() {
        assert_eq!(
            extract(r#"{"a":{"b":{"c":"deep"}}}"#, &["a.b.c", "a.b", "a.x"]),
            [text("deep"), text(r#"{"c":"deep"}"#), Value::Null]
        );
        assert_eq!(extract(r#"{"a":{"b":1},"a.b":2}"#, &["a.b"]), [Value::Number(2.0)]);
        assert_eq!(extract(r#"{"a.b":2,"a":{"b":1}}"#, &["a.b"]), [Value::Number(2.0)]);
        assert_eq!(extract(r#"{"a":"not an object"}"#, &["a.b"]), [Value::Null]);
    }

    #[test]
    fn only_one_whole_object_is_accepted() {
        assert_eq!(check_object("{}"), Ok(()));
        assert_eq!(check_object(r#" {"a":[{"b":1}]} "#), Ok(()));
        for bad in ["", "null", "[]", "1", "{", r#"{"a":}"#, "{} {}", "{'a':1}", "{\"a\":\"\n\"}"] {
            assert!(check_object(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_those_of_the_top() {
        let mut names = Vec::new();
        each_name(r#"{"a":{"inner":1},"b":2}"#, |name| names.push(name.to_owned()));
        assert_eq!(names, ["a", "b"]);
    }
}
