//! The rules of the check, one in each file.

mod additional_before_core;
mod broken_link;
mod broken_promise;
mod claimed_twice;
mod core_before_warm_up;
mod cycle;
mod dead_end;
mod discount_eats_margin;
mod evidence_never_seen;
mod form_too_long;
mod gate_never_opens;
mod ladder_out_of_order;
mod missing_consent;
mod missing_locale;
mod needless_step;
mod no_reward;
mod nobody_leaves;
mod one_message_for_all;
mod price_off_market;
mod role_without_holder;
mod step_below_target;
mod step_unimproved;
mod step_unmeasured;
mod target_out_of_reach;
mod target_without_data;
#[cfg(test)]
pub(super) mod testing;
mod text_out_of_date;
mod too_many_messages;
mod tripwire_too_dear;
mod unknown_reference;

use super::text::text;
use super::{Report, Rule, Severity, Value};
use crate::document::Rate;

/// All of them.
pub(super) static ALL: &[&Rule] = &[
    &cycle::RULE,
    &unknown_reference::RULE,
    &gate_never_opens::RULE,
    &dead_end::RULE,
    &claimed_twice::RULE,
    &core_before_warm_up::RULE,
    &additional_before_core::RULE,
    &step_unmeasured::RULE,
    &step_unimproved::RULE,
    &step_below_target::RULE,
    &nobody_leaves::RULE,
    &text_out_of_date::RULE,
    &target_without_data::RULE,
    &target_out_of_reach::RULE,
    &one_message_for_all::RULE,
    &no_reward::RULE,
    &price_off_market::RULE,
    &discount_eats_margin::RULE,
    &needless_step::RULE,
    &form_too_long::RULE,
    &broken_promise::RULE,
    &too_many_messages::RULE,
    &broken_link::RULE,
    &missing_locale::RULE,
    &missing_consent::RULE,
    &tripwire_too_dear::RULE,
    &ladder_out_of_order::RULE,
    &evidence_never_seen::RULE,
    &role_without_holder::RULE,
];

/// A share as the document writes it, to the hundredth of a per cent.
fn rate(share: f64) -> Rate {
    Rate { basis_points: (share.clamp(0.0, 1.0) * 10_000.0).round() as u16 }
}
