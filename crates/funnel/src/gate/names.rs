//! What people call the fields that gates ask for.

use std::collections::BTreeMap;

use base::Locale;

use super::{Block, Reason};
use crate::format::Language;
use crate::localized::Localized;

/// What a company calls its own fields, by their full names: `deal.need`, `contact.budget`.
pub type Labels = BTreeMap<String, Localized>;

impl Block {
    /// The same with the company's own label where the gate has none: what a gate says of a field stands above it.
    #[must_use]
    pub fn labelled(mut self, labels: &Labels) -> Self {
        if let Reason::FieldMissing { field, label, .. } | Reason::FieldWrong { field, label, .. } = &mut self.reason
            && label.is_empty()
            && let Some(own) = labels.get(field)
        {
            *label = own.clone();
        }
        self
    }
}

impl Reason {
    /// What people call the field that is asked for, in the reader's language.
    pub fn field_name(&self, locale: &Locale) -> Option<String> {
        match self {
            Self::FieldMissing { field, label, .. } | Self::FieldWrong { field, label, .. } => {
                Some(name(field, label, locale))
            }
            _ => None,
        }
    }
}

/// What people call a field: its label, else what the program calls it in their language, else its name without where
/// it lives.
pub(super) fn name(field: &str, label: &Localized, locale: &Locale) -> String {
    let own = label.get(locale).trim();
    if !own.is_empty() {
        return own.to_owned();
    }
    let plain = field.split_once('.').map_or(field, |(_, name)| name);
    match built_in(field) {
        Some(names) => Language::of(locale).pick(names).to_owned(),
        None => plain.replace('_', " "),
    }
}

/// The fields that the program keeps itself, and those that shipped funnels ask for.
fn built_in(field: &str) -> Option<[&'static str; 5]> {
    Some(match field {
        "contact.email" => ["E-mail address", "E-postadresse", "E-postadress", "E-mailadresse", "Sähköpostiosoite"],
        "contact.phone" => ["Telephone", "Telefon", "Telefon", "Telefon", "Puhelin"],
        "contact.first_name" => ["First name", "Fornavn", "Förnamn", "Fornavn", "Etunimi"],
        "contact.last_name" => ["Last name", "Etternavn", "Efternamn", "Efternavn", "Sukunimi"],
        "contact.company" | "company.name" => ["Company", "Firma", "Företag", "Virksomhed", "Yritys"],
        "contact.locale" => ["Language", "Språk", "Språk", "Sprog", "Kieli"],
        "contact.tags" => ["Tags", "Etiketter", "Taggar", "Mærker", "Tunnisteet"],
        "deal.value" => ["Value", "Verdi", "Värde", "Værdi", "Arvo"],
        "deal.currency" => ["Currency", "Valuta", "Valuta", "Valuta", "Valuutta"],
        "deal.discount" => ["Discount", "Rabatt", "Rabatt", "Rabat", "Alennus"],
        "deal.title" => ["Title", "Tittel", "Titel", "Titel", "Otsikko"],
        "deal.owner" => ["Owner", "Ansvarlig", "Ansvarig", "Ansvarlig", "Vastuuhenkilö"],
        "deal.close_date" => ["Closing date", "Avslutningsdato", "Avslutsdatum", "Afslutningsdato", "Päätöspäivä"],
        "contact.channel" | "deal.channel" => ["Channel", "Kanal", "Kanal", "Kanal", "Kanava"],
        _ => return None,
    })
}

/// What people call something that must have happened: the program's own events and those of shipped funnels in their
/// language, others as they are called.
pub(super) fn event(name: &str, language: Language) -> &str {
    let names = match name {
        "Booking Made" => ["Booking made", "Time bestilt", "Tid bokad", "Tid bestilt", "Aika varattu"],
        "Call Logged" => ["Call logged", "Samtale ført", "Samtal fört", "Opkald noteret", "Puhelu kirjattu"],
        "Contract Signed" => [
            "Contract signed",
            "Kontrakt signert",
            "Avtal undertecknat",
            "Kontrakt underskrevet",
            "Sopimus allekirjoitettu",
        ],
        "Deposit Paid" => {
            ["Deposit paid", "Depositum betalt", "Handpenning betald", "Depositum betalt", "Ennakkomaksu maksettu"]
        }
        "Event Attended" => [
            "Event attended",
            "Deltakelse på arrangementet",
            "Deltagande i evenemanget",
            "Deltagelse i arrangementet",
            "Osallistuminen tilaisuuteen",
        ],
        "Meeting Held" => ["Meeting held", "Møte holdt", "Möte hållet", "Møde holdt", "Tapaaminen pidetty"],
        "Order Completed" => {
            ["Order placed", "Bestilling mottatt", "Beställning mottagen", "Bestilling modtaget", "Tilaus saatu"]
        }
        "Order Paid" => ["Order paid", "Ordre betalt", "Order betald", "Ordre betalt", "Tilaus maksettu"],
        "Proposal Accepted" => {
            ["Proposal accepted", "Tilbud godtatt", "Offert accepterad", "Tilbud accepteret", "Tarjous hyväksytty"]
        }
        "Proposal Sent" => ["Proposal sent", "Tilbud sendt", "Offert skickad", "Tilbud sendt", "Tarjous lähetetty"],
        "Proposal Viewed" => ["Proposal read", "Tilbud lest", "Offert läst", "Tilbud læst", "Tarjous luettu"],
        "Task Completed" => ["Task done", "Oppgave utført", "Uppgift utförd", "Opgave udført", "Tehtävä tehty"],
        "Webinar Attended" => [
            "Webinar attended",
            "Deltakelse på webinaret",
            "Deltagande i webbinariet",
            "Deltagelse i webinaret",
            "Osallistuminen webinaariin",
        ],
        other => return other,
    };
    language.pick(names)
}
