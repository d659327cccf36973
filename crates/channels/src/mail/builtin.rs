//! The templates every new company starts with, in English and Norwegian, complete and ready to edit.
//!
//! On disk each holds only its own words; the frame and the footer are shared (`templates/`). What is
//! given out is whole, so that an editor shows all of it and nothing is included when it is rendered.

use std::{fmt, str::FromStr};

use base::Locale;
use serde_json::{Value, json};

use super::template::TemplateSource;

const FRAME: &str = include_str!("../../templates/frame.mjml");

/// A template that the program itself sends. Each takes `company {name, postal_address, org_number,
/// time_zone}`, `brand {accent, logo_url, logo_width}`, `locale`, and what is said at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// The lead magnet: `contact.first_name`, `magnet {title, description, button, code}`,
    /// `link {download, expires_at, unsubscribe}`, `sender.name`.
    LeadMagnet,
    /// Double opt-in: `contact {first_name, email}`, `magnet.title`, `link {confirm, expires_at}`.
    ConfirmEmail,
    /// An order by invoice: `contact.first_name`, `order {number, invoice_number, date, due_date, lines:
    /// [{name, quantity, total}], net, taxes: [{rate, amount}], total, payment {account, reference, iban,
    /// bic}}` with money as `{minor, currency}`, `link.order`.
    OrderConfirmation,
    /// To staff: `lead {name, email, phone, company, channel, campaign, page, answers: [{label, value}]}`,
    /// `link.contact`.
    NewLead,
    /// From the settings: `smtp {host, port, from, has_dkim}`.
    SmtpTest,
    /// To a new colleague: `inviter.name`, `user {name, role}`, `link {accept, expires_at}`.
    Invite,
    /// `user {name, email}`, `link {reset, expires_minutes}`.
    PasswordReset,
}

/// Not the name of a template of the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a built-in template; take one of lead-magnet, confirm-email, order-confirmation, new-lead, smtp-test, invite, password-reset"
)]
pub struct UnknownBuiltin(String);

impl Builtin {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::LeadMagnet,
        Self::ConfirmEmail,
        Self::OrderConfirmation,
        Self::NewLead,
        Self::SmtpTest,
        Self::Invite,
        Self::PasswordReset,
    ];

    /// The stable name, for addresses and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeadMagnet => "lead-magnet",
            Self::ConfirmEmail => "confirm-email",
            Self::OrderConfirmation => "order-confirmation",
            Self::NewLead => "new-lead",
            Self::SmtpTest => "smtp-test",
            Self::Invite => "invite",
            Self::PasswordReset => "password-reset",
        }
    }

    fn file(self, is_norwegian: bool) -> &'static str {
        macro_rules! file {
            ($name:literal) => {
                if is_norwegian {
                    include_str!(concat!("../../templates/nb/", $name, ".mjml"))
                } else {
                    include_str!(concat!("../../templates/en/", $name, ".mjml"))
                }
            };
        }
        match self {
            Self::LeadMagnet => file!("lead-magnet"),
            Self::ConfirmEmail => file!("confirm-email"),
            Self::OrderConfirmation => file!("order-confirmation"),
            Self::NewLead => file!("new-lead"),
            Self::SmtpTest => file!("smtp-test"),
            Self::Invite => file!("invite"),
            Self::PasswordReset => file!("password-reset"),
        }
    }
}

impl fmt::Display for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Builtin {
    type Err = UnknownBuiltin;

    fn from_str(text: &str) -> Result<Self, UnknownBuiltin> {
        let known = Self::ALL.into_iter().find(|builtin| builtin.as_str() == text);
        known.ok_or_else(|| UnknownBuiltin(text.chars().take(40).collect()))
    }
}

/// The template in the reader's language: Norwegian for `nb`, `nn` and `no`, else English.
pub fn builtin(name: Builtin, locale: &Locale) -> TemplateSource {
    let is_norwegian = is_norwegian(locale);
    let (lang, footer) = if is_norwegian {
        ("nb", include_str!("../../templates/nb/footer.mjml"))
    } else {
        ("en", include_str!("../../templates/en/footer.mjml"))
    };
    let (head, content) = name.file(is_norwegian).split_once("---\n").unwrap_or_default();
    let line = |key: &str| {
        let found = head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        found.unwrap_or_default().to_owned()
    };
    let mjml = FRAME
        .replace("@@lang@@", lang)
        .replace("@@content@@\n", content)
        .replace("@@footer@@\n", footer)
        .replace("@@reason@@", &line("reason"));
    TemplateSource { subject: line("subject"), preheader: line("preheader"), mjml, text: None }
}

/// Facts of an invented company to show a template with, in the editor and in tests.
pub fn sample(name: Builtin, locale: &Locale) -> Value {
    let mut context = json!({
        "locale": locale.as_str(),
        "company": {
            "name": "Nordlys Tannklinikk", "postal_address": "Storgata 12, 0184 Oslo", "org_number": "912 345 678",
            "time_zone": "Europe/Oslo",
        },
        "brand": {"accent": "#0F6E6E"},
        "contact": {"first_name": "Kari", "last_name": "Nordmann", "email": "kari@example.no"},
        "sender": {"name": "Ingrid Dahl"},
        "inviter": {"name": "Ingrid Dahl"},
        "user": {"name": "Ola", "email": "ola@example.no", "role": "marketer"},
        "link": {
            "download": "https://example.no/d/5kq2", "expires_at": "2026-12-06T22:59:00Z",
            "unsubscribe": "https://example.no/u/8f3a", "confirm": "https://example.no/c/7hd1",
            "order": "https://example.no/o/2mz9", "contact": "https://example.no/app/contacts/ctc_1",
            "accept": "https://example.no/app/invite/9xq", "reset": "https://example.no/app/reset/4pp",
            "expires_minutes": 60,
        },
    });
    let own = match name {
        Builtin::LeadMagnet | Builtin::ConfirmEmail => json!({"magnet": magnet(locale)}),
        Builtin::OrderConfirmation => json!({"order": order(locale)}),
        Builtin::NewLead => json!({"lead": {
            "name": "Kari Nordmann", "email": "kari@example.no", "phone": "+47 912 34 567", "channel": "google-ads",
            "campaign": "gratis-sjekk", "page": "/gratis-sjekk",
            "answers": [if is_norwegian(locale) {
                json!({"label": "Når passer det?", "value": "Helst etter kl. 16"})
            } else {
                json!({"label": "When suits you?", "value": "After 4 pm"})
            }],
        }}),
        Builtin::SmtpTest => {
            json!({"smtp": {"host": "smtp.example.no", "port": 587, "from": "hei@example.no", "has_dkim": true}})
        }
        Builtin::Invite | Builtin::PasswordReset => json!({}),
    };
    if let (Value::Object(context), Value::Object(own)) = (&mut context, own) {
        context.extend(own);
    }
    // Only what a person may leave is sent with a link to leave by.
    if name != Builtin::LeadMagnet {
        context["link"]["unsubscribe"] = Value::Null;
    }
    context
}

fn is_norwegian(locale: &Locale) -> bool {
    matches!(locale.language(), "nb" | "nn" | "no")
}

fn magnet(locale: &Locale) -> Value {
    if is_norwegian(locale) {
        json!({
            "title": "Hvitere tenner hjemme",
            "description": "Guiden viser deg på ti minutter hva som virker, og hva du bør la være.",
        })
    } else {
        json!({
            "title": "Whiter teeth at home",
            "description": "In ten minutes the guide shows you what works and what to leave alone.",
        })
    }
}

fn order(locale: &Locale) -> Value {
    let nok = |minor: i64| json!({"minor": minor, "currency": "NOK"});
    let (kit, brush) = if is_norwegian(locale) {
        ("Blekesett for hjemmebruk", "Elektrisk tannbørste med ekstra børstehoder")
    } else {
        ("Whitening kit for use at home", "Electric toothbrush with spare heads")
    };
    json!({
        "number": "1042", "invoice_number": "20260042", "date": "2026-11-22", "due_date": "2026-12-06",
        "lines": [
            {"name": kit, "quantity": 1, "total": nok(199_000)},
            {"name": brush, "quantity": 2, "total": nok(259_800)},
        ],
        "net": nok(367_040), "taxes": [{"rate": 25, "amount": nok(91_760)}], "total": nok(458_800),
        "payment": {
            "account": "1234 56 78903", "reference": "000104212", "iban": "NO93 8601 1117 947", "bic": "DNBANOKK",
        },
    })
}
