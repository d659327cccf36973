//! Reading properties out of JSON text without building a tree of it.

use std::{borrow::Cow, fmt, sync::Arc};

use hashbrown::HashSet;
use insight::record::Value;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// Distinct texts an [`Extractor`] keeps so that equal ones share memory.
const TEXTS_SHARED_MAX: usize = 65_536;

struct AnyObject;

impl<'de> Visitor<'de> for AnyObject {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object such as {\"plan\": \"pro\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Whether the text is one JSON object; the reason when it is not.
pub(crate) fn check_object(text: &str) -> Result<(), String> {
    if text == "{}" {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let checked = deserializer.deserialize_map(AnyObject).and_then(|()| deserializer.end());
    checked.map_err(|error| error.to_string())
}

/// Goes through the top level of an object that was checked when it was written, three times as fast as a
/// reader that must doubt it. On text that is no object it stops early.
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        let mut walk = Self { text, at: 0 };
        walk.skip_space();
        if walk.byte() == Some(b'{') {
            walk.at += 1;
        } else {
            walk.at = text.len();
        }
        walk
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// From an opening quote to behind the closing one.
    fn skip_text(&mut self) -> Option<()> {
        loop {
            self.at += 1;
            match self.byte()? {
                b'"' => break,
                b'\\' => self.at += 1,
                _ => {}
            }
        }
        self.at += 1;
        Some(())
    }

    /// From the first byte of a value to the comma or bracket that ends it.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.byte()? {
                b'"' => {
                    self.skip_text()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                b',' | b'}' | b']' if depth == 0 => return Some(()),
                _ => {}
            }
            self.at += 1;
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    /// The name between its quotes, and the text of the value.
    type Item = (Cow<'a, str>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_space();
        if self.byte()? == b',' {
            self.at += 1;
            self.skip_space();
        }
        if self.byte()? != b'"' {
            return None;
        }
        let start = self.at;
        self.skip_text()?;
        let quoted = self.text.get(start..self.at)?;
        let bare = quoted.get(1..quoted.len() - 1)?;
        let name = match bare.contains('\\') {
            false => Cow::Borrowed(bare),
            true => Cow::Owned(serde_json::from_str(quoted).unwrap_or_else(|_| bare.to_owned())),
        };
        self.skip_space();
        if self.byte()? != b':' {
            return None;
        }
        self.at += 1;
        self.skip_space();
        let start = self.at;
        self.skip_value()?;
        Some((name, self.text.get(start..self.at)?.trim_ascii_end()))
    }
}

/// Call back with the name of every top-level property. Text that is no object has none.
pub(crate) fn each_name(text: &str, mut each: impl FnMut(&str)) {
    Walk::new(text).for_each(|(name, _)| each(&name));
}

/// Takes the properties of an object and of those inside it.
pub(crate) trait Paths {
    /// A property: its path, and the text of its value.
    fn take(&mut self, path: &str, raw: &str);

    /// Whether to go into the object that is the value of this path.
    fn goes_into(&mut self, path: &str) -> bool;
}

/// Go through an object by the paths under which an [`Extractor`] finds its properties, each behind what `path` holds.
/// Of a path that comes twice [`value_at`] knows which value counts.
pub(crate) fn each_path(text: &str, path: &mut String, paths: &mut impl Paths) {
    let start = path.len();
    for (name, raw) in Walk::new(text) {
        path.push_str(&name);
        paths.take(path, raw);
        // A name that has a dot itself is found at the end of a path only.
        if raw.starts_with('{') && !name.contains('.') && paths.goes_into(path) {
            path.push('.');
            each_path(raw, path, paths);
        }
        path.truncate(start);
    }
}

/// The value of a path.
pub(crate) fn value_at(object: &str, path: &str) -> Value {
    let mut values = [Value::Null];
    Extractor::new(std::iter::once(path)).extract(object, &mut values);
    let [value] = values;
    value
}

/// The value that a text of JSON means to questions.
pub(crate) fn value_of(raw: &str) -> Value {
    value(raw, &mut Shared::default())
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
        for (name, raw) in Walk::new(text) {
            for ((path, dot), slot) in paths.iter().zip(into.iter_mut()) {
                if **path == *name {
                    *slot = value(raw, shared);
                } else if *dot < path.len() && path[..*dot] == *name && *slot == Value::Null {
                    *slot = nested(raw, &path[dot + 1..], shared);
                }
            }
        }
    }
}

type Shared = HashSet<Arc<str>, ahash::RandomState>;

fn nested(raw: &str, path: &str, shared: &mut Shared) -> Value {
    let dot = path.find('.').unwrap_or(path.len());
    let mut found = Value::Null;
    for (name, raw) in Walk::new(raw) {
        if *name == *path {
            found = value(raw, shared);
        } else if dot < path.len() && *name == path[..dot] && found == Value::Null {
            found = nested(raw, &path[dot + 1..], shared);
        }
    }
    found
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
        Some(b'"') if !raw.contains('\\') => {
            // Without its last quote it is a text that was cut: what was appended has been checked, what is read may not.
            share(raw.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(raw), shared)
        }
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

    #[derive(Default)]
    struct All(std::collections::BTreeMap<String, (usize, Value)>);

    impl Paths for All {
        fn take(&mut self, path: &str, raw: &str) {
            self.0.entry(path.to_owned()).or_default().0 += 1;
            self.0.get_mut(path).unwrap().1 = value_of(raw);
        }

        fn goes_into(&mut self, _: &str) -> bool {
            true
        }
    }

    fn tree() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let leaf = prop_oneof![Just("null"), Just("1"), Just("\"x\""), Just("\"\""), Just("[{\"a\":1}]"), Just("{}")];
        leaf.prop_map(str::to_owned).prop_recursive(4, 30, 4, |inner| {
            let name = prop::sample::select(vec!["a", "b", "a.b", "b.a", "a.b.a", "", ".", "a."]);
            prop::collection::vec((name, inner), 0..4).prop_map(|entries| {
                let entries = entries.iter().map(|(name, value)| format!("\"{name}\" : {value}"));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(" , "))
            })
        })
    }

    proptest::proptest! {
        /// Names may stand twice, and have dots themselves.
        #[test]
        fn paths_are_those_that_an_extractor_finds(json in tree()) {
            let mut all = All::default();
            each_path(&json, &mut String::new(), &mut all);
            for (path, (count, value)) in &all.0 {
                if *count == 1 {
                    proptest::prop_assert_eq!(value, &value_at(&json, path), "{} in {}", path, json);
                }
            }
            let names = ["a", "b", ""];
            let paths = names.iter().flat_map(|one| names.iter().map(move |two| format!("{one}.{two}")));
            for path in paths.clone().chain(paths.flat_map(|path| names.map(|name| format!("{path}.{name}")))) {
                let is_found = all.0.contains_key(&path);
                proptest::prop_assert!(is_found || value_at(&json, &path) == Value::Null, "{} in {}", path, json);
            }
        }
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

    #[test]
    fn escapes_spaces_and_brackets_in_texts_do_not_mislead() {
        let json = " { \"a\\\"b\" : \"}\\\\\" , \"k\" : [ \"]\" , {\"x\":1} ] , \"n\" : 1 } ";
        assert_eq!(
            extract(json, &["a\"b", "k", "n"]),
            [text("}\\"), text("[ \"]\" , {\"x\":1} ]"), Value::Number(1.0)]
        );
    }

    proptest::proptest! {
        #[test]
        fn the_fast_walk_agrees_with_the_tree(
            entries in proptest::collection::btree_map(".{0,6}", (".{0,8}", proptest::bool::ANY), 0..6),
            pretty in proptest::bool::ANY,
        ) {
            let tree: serde_json::Map<String, serde_json::Value> = entries
                .into_iter()
                .map(|(name, (text, deep))| (name, if deep { serde_json::json!([{ "x": text }]) } else { text.into() }))
                .collect();
            let json = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap();
            let walked: Vec<(String, serde_json::Value)> = Walk::new(&json)
                .map(|(name, raw)| (name.into_owned(), serde_json::from_str(raw).unwrap()))
                .collect();
            proptest::prop_assert_eq!(walked, tree.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn no_text_makes_it_fail(text in ".{0,40}") {
            Walk::new(&text).for_each(drop);
        }
    }
}
