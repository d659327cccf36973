//! The funnel that a new company starts with.

use base::{Currency, Locale};

use super::{EntersOn, FunnelDoc, Stage};
use crate::channel::{Channel, ChannelKind, Touchpoint, Utm};
use crate::localized::Localized;

/// id, event, occurrence, names in en, nb, sv, da, fi.
const STAGES: [(&str, &str, u32, [&str; 5]); 6] = [
    ("awareness", "Page Viewed", 1, ["Awareness", "Oppmerksomhet", "Kännedom", "Opmærksomhed", "Tietoisuus"]),
    ("interest", "Lead Captured", 1, ["Interest", "Interesse", "Intresse", "Interesse", "Kiinnostus"]),
    (
        "consideration",
        "Lead Magnet Downloaded",
        1,
        ["Consideration", "Vurdering", "Övervägande", "Overvejelse", "Harkinta"],
    ),
    ("decision", "Offer Viewed", 1, ["Decision", "Beslutning", "Beslut", "Beslutning", "Päätös"]),
    ("action", "Order Completed", 1, ["Purchase", "Kjøp", "Köp", "Køb", "Osto"]),
    ("loyalty", "Order Completed", 2, ["Loyalty", "Lojalitet", "Lojalitet", "Loyalitet", "Uskollisuus"]),
];

/// The languages that [`STAGES`] are named in.
const LANGUAGES: [&str; 5] = ["en", "nb", "sv", "da", "fi"];

const TITLE: [&str; 5] = ["Sales funnel", "Salgstrakt", "Säljtratt", "Salgstragt", "Myyntisuppilo"];

/// id, kind, targeted, source, medium, names.
type BuiltinChannel = (&'static str, ChannelKind, bool, &'static str, &'static str, [&'static str; 5]);

const CHANNELS: [BuiltinChannel; 7] = {
    use ChannelKind::{Earned, Owned, Paid};
    [
        ("google-ads", Paid, true, "google", "cpc", ["Google Ads"; 5]),
        ("meta-ads", Paid, true, "", "", ["Meta Ads"; 5]),
        (
            "newsletter",
            Owned,
            true,
            "",
            "email",
            ["Newsletter", "Nyhetsbrev", "Nyhetsbrev", "Nyhedsbrev", "Uutiskirje"],
        ),
        ("organic", Earned, false, "", "", ["Search", "Søk", "Sök", "Søgning", "Haku"]),
        (
            "social",
            Earned,
            false,
            "",
            "",
            ["Social media", "Sosiale medier", "Sociala medier", "Sociale medier", "Some"],
        ),
        (
            "referral",
            Earned,
            false,
            "",
            "",
            ["Other sites", "Andre nettsteder", "Andra sajter", "Andre sites", "Muut sivustot"],
        ),
        ("direct", Owned, false, "", "", ["Direct", "Direkte", "Direkt", "Direkte", "Suora"]),
    ]
};

/// The six stages from awareness to loyalty, entered on the events that the program itself makes.
pub fn six_stage(id: &str, currency: Currency, timezone: &str, locales: Vec<Locale>) -> FunnelDoc {
    FunnelDoc {
        stages: STAGES.iter().map(stage).collect(),
        channels: usual_channels(),
        ..FunnelDoc::new(id, localized(&TITLE), currency, timezone, locales)
    }
}

/// The channels that most companies have.
pub(crate) fn usual_channels() -> Vec<Channel> {
    CHANNELS.iter().map(channel).collect()
}

fn localized(texts: &[&str; 5]) -> Localized {
    if texts.iter().all(|text| *text == texts[0]) {
        return Localized::from(texts[0]);
    }
    let pairs: Vec<(&str, &str)> = LANGUAGES.iter().copied().zip(texts.iter().copied()).collect();
    Localized::of(&pairs)
}

fn stage((id, event, occurrence, names): &(&str, &str, u32, [&str; 5])) -> Stage {
    let enters_on = EntersOn { occurrence: *occurrence, ..EntersOn::from(*event) };
    Stage { name: localized(names), ..Stage::new(id, enters_on) }
}

fn channel((id, kind, targeted, source, medium, names): &BuiltinChannel) -> Channel {
    Channel {
        id: (*id).to_owned(),
        name: localized(names),
        kind: *kind,
        targeted: *targeted,
        touchpoint: Touchpoint::Online,
        utm: Utm { source: (*source).to_owned(), medium: (*medium).to_owned(), campaign: String::new() },
        code: String::new(),
    }
}
