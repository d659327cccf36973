//! What is in the way of a deal, in the reader's language.

use base::{Locale, Timestamp};

use super::names;
use super::{ApprovalVoid, Block, FieldFault, Reason};
use crate::document::{FunnelDoc, Role, StageId};
use crate::format::{self, Language};

impl Block {
    /// What is in the way and what to do about it, for a reader.
    pub fn text(&self, doc: &FunnelDoc, locale: &Locale) -> String {
        self.reason.text(doc, locale)
    }
}

impl Reason {
    /// What is in the way and what to do about it, for a reader. Times are of the funnel's zone.
    pub fn text(&self, doc: &FunnelDoc, locale: &Locale) -> String {
        let language = Language::of(locale);
        let day = |time: &Timestamp| format::date(*time, &doc.timezone, locale);
        let count = |count: u32| format::integer(i64::from(count), locale);
        let fill =
            |kind: Kind, values: &[(&str, String)]| format::fill(template(kind, language), values.iter().cloned());
        match self {
            Self::UnknownStage => fill(Kind::UnknownStage, &[]),
            Self::Closed { .. } => fill(Kind::Closed, &[]),
            Self::FieldMissing { field, label, .. } => {
                fill(Kind::FieldMissing, &[("field", names::name(field, label, locale))])
            }
            Self::FieldWrong { field, label, fault, .. } => {
                let (kind, value) = match fault {
                    FieldFault::Kind { .. } => (Kind::FieldMisfit, String::new()),
                    FieldFault::BelowMin { min } => (Kind::FieldBelowMin, min.to_string()),
                    FieldFault::AboveMax { max } => (Kind::FieldAboveMax, max.to_string()),
                    FieldFault::TooShort { chars_min } => (Kind::FieldTooShort, count(*chars_min)),
                    FieldFault::NotAChoice { .. } => (Kind::FieldNotAChoice, String::new()),
                    FieldFault::Past => (Kind::FieldPast, String::new()),
                };
                fill(kind, &[("field", names::name(field, label, locale)), ("value", value)])
            }
            Self::EventMissing { event, times, needed, counts_since, last_at, undone_at, .. } => {
                let event = ("event", names::event(event, language).to_owned());
                match (undone_at, last_at) {
                    (Some(undone), _) => fill(Kind::EventUndone, &[event, ("day", day(undone))]),
                    (None, Some(last)) if *times == 0 && counts_since.is_some_and(|since| *last < since) => {
                        fill(Kind::EventTooOld, &[event, ("day", day(last))])
                    }
                    _ if *needed == 1 => fill(Kind::EventAwaited, &[event]),
                    _ => fill(Kind::EventMissing, &[event, ("times", count(*times)), ("needed", count(*needed))]),
                }
            }
            Self::ConsentMissing { purpose, withdrawn_at, expired_at, .. } => {
                let purpose = ("purpose", purpose.clone());
                match (withdrawn_at, expired_at) {
                    (Some(at), _) => fill(Kind::ConsentWithdrawn, &[purpose, ("day", day(at))]),
                    (None, Some(at)) => fill(Kind::ConsentExpired, &[purpose, ("day", day(at))]),
                    (None, None) => fill(Kind::ConsentMissing, &[purpose]),
                }
            }
            Self::Skipping { through } => {
                let name = |id: &StageId| doc.stage(id).map_or(id.as_str(), |stage| stage.name(locale)).to_owned();
                let names: Vec<String> = through.iter().map(name).collect();
                fill(Kind::Skipping, &[("stages", names.join(", "))])
            }
            Self::NoGoingBack => fill(Kind::NoGoingBack, &[]),
            Self::TooEarly { until } => {
                fill(Kind::TooEarly, &[("time", format::date_time(*until, &doc.timezone, locale))])
            }
            Self::Overdue { since } => fill(Kind::Overdue, &[("day", day(since))]),
            Self::ApprovalMissing { by, void, .. } => {
                let kind = match void {
                    None => Kind::ApprovalMissing,
                    Some(ApprovalVoid::DealChanged) => Kind::ApprovalChanged,
                    Some(ApprovalVoid::SameEyes) => Kind::ApprovalSameEyes,
                    Some(ApprovalVoid::TooOld | ApprovalVoid::WrongRole) => Kind::ApprovalVoid,
                };
                let who = if by.is_empty() { &[Role::Owner, Role::Admin] } else { by.as_slice() };
                let roles: Vec<&str> = who.iter().map(|role| role_name(*role, language)).collect();
                fill(kind, &[("roles", roles.join(", "))])
            }
            Self::OverrideNotAllowed => fill(Kind::OverrideNotAllowed, &[]),
            Self::OverrideReasonShort { chars_min } => fill(Kind::OverrideReasonShort, &[("value", count(*chars_min))]),
        }
    }
}

fn role_name(role: Role, language: Language) -> &'static str {
    let names = match role {
        Role::Owner => ["owner", "eier", "ägare", "ejer", "omistaja"],
        Role::Admin => ["administrator", "administrator", "administratör", "administrator", "ylläpitäjä"],
        Role::Marketer => ["marketer", "markedsfører", "marknadsförare", "marketingmedarbejder", "markkinoija"],
        Role::Manager => ["sales manager", "salgsleder", "säljchef", "salgschef", "myyntipäällikkö"],
        Role::Rep => ["salesperson", "selger", "säljare", "sælger", "myyjä"],
        Role::Viewer => ["viewer", "leser", "läsare", "læser", "lukija"],
    };
    language.pick(names)
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    UnknownStage,
    Closed,
    FieldMissing,
    FieldMisfit,
    FieldBelowMin,
    FieldAboveMax,
    FieldTooShort,
    FieldNotAChoice,
    FieldPast,
    EventAwaited,
    EventMissing,
    EventTooOld,
    EventUndone,
    ConsentMissing,
    ConsentWithdrawn,
    ConsentExpired,
    Skipping,
    NoGoingBack,
    TooEarly,
    Overdue,
    ApprovalMissing,
    ApprovalVoid,
    ApprovalChanged,
    ApprovalSameEyes,
    OverrideNotAllowed,
    OverrideReasonShort,
}

fn template(kind: Kind, language: Language) -> &'static str {
    let texts = match kind {
        Kind::UnknownStage => [
            "The funnel has no such stage.",
            "Trakten har ikke dette trinnet.",
            "Tratten har inte det här steget.",
            "Tragten har ikke dette trin.",
            "Suppilossa ei ole tätä vaihetta.",
        ],
        Kind::Closed => [
            "This deal has ended. Open it again first.",
            "Avtalen er avsluttet. Åpne den igjen først.",
            "Affären är avslutad. Öppna den igen först.",
            "Handlen er afsluttet. Åbn den igen først.",
            "Kauppa on päättynyt. Avaa se ensin uudelleen.",
        ],
        Kind::FieldMissing => {
            ["Fill in: {field}.", "Fyll ut: {field}.", "Fyll i: {field}.", "Udfyld: {field}.", "Täytä: {field}."]
        }
        Kind::FieldMisfit => [
            "This does not fit: {field}.",
            "Dette passer ikke: {field}.",
            "Det här stämmer inte: {field}.",
            "Dette passer ikke: {field}.",
            "Tämä ei kelpaa: {field}.",
        ],
        Kind::FieldBelowMin => [
            "{field}: at least {value}.",
            "{field}: minst {value}.",
            "{field}: minst {value}.",
            "{field}: mindst {value}.",
            "{field}: vähintään {value}.",
        ],
        Kind::FieldAboveMax => [
            "{field}: at most {value}.",
            "{field}: høyst {value}.",
            "{field}: högst {value}.",
            "{field}: højst {value}.",
            "{field}: enintään {value}.",
        ],
        Kind::FieldTooShort => [
            "{field}: at least {value} characters.",
            "{field}: minst {value} tegn.",
            "{field}: minst {value} tecken.",
            "{field}: mindst {value} tegn.",
            "{field}: vähintään {value} merkkiä.",
        ],
        Kind::FieldNotAChoice => [
            "{field}: choose one of the options.",
            "{field}: velg et av alternativene.",
            "{field}: välj ett av alternativen.",
            "{field}: vælg en af mulighederne.",
            "{field}: valitse jokin vaihtoehdoista.",
        ],
        Kind::FieldPast => [
            "{field}: this day has passed. Choose a later one.",
            "{field}: denne dagen er passert. Velg en senere.",
            "{field}: den dagen har passerat. Välj en senare.",
            "{field}: den dag er passeret. Vælg en senere.",
            "{field}: päivä on jo mennyt. Valitse myöhempi.",
        ],
        Kind::EventAwaited => [
            "Waiting for: {event}.",
            "Venter på: {event}.",
            "Väntar på: {event}.",
            "Venter på: {event}.",
            "Odotetaan: {event}.",
        ],
        Kind::EventMissing => [
            "{event} is missing ({times} of {needed}).",
            "{event} mangler ({times} av {needed}).",
            "{event} saknas ({times} av {needed}).",
            "{event} mangler ({times} af {needed}).",
            "{event} puuttuu ({times}/{needed}).",
        ],
        Kind::EventTooOld => [
            "{event} of {day} no longer counts.",
            "{event} fra {day} gjelder ikke lenger.",
            "{event} från {day} gäller inte längre.",
            "{event} fra {day} gælder ikke længere.",
            "{event} ({day}) ei ole enää voimassa.",
        ],
        Kind::EventUndone => [
            "{event} was taken back on {day}.",
            "{event} ble trukket tilbake {day}.",
            "{event} togs tillbaka {day}.",
            "{event} blev trukket tilbage {day}.",
            "{event} peruttiin {day}.",
        ],
        Kind::ConsentMissing => [
            "The consent {purpose} is missing.",
            "Samtykket {purpose} mangler.",
            "Samtycket {purpose} saknas.",
            "Samtykket {purpose} mangler.",
            "Suostumus {purpose} puuttuu.",
        ],
        Kind::ConsentWithdrawn => [
            "The consent {purpose} was withdrawn on {day}.",
            "Samtykket {purpose} ble trukket tilbake {day}.",
            "Samtycket {purpose} återkallades {day}.",
            "Samtykket {purpose} blev trukket tilbage {day}.",
            "Suostumus {purpose} peruttiin {day}.",
        ],
        Kind::ConsentExpired => [
            "The consent {purpose} ran out on {day}: ask for it again.",
            "Samtykket {purpose} gikk ut {day}: be om det på nytt.",
            "Samtycket {purpose} gick ut {day}: be om det på nytt.",
            "Samtykket {purpose} udløb {day}: bed om det igen.",
            "Suostumus {purpose} vanheni {day}: pyydä se uudelleen.",
        ],
        Kind::Skipping => [
            "Go through these first: {stages}.",
            "Gå gjennom disse først: {stages}.",
            "Gå igenom dessa först: {stages}.",
            "Gå igennem disse først: {stages}.",
            "Käy ensin läpi: {stages}.",
        ],
        Kind::NoGoingBack => [
            "Deals do not go back from here.",
            "Avtaler går ikke tilbake herfra.",
            "Affärer går inte tillbaka härifrån.",
            "Handler går ikke tilbage herfra.",
            "Täältä ei palata taaksepäin.",
        ],
        Kind::TooEarly => {
            ["Wait until {time}.", "Vent til {time}.", "Vänta till {time}.", "Vent til {time}.", "Odota: {time}."]
        }
        Kind::Overdue => [
            "Overdue since {day}.",
            "Forfalt siden {day}.",
            "Försenad sedan {day}.",
            "Overskredet siden {day}.",
            "Myöhässä, määräaika oli {day}.",
        ],
        Kind::ApprovalMissing => [
            "Must be approved by: {roles}.",
            "Må godkjennes av: {roles}.",
            "Måste godkännas av: {roles}.",
            "Skal godkendes af: {roles}.",
            "Hyväksyjä: {roles}.",
        ],
        Kind::ApprovalVoid => [
            "The approval no longer counts. Ask again: {roles}.",
            "Godkjenningen gjelder ikke lenger. Spør igjen: {roles}.",
            "Godkännandet gäller inte längre. Fråga igen: {roles}.",
            "Godkendelsen gælder ikke længere. Spørg igen: {roles}.",
            "Hyväksyntä ei ole enää voimassa. Pyydä uudelleen: {roles}.",
        ],
        Kind::ApprovalChanged => [
            "The deal has changed since it was approved. Ask again: {roles}.",
            "Avtalen er endret siden den ble godkjent. Spør igjen: {roles}.",
            "Affären har ändrats sedan den godkändes. Fråga igen: {roles}.",
            "Handlen er ændret, siden den blev godkendt. Spørg igen: {roles}.",
            "Kauppa on muuttunut hyväksynnän jälkeen. Pyydä uudelleen: {roles}.",
        ],
        Kind::ApprovalSameEyes => [
            "Somebody else must approve this: {roles}.",
            "En annen må godkjenne dette: {roles}.",
            "Någon annan måste godkänna det här: {roles}.",
            "En anden skal godkende dette: {roles}.",
            "Jonkun muun on hyväksyttävä tämä: {roles}.",
        ],
        Kind::OverrideNotAllowed => [
            "You may not let this pass.",
            "Du kan ikke slippe dette gjennom.",
            "Du får inte släppa igenom det här.",
            "Du må ikke lade dette passere.",
            "Et voi päästää tätä läpi.",
        ],
        Kind::OverrideReasonShort => [
            "Say why in at least {value} characters.",
            "Skriv hvorfor med minst {value} tegn.",
            "Skriv varför med minst {value} tecken.",
            "Skriv hvorfor med mindst {value} tegn.",
            "Kerro syy vähintään {value} merkillä.",
        ],
    };
    language.pick(texts)
}
