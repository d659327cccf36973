//! What a visitor is told about an answer, in the visitor's language.

use base::Locale;

use super::ErrorCode;
use crate::format::Language;

/// The message for a field, naming what to do.
pub fn message(code: ErrorCode, max_chars: u32, locale: &Locale) -> String {
    template(code, Language::of(locale)).replace("{max}", &max_chars.to_string())
}

#[rustfmt::skip]
fn template(code: ErrorCode, language: Language) -> &'static str {
    use ErrorCode as C;
    use Language as L;
    match (code, language) {
        (C::Required, L::En) => "Please fill this in.",
        (C::Required, L::Nb) => "Fyll ut dette feltet.",
        (C::Required, L::Sv) => "Fyll i det här fältet.",
        (C::Required, L::Da) => "Udfyld dette felt.",
        (C::Required, L::Fi) => "Täytä tämä kohta.",
        (C::EmailRequired, L::En) => "Please write your e-mail address, so that we can reply.",
        (C::EmailRequired, L::Nb) => "Skriv e-postadressen din, så vi kan svare deg.",
        (C::EmailRequired, L::Sv) => "Skriv din e-postadress så att vi kan svara dig.",
        (C::EmailRequired, L::Da) => "Skriv din e-mailadresse, så vi kan svare dig.",
        (C::EmailRequired, L::Fi) => "Kirjoita sähköpostiosoitteesi, jotta voimme vastata sinulle.",
        (C::EmailShape, L::En) => "That does not look like an e-mail address. It should read like name@example.com.",
        (C::EmailShape, L::Nb) => "Dette ser ikke ut som en e-postadresse. Den skal se ut som navn@eksempel.no.",
        (C::EmailShape, L::Sv) => "Det här ser inte ut som en e-postadress. Den ska se ut som namn@exempel.se.",
        (C::EmailShape, L::Da) => "Det ligner ikke en e-mailadresse. Den skal se ud som navn@eksempel.dk.",
        (C::EmailShape, L::Fi) => "Tämä ei näytä sähköpostiosoitteelta. Oikea muoto on nimi@esimerkki.fi.",
        (C::PhoneShape, L::En) => "Please write a phone number with digits only, such as +47 22 33 44 55.",
        (C::PhoneShape, L::Nb) => "Skriv telefonnummeret med bare tall, for eksempel 22 33 44 55.",
        (C::PhoneShape, L::Sv) => "Skriv telefonnumret med bara siffror, till exempel 070-123 45 67.",
        (C::PhoneShape, L::Da) => "Skriv telefonnummeret kun med tal, for eksempel 22 33 44 55.",
        (C::PhoneShape, L::Fi) => "Kirjoita puhelinnumero pelkin numeroin, esimerkiksi 040 123 4567.",
        (C::TooLong, L::En) => "That is a little too long. Please use at most {max} characters.",
        (C::TooLong, L::Nb) => "Dette ble litt for langt. Bruk høyst {max} tegn.",
        (C::TooLong, L::Sv) => "Det blev lite för långt. Använd högst {max} tecken.",
        (C::TooLong, L::Da) => "Det blev lidt for langt. Brug højst {max} tegn.",
        (C::TooLong, L::Fi) => "Teksti on hieman liian pitkä. Käytä enintään {max} merkkiä.",
        (C::NotAChoice, L::En) => "Please choose one of the options.",
        (C::NotAChoice, L::Nb) => "Velg et av alternativene.",
        (C::NotAChoice, L::Sv) => "Välj ett av alternativen.",
        (C::NotAChoice, L::Da) => "Vælg en af mulighederne.",
        (C::NotAChoice, L::Fi) => "Valitse jokin vaihtoehdoista.",
        (C::ConsentRequired, L::En) => "Please tick this box to go on.",
        (C::ConsentRequired, L::Nb) => "Kryss av her for å gå videre.",
        (C::ConsentRequired, L::Sv) => "Kryssa i rutan för att gå vidare.",
        (C::ConsentRequired, L::Da) => "Sæt kryds her for at gå videre.",
        (C::ConsentRequired, L::Fi) => "Rastita tämä ruutu jatkaaksesi.",
    }
}
