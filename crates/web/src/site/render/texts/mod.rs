//! What the program itself says on public pages, in five languages. A table of fields and not of keys, so
//! that a missing translation does not compile.

mod da;
mod en;
mod fi;
mod nb;
mod sv;

use base::Locale;
use funnel::format::Language;

/// One language. Where a text holds `{..}`, the caller puts the value in.
pub(super) struct Texts {
    pub(super) skip: &'static str,
    pub(super) contact_and_language: &'static str,
    pub(super) call: &'static str,
    pub(super) org_number: &'static str,
    pub(super) consent_title: &'static str,
    pub(super) consent_text: &'static str,
    pub(super) consent_yes: &'static str,
    pub(super) consent_no: &'static str,
    pub(super) optional: &'static str,
    pub(super) choose: &'static str,
    pub(super) leave_empty: &'static str,
    pub(super) submit: &'static str,
    pub(super) mend_one: &'static str,
    /// `{count}`
    pub(super) mend_many: &'static str,
    pub(super) send_again: &'static str,
    pub(super) sent_heading: &'static str,
    pub(super) sent_text: &'static str,
    pub(super) opt_in_heading: &'static str,
    /// `{email}`
    pub(super) opt_in_text: &'static str,
    pub(super) play: &'static str,
    /// `{host}`
    pub(super) plays_from: &'static str,
    pub(super) ends: &'static str,
    /// Days, hours, minutes, seconds.
    pub(super) units: [&'static str; 4],
    /// `{stars}`
    pub(super) rating: &'static str,
    /// `{rate}`
    pub(super) tax_included: &'static str,
    /// `{rate}`
    pub(super) tax_excluded: &'static str,
    pub(super) tax_none: &'static str,
    pub(super) price_before: &'static str,
    /// `{time}`
    pub(super) order_by: &'static str,
    pub(super) order_heading: &'static str,
    pub(super) order_text: &'static str,
    pub(super) order_submit: &'static str,
    pub(super) order_note: &'static str,
    pub(super) closed_heading: &'static str,
    pub(super) closed_text: &'static str,
    pub(super) total: &'static str,
    pub(super) name: &'static str,
    pub(super) company: &'static str,
    pub(super) company_number: &'static str,
    pub(super) email: &'static str,
    pub(super) email_help: &'static str,
    pub(super) phone: &'static str,
    pub(super) address: &'static str,
    pub(super) postal_code: &'static str,
    pub(super) city: &'static str,
    pub(super) quantity: &'static str,
    pub(super) order_done_heading: &'static str,
    /// `{email}`
    pub(super) order_done_text: &'static str,
    /// `{number}`
    pub(super) order_heading_later: &'static str,
    /// Placed, invoiced, paid, cancelled, refunded.
    pub(super) order_states: [&'static str; 5],
    pub(super) order_number: &'static str,
    pub(super) invoice_number: &'static str,
    pub(super) order_date: &'static str,
    pub(super) pay_by: &'static str,
    pub(super) pay_to: &'static str,
    pub(super) ordered_by: &'static str,
    pub(super) col_item: &'static str,
    pub(super) col_quantity: &'static str,
    pub(super) col_sum: &'static str,
    pub(super) net: &'static str,
    /// `{rate}`
    pub(super) tax: &'static str,
    pub(super) to_pay: &'static str,
    pub(super) confirm_heading: &'static str,
    pub(super) confirm_text: &'static str,
    pub(super) confirm_button: &'static str,
    pub(super) confirmed_heading: &'static str,
    pub(super) confirmed_text: &'static str,
    pub(super) expired_heading: &'static str,
    pub(super) expired_text: &'static str,
    pub(super) expired_again: &'static str,
    pub(super) expired_sent: &'static str,
    pub(super) unsubscribe_heading: &'static str,
    /// `{email}`
    pub(super) unsubscribe_text: &'static str,
    pub(super) unsubscribe_button: &'static str,
    pub(super) unsubscribed_heading: &'static str,
    /// `{email}`
    pub(super) unsubscribed_text: &'static str,
    pub(super) not_found_heading: &'static str,
    pub(super) not_found_text: &'static str,
    pub(super) error_heading: &'static str,
    pub(super) error_text: &'static str,
    pub(super) to_front: &'static str,
    pub(super) back: &'static str,
}

impl Texts {
    /// The texts for a reader of this locale.
    pub(super) fn of(locale: &Locale) -> &'static Self {
        match Language::of(locale) {
            Language::En => &en::TEXTS,
            Language::Nb => &nb::TEXTS,
            Language::Sv => &sv::TEXTS,
            Language::Da => &da::TEXTS,
            Language::Fi => &fi::TEXTS,
        }
    }
}
