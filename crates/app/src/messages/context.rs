//! The facts that templates are filled with.

use base::Locale;
use serde_json::{Map, Value, json};
use store::contacts::Contact;

use super::settings::MailSettings;
use crate::App;

/// What every mail knows: the language, the company, its look, who writes.
pub(super) fn common(app: &App, settings: &MailSettings, locale: &Locale) -> Map<String, Value> {
    let company = app.company();
    let site = app.site.get();
    let mut brand = json!({"accent": site.brand.accent.to_string()});
    let logo = &site.brand.logo;
    if !logo.src.is_empty() {
        brand["logo_url"] = absolute(&company.base_url, &logo.src).into();
        brand["logo_width"] = logo_width(logo.width).into();
    }
    let mut context = Map::new();
    context.insert("locale".to_owned(), locale.as_str().into());
    let company = json!({
        "name": company.name, "postal_address": company.postal_address, "org_number": company.org_number,
        "time_zone": company.timezone, "url": company.base_url,
    });
    context.insert("company".to_owned(), company);
    context.insert("brand".to_owned(), brand);
    context.insert("sender".to_owned(), json!({"name": settings.sender_name(app)}));
    context
}

/// Width of a logo in a mail, in pixels, when the picture's own is unknown or wider.
const LOGO_WIDTH_PX: u32 = 140;

fn logo_width(own: Option<u32>) -> u32 {
    own.unwrap_or(LOGO_WIDTH_PX).min(LOGO_WIDTH_PX)
}

/// A picture's address as it works in a mail.
fn absolute(base_url: &str, src: &str) -> String {
    if src.starts_with('/') { format!("{base_url}{src}") } else { src.to_owned() }
}

/// What a template may say of a contact.
pub(super) fn contact(contact: &Contact) -> Value {
    json!({
        "id": contact.id, "display_name": contact.display_name(), "first_name": contact.first_name,
        "last_name": contact.last_name, "email": contact.email, "phone": contact.phone, "company": contact.company,
        "locale": contact.locale, "tags": contact.tags, "traits": contact.traits,
    })
}
