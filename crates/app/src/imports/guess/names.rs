//! What column names mean: in English, the Nordic and a few other languages, and as common tools label
//! their exports (Mailchimp, HubSpot, Segment, PostHog, Google Contacts, Salesforce, Shopify).

/// What a column's name says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Event,
    Time,
    User,
    Anonymous,
    MessageId,
    Email,
    Phone,
    FirstName,
    LastName,
    FullName,
    Company,
    Locale,
    Tags,
    CreatedAt,
    Consent,
    OptOut,
    ConsentAt,
    DealStage,
    DealTitle,
    DealStatus,
    Pipeline,
    Amount,
    Currency,
    Discount,
    Reason,
    ClosedAt,
    RecordId,
    ContactIds,
    /// What a program keeps of its own accord.
    OfItself,
    Owner,
    Domain,
    OrganisationNumber,
    Address,
}

/// Letters and digits in lower case: `E-Mail Address` and `email_address` are one name.
pub(in crate::imports) fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The first of the names of stages: those that say of themselves that deals are meant.
pub(super) const SURE_STAGES: usize = 3;

/// In each list the surest name stands first; of two columns with the same meaning the surer one wins.
const WORDS: [(Word, &[&str]); 33] = [
    (
        Word::Event,
        &[
            "event",
            "eventname",
            "eventtype",
            "action",
            "activity",
            "activityname",
            "activitytype",
            "conceptname",
            "hendelse",
            "hendelsestype",
            "händelse",
            "hændelse",
            "tapahtuma",
            "ereignis",
            "aktion",
            "événement",
            "evento",
            "gebeurtenis",
            "verb",
        ],
    ),
    (
        Word::Time,
        &[
            "timestamp",
            "eventtimestamp",
            "eventtime",
            "occurredat",
            "happenedat",
            "time",
            "datetime",
            "eventdate",
            "ts",
            "date",
            "timetimestamp",
            "servertime",
            "eventat",
            "tidspunkt",
            "tidsstempel",
            "tid",
            "dato",
            "datum",
            "aikaleima",
            "aika",
            "päivämäärä",
            "pvm",
            "zeitstempel",
            "zeitpunkt",
            "zeit",
            "horodatage",
            "heure",
            "fecha",
            "data",
            "receivedat",
            "sentat",
            "closedate",
            "createdat",
        ],
    ),
    (
        Word::User,
        &[
            "userid",
            "distinctid",
            "personid",
            "customerid",
            "contactid",
            "leadid",
            "mqlid",
            "memberid",
            "subscriberid",
            "uid",
            "recordid",
            "recordidcontact",
            "associatedcontactids",
            "associatedcontactid",
            "kundeid",
            "kundenr",
            "kundenummer",
            "brukerid",
            "användarid",
            "kundid",
            "kundnummer",
            "asiakasid",
            "asiakasnumero",
            "käyttäjäid",
            "benutzerid",
            "kundennummer",
            "idclient",
            "idcliente",
            "clientid",
            "caseid",
            "caseconceptname",
            "patientid",
            "buyerid",
            "shopperid",
            "accountid",
            "vid",
            "user",
            "customer",
            "person",
            "contact",
            "lead",
            "kunde",
            "kund",
        ],
    ),
    (
        Word::Anonymous,
        &[
            "anonymousid",
            "anonid",
            "deviceid",
            "cookieid",
            "visitorid",
            "fullvisitorid",
            "userpseudoid",
            "browserid",
            "besøkendeid",
        ],
    ),
    (Word::MessageId, &["messageid", "eventuuid", "insertid", "eventid", "uuid", "hendelseid"]),
    (
        Word::Email,
        &[
            "email",
            "emailaddress",
            "epost",
            "epostadresse",
            "epostadress",
            "eposti",
            "sähköposti",
            "sähköpostiosoite",
            "emailadresse",
            "emailadres",
            "mail",
            "mailadresse",
            "courriel",
            "adresseemail",
            "adressemail",
            "correo",
            "correoelectrónico",
            "correoelectronico",
            "indirizzoemail",
            "useremail",
            "customeremail",
            "contactemail",
            "personemail",
            "workemail",
            "primaryemail",
            "email1value",
            "subscriber",
            "associatedemail",
            "traitsemail",
        ],
    ),
    (
        Word::Phone,
        &[
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilephonenumber",
            "telephone",
            "tel",
            "telefon",
            "telefonnummer",
            "tlf",
            "tlfnr",
            "mobil",
            "mobilnummer",
            "mobiltelefon",
            "puhelin",
            "puhelinnumero",
            "matkapuhelin",
            "handy",
            "teléfono",
            "telefono",
            "téléphone",
            "cell",
            "cellphone",
            "phone1value",
        ],
    ),
    (
        Word::FirstName,
        &[
            "firstname",
            "givenname",
            "fname",
            "fornavn",
            "förnamn",
            "etunimi",
            "vorname",
            "prénom",
            "prenom",
            "nombre",
            "voornaam",
            "first",
        ],
    ),
    (
        Word::LastName,
        &[
            "lastname",
            "surname",
            "familyname",
            "lname",
            "etternavn",
            "efternavn",
            "efternamn",
            "sukunimi",
            "nachname",
            "apellidos",
            "apellido",
            "achternaam",
            "nomdefamille",
            "last",
        ],
    ),
    (
        Word::FullName,
        &[
            "fullname",
            "name",
            "contactname",
            "displayname",
            "customername",
            "navn",
            "kundenavn",
            "namn",
            "kundnamn",
            "nimi",
            "asiakas",
            "nom",
            "nombrecompleto",
        ],
    ),
    (
        Word::Company,
        &[
            "company",
            "companyname",
            "organization",
            "organisation",
            "organizationname",
            "accountname",
            "associatedcompany",
            "organization1name",
            "firma",
            "firmanavn",
            "bedrift",
            "selskap",
            "virksomhed",
            "företag",
            "yritys",
            "unternehmen",
            "société",
            "empresa",
            "bedrijf",
        ],
    ),
    (
        Word::Locale,
        &["locale", "language", "preferredlanguage", "lang", "språk", "sprog", "kieli", "sprache", "langue"],
    ),
    (Word::Tags, &["tags", "tag", "labels", "etiketter", "merkelapper", "tunnisteet", "groupmembership"]),
    (
        Word::CreatedAt,
        &[
            "createdat",
            "createdate",
            "createddate",
            "created",
            "datecreated",
            "dateadded",
            "optintime",
            "signupdate",
            "signedupat",
            "registeredat",
            "registered",
            "membersince",
            "opprettet",
            "oprettet",
            "skapad",
            "luotu",
            "angelegtam",
            "addedat",
            "subscribedat",
        ],
    ),
    (
        Word::Consent,
        &[
            "consent",
            "marketingconsent",
            "consentstatus",
            "subscriptionstatus",
            "emailmarketingstatus",
            "emailmarketingconsent",
            "emailstatus",
            "acceptsmarketing",
            "acceptsemailmarketing",
            "newsletter",
            "nyhetsbrev",
            "nyhedsbrev",
            "uutiskirje",
            "samtykke",
            "samtycke",
            "suostumus",
            "einwilligung",
            "optin",
            "optedin",
            "emailoptin",
            "marketingoptin",
            "agreedtomarketing",
            "subscribed",
            "marketing",
            "permission",
            "status",
        ],
    ),
    (
        Word::OptOut,
        &[
            "unsubscribedfromallemail",
            "hasoptedoutofemail",
            "emailoptout",
            "optout",
            "optedout",
            "donotemail",
            "unsubscribed",
            "avmeldt",
            "reservert",
        ],
    ),
    (
        Word::ConsentAt,
        &[
            "unsubtime",
            "cleantime",
            "confirmtime",
            "consentat",
            "consentdate",
            "consenttime",
            "optindate",
            "optinat",
            "optedinat",
            "unsubscribedat",
            "optedoutat",
        ],
    ),
    (
        Word::DealStage,
        &[
            "dealstage",
            "stagename",
            "opportunitystage",
            "stage",
            "fase",
            "salgsfase",
            "steg",
            "säljsteg",
            "trin",
            "vaihe",
        ],
    ),
    (
        Word::DealTitle,
        &[
            "dealname",
            "dealtitle",
            "deal",
            "opportunityname",
            "opportunity",
            "title",
            "salg",
            "avtale",
            "avtalenavn",
            "tittel",
            "affär",
            "affärensnamn",
            "titel",
            "kauppa",
            "otsikko",
        ],
    ),
    (Word::DealStatus, &["dealstatus", "status", "tila"]),
    (Word::Pipeline, &["pipeline", "funnel", "salgstrakt", "trakt", "tratt", "säljtratt", "tragt", "suppilo"]),
    (
        Word::Amount,
        &[
            "amount",
            "dealamount",
            "dealvalue",
            "value",
            "beløp",
            "verdi",
            "belopp",
            "värde",
            "beløb",
            "værdi",
            "summa",
            "arvo",
        ],
    ),
    (
        Word::Currency,
        &[
            "currency",
            "dealcurrency",
            "valuta",
            "valuutta",
            "valuecurrency",
            "verdicurrency",
            "värdecurrency",
            "værdicurrency",
            "arvocurrency",
        ],
    ),
    (Word::Discount, &["discount", "discountpercent", "rabatt", "rabat", "alennus"]),
    (
        Word::Reason,
        &[
            "lostreason",
            "closedlostreason",
            "reason",
            "grunn",
            "tapsgrunn",
            "orsak",
            "förlustorsak",
            "årsag",
            "tabsårsag",
            "syy",
            "häviämisensyy",
        ],
    ),
    (
        Word::ClosedAt,
        &["closedate", "closedat", "closed", "avsluttet", "avslutad", "avslutat", "afsluttet", "päättynyt", "suljettu"],
    ),
    (Word::RecordId, &["recordid", "dealid", "companyid", "id", "salgsid", "bedriftsid", "affärsid", "kaupanid"]),
    (
        Word::ContactIds,
        &["contactid", "contactids", "associatedcontactids", "kontaktid", "kontaktensid", "yhteyshenkilönid"],
    ),
    (
        Word::OfItself,
        &[
            "updatedat",
            "stageenteredat",
            "instagesince",
            "changed",
            "ifasensiden",
            "istegetsedan",
            "vaiheessaalkaen",
            "channel",
            "kanal",
            "kanava",
            "contact",
            "kontakt",
            "yhteyshenkilö",
        ],
    ),
    (
        Word::Owner,
        &[
            "owner",
            "ownerid",
            "contactowner",
            "companyowner",
            "salesrep",
            "ansvarlig",
            "eier",
            "selger",
            "ansvarig",
            "vastuuhenkilö",
            "säljare",
        ],
    ),
    (Word::Domain, &["domain", "companydomain", "website", "nettsted", "hjemmeside", "hemsida", "domene"]),
    (
        Word::OrganisationNumber,
        &["organisationnumber", "organizationnumber", "orgnr", "orgnummer", "organisasjonsnummer", "cvr", "vatnumber"],
    ),
    (Word::Address, &["address", "streetaddress", "adresse", "adress", "postadresse", "osoite"]),
];

/// Whether a name says that there are codes of countries, one of which reads like a no.
pub(super) fn names_a_country(name: &str) -> bool {
    matches!(plain(name).as_str(), "cc" | "country" | "countrycode" | "land" | "landkode" | "landskod" | "maa")
}

/// What a name says, and how sure it is: 0 is the surest. A name may say several things.
pub(super) fn words(name: &str) -> Vec<(Word, usize)> {
    let plain = plain(name);
    let found = WORDS.iter().filter_map(|(word, names)| {
        let rank = names.iter().position(|known| *known == plain)?;
        Some((*word, rank))
    });
    found.collect()
}

/// What happened, by a part of the name of the column that says when, or of the file. The first that
/// fits decides, so narrower parts stand first.
const HAPPENINGS: [(&str, &str); 46] = [
    ("unsub", "Unsubscribed"),
    ("refund", "Order Refunded"),
    ("cancel", "Subscription Cancelled"),
    ("lost", "Deal Lost"),
    ("tapt", "Deal Lost"),
    ("won", "Deal Won"),
    ("closed", "Deal Won"),
    ("closing", "Deal Won"),
    ("closedate", "Deal Won"),
    ("vunnet", "Deal Won"),
    ("vunnen", "Deal Won"),
    ("vundet", "Deal Won"),
    ("voitettu", "Deal Won"),
    ("firstcontact", "Lead Captured"),
    ("lead", "Lead Captured"),
    ("mql", "Lead Captured"),
    ("inquiry", "Lead Captured"),
    ("enquiry", "Lead Captured"),
    ("henvendelse", "Lead Captured"),
    ("liidi", "Lead Captured"),
    ("paid", "Order Paid"),
    ("payment", "Order Paid"),
    ("betalt", "Order Paid"),
    ("checkout", "Checkout Started"),
    ("order", "Order Completed"),
    ("purchase", "Order Completed"),
    ("bestilling", "Order Completed"),
    ("beställning", "Order Completed"),
    ("tilaus", "Order Completed"),
    ("kjøp", "Order Completed"),
    ("köp", "Order Completed"),
    ("sale", "Order Completed"),
    ("transaction", "Order Completed"),
    ("booking", "Booking Made"),
    ("booked", "Booking Made"),
    ("appointment", "Booking Made"),
    ("meeting", "Meeting Held"),
    ("møte", "Meeting Held"),
    ("download", "Lead Magnet Downloaded"),
    ("trial", "Trial Started"),
    ("signup", "Signed Up"),
    ("signedup", "Signed Up"),
    ("regist", "Signed Up"),
    ("opened", "Email Opened"),
    ("click", "Email Link Clicked"),
    ("visit", "Page Viewed"),
];

/// What happened, by the name of a column or a file.
pub(super) fn happening(name: &str) -> Option<&'static str> {
    let plain = plain(name);
    HAPPENINGS.iter().find(|(part, _)| plain.contains(part)).map(|(_, event)| *event)
}

/// Whether a plain word says that a deal was won (true) or lost.
pub(in crate::imports) fn deal_end(plain: &str) -> Option<bool> {
    match plain {
        "closedwon" | "won" | "vunnet" | "vunnen" | "vundet" | "voitettu" | "gewonnen" => Some(true),
        "closedlost" | "lost" | "tapt" | "förlorad" | "tabt" | "hävitty" | "verloren" => Some(false),
        _ => None,
    }
}

/// Stages of deals in exports, and the events they are.
pub(super) fn deal_stage(stage: &str) -> Option<&'static str> {
    deal_end(&plain(stage)).map(|is_won| if is_won { "Deal Won" } else { "Deal Lost" })
}

/// Whether a name says that the column holds dates or times.
pub(super) fn names_a_time(name: &str) -> bool {
    let plain = plain(name);
    ["date", "time", "dato", "datum", "fecha", "pvm", "tidspunkt"].iter().any(|part| plain.contains(part))
        || name.ends_with("_at")
        || name.ends_with("At")
        || words(name).iter().any(|(word, _)| matches!(word, Word::Time | Word::CreatedAt | Word::ConsentAt))
}

/// Numbers that are names: nobody adds them up.
pub(super) fn names_a_thing(name: &str) -> bool {
    let plain = plain(name);
    let spaced = name.to_lowercase();
    let last = spaced.rsplit(|c: char| !c.is_alphanumeric()).find(|part| !part.is_empty()).unwrap_or("");
    matches!(last, "id" | "ids" | "nr" | "no" | "code" | "zip" | "key" | "sku" | "uuid" | "hash" | "token")
        || name.ends_with("Id")
        || name.ends_with("ID")
        || ["zipcode", "postcode", "postalcode", "postnr", "postnummer", "phone", "orgnr", "version"]
            .contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_the_same_in_many_languages_and_tools() {
        let is = |name: &str, word: Word| words(name).iter().any(|(found, _)| *found == word);
        for name in ["Email Address", "E-post", "sähköposti", "E-Mail-Adresse", "email_address", "E-mail 1 - Value"] {
            assert!(is(name, Word::Email), "{name}");
        }
        for name in ["user_id", "distinct_id", "mql_id", "Kundenummer", "Record ID"] {
            assert!(is(name, Word::User), "{name}");
        }
        assert!(
            is("concept:name", Word::Event)
                && is("Mobile Phone Number", Word::Phone)
                && is("OPTIN_TIME", Word::CreatedAt)
        );
        assert!(words("declared_monthly_revenue").is_empty());
    }

    #[test]
    fn what_happened_is_read_from_names() {
        for (name, event) in [
            ("won_date", "Deal Won"),
            ("first_contact_date", "Lead Captured"),
            ("closed_deals.csv", "Deal Won"),
            ("Order Date", "Order Completed"),
        ] {
            assert_eq!(happening(name), Some(event), "{name}");
        }
        assert_eq!(happening("date"), None);
        assert_eq!(deal_stage("Closed Won"), Some("Deal Won"));
        assert!(names_a_thing("landing_page_id") && names_a_thing("orderId") && !names_a_thing("paid"));
    }
}
