//! The properties of an event: the sender's JSON object, checked in one pass without building a tree, with
//! what ingestion found out added and what must not be kept taken away.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use events::PROPS_BYTES_MAX;

use super::{
    json::Text,
    refusals::{Reason, Refusal},
    touch,
};

macro_rules! known {
    ($($name:ident = $text:literal,)*) => {
        /// A property with a meaning of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Known { $($name,)* }

        impl Known {
            fn exact(text: &str) -> Option<Self> {
                match text { $($text => Some(Known::$name),)* _ => None }
            }

            /// How it is written.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Known::$name => $text,)* }
            }
        }
    };
}

known! {
    Url = "url",
    Path = "path",
    Referrer = "referrer",
    Title = "title",
    Name = "name",
    Category = "category",
    Channel = "channel",
    Locale = "locale",
    Device = "device",
    IsBot = "is_bot",
    GroupId = "group_id",
    GroupType = "group_type",
    UtmSource = "utm_source",
    UtmMedium = "utm_medium",
    UtmCampaign = "utm_campaign",
    UtmContent = "utm_content",
    UtmTerm = "utm_term",
    GadSource = "gad_source",
    McCid = "mc_cid",
    Gclid = "gclid",
    Gclsrc = "gclsrc",
    Dclid = "dclid",
    Gbraid = "gbraid",
    Wbraid = "wbraid",
    Fbclid = "fbclid",
    Msclkid = "msclkid",
    Twclid = "twclid",
    LiFatId = "li_fat_id",
    Igshid = "igshid",
    Ttclid = "ttclid",
    RdtCid = "rdt_cid",
    Epik = "epik",
    Qclid = "qclid",
    Sccid = "sccid",
    Irclid = "irclid",
    Kx = "_kx",
}

impl Known {
    /// The property of this name, whatever its case: addresses are typed by hand.
    pub(super) fn of(text: &str) -> Option<Self> {
        // The longest name has 12 letters.
        if text.len() > 12 {
            return None;
        }
        match Self::exact(text) {
            None if text.bytes().any(|byte| byte.is_ascii_uppercase()) => Self::exact(&text.to_ascii_lowercase()),
            found => found,
        }
    }

    /// An id that names the person who clicked: kept only with consent.
    pub(super) fn is_click_id(self) -> bool {
        self as u8 >= Known::Gclid as u8
    }

    /// A campaign parameter or a click id.
    pub(super) fn is_touch(self) -> bool {
        self as u8 >= Known::UtmSource as u8
    }

    fn bit(self) -> u64 {
        1 << self as u8
    }
}

/// What to add to the properties, unless the sender said it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact<'a> {
    Text(Cow<'a, str>),
    True,
}

/// What is known of an object after one pass over it.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    /// Bits of the known names at the top.
    present: u64,
    /// The texts of known names at the top.
    texts: Vec<(Known, Cow<'a, str>)>,
    /// A click id stands there, as a property or inside an address.
    pub(super) has_click_id: bool,
    /// A property that must not be kept stands there.
    has_banned: bool,
    has_nul: bool,
}

impl Scan<'_> {
    pub(super) fn text(&self, known: Known) -> Option<&str> {
        self.texts.iter().find(|(name, _)| *name == known).map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = (Known, &str)> {
        self.texts.iter().map(|(known, text)| (*known, &**text))
    }

    /// A campaign parameter or a click id stands at the top.
    pub(super) fn has_touch(&self) -> bool {
        self.present >> Known::UtmSource as u8 != 0
    }

    fn has(&self, known: Known) -> bool {
        self.present & known.bit() != 0
    }
}

/// The click id that a property holds, also under the names that PostHog's library gives to the first touch.
fn is_click_id(key: &str) -> bool {
    let bare = key.strip_prefix("$initial_").or_else(|| key.strip_prefix("$session_entry_")).unwrap_or(key);
    Known::of(bare.strip_prefix('$').unwrap_or(bare)).is_some_and(Known::is_click_id)
}

/// Checks any value all the way down: depth, numbers, escapes; keeps the text of a text at the top.
struct Value<'s> {
    has_nul: &'s mut bool,
    is_wanted: bool,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        // A text without escapes holds no control character: JSON forbids them.
        Ok(self.is_wanted.then_some(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        *self.has_nul |= text.contains('\0');
        Ok(self.is_wanted.then(|| Cow::Owned(text.to_owned())))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element_seed(Value { has_nul: self.has_nul, is_wanted: false })?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_key_seed(Value { has_nul: self.has_nul, is_wanted: false })?.is_some() {
            map.next_value_seed(Value { has_nul: self.has_nul, is_wanted: false })?;
        }
        Ok(None)
    }
}

struct Top {
    banned: &'static [&'static str],
}

impl<'de> Visitor<'de> for Top {
    type Value = Scan<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"plan\": \"pro\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scan<'de>, A::Error> {
        let mut scan = Scan::default();
        while let Some(Text(key)) = map.next_key()? {
            scan.has_nul |= key.contains('\0');
            scan.has_banned |= self.banned.contains(&&*key);
            scan.has_click_id |= is_click_id(&key);
            let known = Known::exact(&key);
            let value = map.next_value_seed(Value { has_nul: &mut scan.has_nul, is_wanted: true })?;
            let Some(text) = value else {
                scan.present |= known.map_or(0, Known::bit);
                continue;
            };
            scan.has_click_id |= touch::has_click_id(&text);
            if let Some(known) = known {
                scan.present |= known.bit();
                scan.texts.push((known, text));
            }
        }
        Ok(scan)
    }
}

/// Read an object once; the reason when it is none.
fn scan<'a>(text: &'a str, banned: &'static [&'static str]) -> Result<Scan<'a>, String> {
    if text == "{}" {
        return Ok(Scan::default());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let scan = deserializer.deserialize_map(Top { banned }).map_err(|error| reason(&error))?;
    if scan.has_nul {
        return Err("it holds a NUL character (\\u0000), which databases cannot keep; take it out".to_owned());
    }
    Ok(scan)
}

/// What serde says, without the place: it counts from the start of the field.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    // A wrong type is reported with its value, which may be anything.
    if text.starts_with("invalid type") { "it is not an object".to_owned() } else { text.to_owned() }
}

/// The object with every lone half of a surrogate pair replaced: JavaScript writes them when it cuts a text
/// in the middle of an emoji, and no other reader takes them.
pub(super) fn repair(text: &str) -> Option<String> {
    let mut fixed = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some(at) = rest.find('\\') {
        fixed.push_str(&rest[..at]);
        let after = &rest[at..];
        let has_low_half = || after.get(6..).and_then(unit).is_some_and(|low| (0xdc00..=0xdfff).contains(&low));
        let taken = match unit(after) {
            Some(0xd800..=0xdbff) if has_low_half() => 12,
            Some(0xd800..=0xdfff) => {
                fixed.push_str("\\ufffd");
                is_changed = true;
                rest = &after[6..];
                continue;
            }
            Some(_) => 6,
            // Whatever follows the backslash stands for itself; it is one byte in valid JSON.
            None => 1 + after[1..].chars().next().map_or(0, char::len_utf8),
        };
        fixed.push_str(&after[..taken]);
        rest = &after[taken..];
    }
    fixed.push_str(rest);
    is_changed.then_some(fixed)
}

fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// Read what stands under `field` once, repaired where that is needed; nothing there is an empty object.
/// `banned` are names at the top that are not to be kept.
pub(super) fn read<R>(
    raw: Option<&RawValue>,
    field: &'static str,
    banned: &'static [&'static str],
    then: impl FnOnce(&str, &Scan<'_>) -> R,
) -> Result<R, Refusal> {
    let text = raw.map_or("{}", RawValue::get);
    if text.len() > PROPS_BYTES_MAX {
        let message = format!("{field} has {} bytes; send at most {PROPS_BYTES_MAX}", text.len());
        return Err(Refusal::new(Reason::TooLong, field, message, ""));
    }
    let refused = |reason: String| Refusal::new(Reason::WrongType, field, format!("{field}: {reason}"), "");
    match scan(text, banned) {
        Ok(scan) => Ok(then(text, &scan)),
        Err(reason) => {
            let fixed = repair(text).ok_or_else(|| refused(reason))?;
            let scan = scan(&fixed, banned).map_err(refused)?;
            Ok(then(&fixed, &scan))
        }
    }
}

/// The object as it is kept: facts added that the sender did not say, banned properties left out, click ids
/// left out unless there is consent.
pub(super) fn write(
    text: &str,
    scan: &Scan<'_>,
    banned: &'static [&'static str],
    has_consent: bool,
    facts: &[(Known, Fact<'_>)],
) -> String {
    let facts: SmallFacts<'_, '_> = facts.iter().filter(|(known, _)| !scan.has(*known)).collect();
    let is_kept_whole = !scan.has_banned && (has_consent || !scan.has_click_id);
    if is_kept_whole && facts.is_empty() {
        return text.to_owned();
    }
    let room: usize = facts.iter().map(|(known, fact)| known.name().len() + fact.len() + 8).sum();
    let mut out = String::with_capacity(text.len() + room);
    out.push('{');
    for (known, fact) in facts {
        separate(&mut out);
        push_text(&mut out, known.name());
        out.push(':');
        match fact {
            Fact::Text(value) => push_text(&mut out, value),
            Fact::True => out.push_str("true"),
        }
    }
    if is_kept_whole {
        let inner = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default().trim();
        if !inner.is_empty() {
            separate(&mut out);
            out.push_str(inner);
        }
    } else {
        copy_allowed(text, banned, has_consent, &mut out);
    }
    out.push('}');
    out
}

type SmallFacts<'f, 'a> = Vec<&'f (Known, Fact<'a>)>;

impl Fact<'_> {
    fn len(&self) -> usize {
        match self {
            Fact::Text(text) => text.len(),
            Fact::True => 4,
        }
    }
}

fn separate(out: &mut String) {
    if out.len() > 1 {
        out.push(',');
    }
}

/// Write a JSON text.
fn push_text(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// Copy the properties of a checked object one by one, without those that must not be kept.
fn copy_allowed(text: &str, banned: &'static [&'static str], has_consent: bool, out: &mut String) {
    struct Copy<'o> {
        banned: &'static [&'static str],
        has_consent: bool,
        out: &'o mut String,
    }
    impl<'de> Visitor<'de> for Copy<'_> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(Text(key)) = map.next_key()? {
                if self.banned.contains(&&*key) || (!self.has_consent && is_click_id(&key)) {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                let raw: &RawValue = map.next_value()?;
                separate(self.out);
                push_text(self.out, &key);
                self.out.push(':');
                let address = if self.has_consent { None } else { serde_json::from_str::<Text<'_>>(raw.get()).ok() };
                match address.filter(|Text(text)| touch::has_click_id(text)) {
                    Some(Text(text)) => push_text(self.out, &touch::without_click_ids(&text)),
                    None => self.out.push_str(raw.get()),
                }
            }
            Ok(())
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let copied = deserializer.deserialize_map(Copy { banned, has_consent, out });
    debug_assert!(copied.is_ok(), "the object was checked before");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(json: &str, has_consent: bool, facts: &[(Known, Fact<'_>)]) -> Result<String, Refusal> {
        const BANNED: &[&str] = &["$ip"];
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        read(Some(&raw), "properties", BANNED, |text, scan| write(text, scan, BANNED, has_consent, facts))
    }

    #[test]
    fn what_needs_no_change_stays_as_it_came() {
        for json in ["{}", r#"{ "b": 1.50, "a": {"x": [1, null, "\u00e6"]} }"#, r#"{"q":"<script>alert(1)</script>"}"#]
        {
            assert_eq!(keep(json, false, &[]).unwrap(), json);
        }
    }

    #[test]
    fn facts_are_added_where_the_sender_said_nothing() {
        let facts = [
            (Known::Url, Fact::Text("https://a.no/?x=\"1\"".into())),
            (Known::Channel, Fact::Text("direct".into())),
            (Known::IsBot, Fact::True),
        ];
        assert_eq!(
            keep(r#" {"channel": "fair", "n": 1} "#, false, &facts).unwrap(),
            r#"{"url":"https://a.no/?x=\"1\"","is_bot":true,"channel": "fair", "n": 1}"#
        );
        assert_eq!(keep("{ }", false, &facts[1..2]).unwrap(), r#"{"channel":"direct"}"#);
    }

    #[test]
    fn addresses_of_visitors_and_click_ids_without_consent_are_left_out() {
        let json =
            r#"{"$ip":"203.0.113.7","gclid":"x","$initial_fbclid":"y","url":"https://a.no/?a=1&gclid=x","n":1,"\"":2}"#;
        assert_eq!(keep(json, false, &[]).unwrap(), r#"{"url":"https://a.no/?a=1","n":1,"\"":2}"#);
        assert_eq!(
            keep(json, true, &[]).unwrap(),
            r#"{"gclid":"x","$initial_fbclid":"y","url":"https://a.no/?a=1&gclid=x","n":1,"\"":2}"#
        );
    }

    #[test]
    fn half_an_emoji_is_replaced_and_a_whole_one_kept() {
        let json = r#"{"a":"x\ud83d","b":"\ud83d\ude00","c":"\\ud83d","d":"\ude00\ud83dx"}"#;
        let kept = keep(json, false, &[]).unwrap();
        assert_eq!(kept, r#"{"a":"x\ufffd","b":"\ud83d\ude00","c":"\\ud83d","d":"\ufffd\ufffdx"}"#);
        let read: serde_json::Value = serde_json::from_str(&kept).unwrap();
        assert_eq!(read["b"], "😀");
    }

    #[test]
    fn what_no_reader_could_read_back_is_refused() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(PROPS_BYTES_MAX));
        for (json, wanted) in [
            ("[1]", "properties: it is not an object"),
            ("\"text\"", "properties: it is not an object"),
            (r#"{"a":1e999}"#, "properties: number out of range"),
            (
                r#"{"a":"x\u0000"}"#,
                "properties: it holds a NUL character (\\u0000), which databases cannot keep; take it out",
            ),
            (
                r#"{"a":{"b\u0000":1}}"#,
                "properties: it holds a NUL character (\\u0000), which databases cannot keep; take it out",
            ),
            (&deep, "properties: recursion limit exceeded"),
            (&large, "properties has 32776 bytes; send at most 32768"),
        ] {
            assert_eq!(keep(json, false, &[]).unwrap_err().message, wanted);
        }
    }
}
