//! An event as bytes, the same in the write-ahead log and in memory.
//!
//! ```text
//! at i64 · received_at i64 · name u16 · person u16 · message_id u8 · source u8 (0: none) · flags u8 · 0 u8
//! · links u32 · props u32 · person_props u32        lengths in bytes, little endian, 36 bytes together
//! name · person · message_id · source · links · props · person_props
//! ```
//! Each link is `kind u8 (1 claim, 2 merge) · length u16 · key`. Flag 1: person_props are there.

use base::Timestamp;

use crate::{Link, NewEvent, PersonKey};

const HEAD: usize = 36;
/// No event takes fewer bytes.
pub(crate) const EVENT_BYTES_MIN: usize = HEAD;
const FLAG_PERSON_PROPS: u8 = 1;
const LINK_CLAIM: u8 = 1;
const LINK_MERGE: u8 = 2;

/// An event that still lies in its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventRef<'a> {
    pub at_ms: i64,
    pub received_ms: i64,
    pub name: &'a str,
    pub person: &'a str,
    pub message_id: &'a str,
    pub source: Option<&'a str>,
    links: &'a [u8],
    // Texts that most readers do not look at are checked to be UTF-8 when they are.
    props: &'a [u8],
    person_props: Option<&'a [u8]>,
}

/// A link that still lies in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkRef<'a> {
    pub always: bool,
    pub key: &'a str,
}

/// Append the bytes of an event that was checked: no length overflows its field.
pub(crate) fn encode(event: &NewEvent, into: &mut Vec<u8>) {
    let links: usize = event.links.iter().map(|link| 3 + key_of(link).as_str().len()).sum();
    let source = event.source.as_deref().unwrap_or("");
    let person_props = event.person_props.as_deref().unwrap_or("");
    into.reserve(
        HEAD + event.name.len()
            + event.person.as_str().len()
            + event.message_id.len()
            + source.len()
            + links
            + event.props.len()
            + person_props.len(),
    );
    let mut head = [0u8; HEAD];
    head[0..8].copy_from_slice(&event.at.ms().to_le_bytes());
    head[8..16].copy_from_slice(&event.received_at.ms().to_le_bytes());
    head[16..18].copy_from_slice(&(event.name.len() as u16).to_le_bytes());
    head[18..20].copy_from_slice(&(event.person.as_str().len() as u16).to_le_bytes());
    head[20] = event.message_id.len() as u8;
    head[21] = source.len() as u8;
    head[22] = if event.person_props.is_some() { FLAG_PERSON_PROPS } else { 0 };
    head[24..28].copy_from_slice(&(links as u32).to_le_bytes());
    head[28..32].copy_from_slice(&(event.props.len() as u32).to_le_bytes());
    head[32..36].copy_from_slice(&(person_props.len() as u32).to_le_bytes());
    into.extend_from_slice(&head);
    for text in [&*event.name, event.person.as_str(), &*event.message_id, source] {
        into.extend_from_slice(text.as_bytes());
    }
    for link in &event.links {
        let key = key_of(link).as_str();
        into.push(if matches!(link, Link::Merge(_)) { LINK_MERGE } else { LINK_CLAIM });
        into.extend_from_slice(&(key.len() as u16).to_le_bytes());
        into.extend_from_slice(key.as_bytes());
    }
    into.extend_from_slice(event.props.as_bytes());
    into.extend_from_slice(person_props.as_bytes());
}

fn key_of(link: &Link) -> &PersonKey {
    let (Link::Claim(key) | Link::Merge(key)) = link;
    key
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// The event that starts at `offset`, and where the next one starts. `None`: these are not bytes of ours.
pub(crate) fn decode(bytes: &[u8], offset: usize) -> Option<(EventRef<'_>, usize)> {
    let bytes = bytes.get(offset..)?;
    let head = bytes.get(..HEAD)?;
    let mut at = HEAD;
    let mut take = |length: usize| {
        let part = bytes.get(at..at.checked_add(length)?)?;
        at += length;
        Some(part)
    };
    let name = str::from_utf8(take(u16::from_le_bytes(number(head, 16)?).into())?).ok()?;
    let person = str::from_utf8(take(u16::from_le_bytes(number(head, 18)?).into())?).ok()?;
    let message_id = str::from_utf8(take(head[20].into())?).ok()?;
    let source = str::from_utf8(take(head[21].into())?).ok()?;
    let links = take(u32::from_le_bytes(number(head, 24)?) as usize)?;
    let props = take(u32::from_le_bytes(number(head, 28)?) as usize)?;
    let person_props = take(u32::from_le_bytes(number(head, 32)?) as usize)?;
    let event = EventRef {
        at_ms: i64::from_le_bytes(number(head, 0)?),
        received_ms: i64::from_le_bytes(number(head, 8)?),
        name,
        person,
        message_id,
        source: (!source.is_empty()).then_some(source),
        links,
        props,
        person_props: (head[22] & FLAG_PERSON_PROPS != 0).then_some(person_props),
    };
    Some((event, offset + at))
}

impl<'a> EventRef<'a> {
    /// The properties: a JSON object.
    pub(crate) fn props(&self) -> &'a str {
        // The checksum of the frame stands for what was a `String` when it was written.
        str::from_utf8(self.props).unwrap_or("{}")
    }

    /// The facts to set on the person: a JSON object.
    pub(crate) fn person_props(&self) -> Option<&'a str> {
        self.person_props.map(|text| str::from_utf8(text).unwrap_or("{}"))
    }

    /// Whether the event names another key of the person.
    pub(crate) fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    /// The other keys of the person.
    pub(crate) fn links(&self) -> impl Iterator<Item = LinkRef<'a>> + use<'a> {
        let mut rest = self.links;
        std::iter::from_fn(move || {
            let kind = *rest.first()?;
            let length = usize::from(u16::from_le_bytes(number(rest, 1)?));
            let key = str::from_utf8(rest.get(3..3 + length)?).ok()?;
            rest = &rest[3 + length..];
            Some(LinkRef { always: kind == LINK_MERGE, key })
        })
    }

    /// The event with memory of its own.
    pub(crate) fn to_event(self) -> NewEvent {
        NewEvent {
            message_id: self.message_id.to_owned(),
            name: self.name.to_owned(),
            at: Timestamp::from_ms(self.at_ms),
            received_at: Timestamp::from_ms(self.received_ms),
            person: PersonKey::trusted(self.person),
            links: self.links().map(LinkRef::to_link).collect(),
            props: self.props().to_owned(),
            person_props: self.person_props().map(str::to_owned),
            source: self.source.map(str::to_owned),
        }
    }
}

impl LinkRef<'_> {
    fn to_link(self) -> Link {
        let key = PersonKey::trusted(self.key);
        if self.always { Link::Merge(key) } else { Link::Claim(key) }
    }
}

/// Links as the JSON text that segments carry: `[["claim","user:7"],["merge","email:a@b.no"]]`.
pub(crate) fn links_to_json<'a>(links: impl Iterator<Item = LinkRef<'a>>) -> String {
    let pairs: Vec<(&str, &str)> = links.map(|link| (if link.always { "merge" } else { "claim" }, link.key)).collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// Read back what [`links_to_json`] wrote.
pub(crate) fn links_from_json(text: &str) -> Option<Vec<Link>> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).ok()?;
    let link = |(kind, key): (String, String)| match kind.as_str() {
        "merge" => Some(Link::Merge(PersonKey::trusted(&key))),
        "claim" => Some(Link::Claim(PersonKey::trusted(&key))),
        _ => None,
    };
    pairs.into_iter().map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::sample;

    #[test]
    fn an_event_comes_back_as_it_was() {
        let mut full = sample("m2");
        full.name = "Ordre fullført".to_owned();
        full.links = vec![
            Link::Claim(PersonKey::user("7").unwrap()),
            Link::Merge(PersonKey::parse("email:kåre@example.no").unwrap()),
        ];
        full.props = r#"{"æ":[1,{"b":null}]}"#.to_owned();
        full.person_props = Some("{}".to_owned());
        full.source = Some("imp_1".to_owned());
        let mut bytes = Vec::new();
        for event in [&sample("m1"), &full] {
            encode(event, &mut bytes);
        }
        let (first, next) = decode(&bytes, 0).unwrap();
        let (second, end) = decode(&bytes, next).unwrap();
        assert_eq!((first.to_event(), second.to_event(), end), (sample("m1"), full.clone(), bytes.len()));
        assert_eq!(links_from_json(&links_to_json(second.links())), Some(full.links));
        for cut in 1..bytes.len() {
            assert!(decode(&bytes[..cut], if cut > next { next } else { 0 }).is_none() || cut == next);
        }
    }
}
