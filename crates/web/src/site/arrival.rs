//! What brought a visitor: the channel, and the campaign behind it.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Public;
use super::visitor::Visitor;
use crate::ingest::Touch;

/// What an address says of where its visitor came from.
pub(super) struct Arrival {
    /// Empty when nothing says it.
    pub channel: String,
    touch: Touch,
    /// Click ids say which person clicked: they are told only with consent.
    tells_clicks: bool,
}

impl Arrival {
    /// A page that is being opened.
    pub fn of_view(public: &Public, visitor: &Visitor) -> Self {
        Self::of(public, visitor, &visitor.url(), visitor.referrer(), true)
    }

    /// Something done on the page that sent the request: its address is the referrer of the request.
    pub fn of_deed(public: &Public, visitor: &Visitor) -> Self {
        Self::of(public, visitor, visitor.referrer(), "", false)
    }

    fn of(public: &Public, visitor: &Visitor, url: &str, referrer: &str, is_view: bool) -> Self {
        let touch = Touch::of_url(url);
        let channels = public.app.running.channels();
        let channel = touch.channel(Some(url), Some(referrer), is_view, &channels).unwrap_or_default().to_owned();
        Self { channel, touch, tells_clicks: visitor.has_consented }
    }

    /// The campaign, by name of the property.
    pub fn campaign(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.touch.facts(self.tells_clicks)
    }
}

/// As properties of an event.
impl Serialize for Arrival {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.campaign() {
            map.serialize_entry(name, value)?;
        }
        if !self.channel.is_empty() {
            map.serialize_entry("channel", &self.channel)?;
        }
        map.end()
    }
}
