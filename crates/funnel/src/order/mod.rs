//! Orders as values: lines, exact totals per tax rate, and what an order may become.
//!
//! Rounding: tax is computed once per tax rate and price basis over the sum of the lines, not line by line,
//! and rounded to the minor unit, halves away from zero (as EN 16931, BR-CO-17, asks of invoices). Prices that
//! include tax are what the customer was promised: their sum is the total to the last unit and the net amount
//! is what remains. Prices without tax are the net amount to the last unit and tax is added. So `net + tax =
//! total` holds in whole minor units everywhere.

mod buyer;
mod status;

use std::collections::BTreeMap;

use base::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use buyer::{Address, BUYER_TEXT_CHARS_MAX, Buyer, first_and_last_name};
pub use status::{Status, StatusError};

/// Lines of one order.
pub const LINES_MAX: usize = 200;
/// The most of one thing on a line.
pub const QUANTITY_MAX: u32 = 100_000;
/// Characters of a line's description.
pub const DESCRIPTION_CHARS_MAX: usize = 300;
/// The highest tax rate: 100 %.
pub const TAX_RATE_BP_MAX: u16 = 10_000;
/// The highest price of one thing, minor units: sums of any order stay inside 64 bits.
pub const UNIT_PRICE_MINOR_MAX: i64 = 100_000_000_000;
/// What an order may come to, minor units: inside what every reader of JSON holds exactly (2^53).
pub const TOTAL_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What it is, in the buyer's language.
    pub description: String,
    /// How many.
    pub quantity: u32,
    /// The price of one in the order's minor unit; negative for a discount.
    pub unit_price_minor: i64,
    /// Whether the price contains the tax.
    pub includes_tax: bool,
    /// Hundredths of a percent: 2500 is 25 %.
    pub tax_rate_bp: u16,
}

impl Line {
    /// Quantity times price, in the line's own basis.
    fn amount(&self) -> i128 {
        i128::from(self.quantity) * i128::from(self.unit_price_minor)
    }
}

/// An amount before tax, its tax, and both together, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Amounts {
    /// Before tax.
    pub net_minor: i64,
    /// The tax.
    pub tax_minor: i64,
    /// Both: what is to be paid.
    pub total_minor: i64,
}

/// The amounts that one tax rate applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaxTotal {
    /// Hundredths of a percent.
    pub rate_bp: u16,
    /// The amounts of this rate.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// What an order comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OrderTotals)]
pub struct Totals {
    /// What all minor units are of.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// The amounts of the whole order.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// The same by tax rate, lowest first.
    pub taxes: Vec<TaxTotal>,
    /// The same by line, in the order of the lines. The lines sum to the whole to the last unit; a line's tax
    /// differs from its own exact tax by less than one unit.
    pub lines: Vec<Amounts>,
}

impl Totals {
    /// What is to be paid.
    pub fn total(&self) -> Money {
        Money::new(self.amounts.total_minor, self.currency)
    }
}

/// Why an order cannot be reckoned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct LineError {
    /// The field: `lines[0].quantity`.
    pub path: String,
    /// What to do.
    pub message: String,
}

impl LineError {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// What the lines come to. Exact, see the head of this module.
pub fn totals(currency: Currency, lines: &[Line]) -> Result<Totals, LineError> {
    check_lines(lines)?;
    let mut groups: BTreeMap<(u16, bool), Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        groups.entry((line.tax_rate_bp, line.includes_tax)).or_default().push(index);
    }
    let mut of_lines = vec![Amounts::default(); lines.len()];
    let mut taxes: Vec<TaxTotal> = Vec::new();
    for ((rate_bp, includes_tax), members) in groups {
        let mut amounts = Amounts::default();
        let (mut sum, mut tax_before) = (0i128, 0i128);
        for index in members {
            // Each line gets what the rounded tax of the running sum grows by: the parts sum exactly.
            sum += lines[index].amount();
            let tax = tax_of(sum, rate_bp, includes_tax);
            of_lines[index] = line_amounts(lines[index].amount(), tax - tax_before, includes_tax)?;
            amounts = amounts.plus(of_lines[index])?;
            tax_before = tax;
        }
        match taxes.last_mut().filter(|last| last.rate_bp == rate_bp) {
            Some(last) => last.amounts = last.amounts.plus(amounts)?,
            None => taxes.push(TaxTotal { rate_bp, amounts }),
        }
    }
    let mut whole = Amounts::default();
    for tax in &taxes {
        whole = whole.plus(tax.amounts)?;
    }
    if whole.total_minor < 0 {
        return Err(LineError::new("lines", "the discounts are higher than the prices"));
    }
    if whole.total_minor > TOTAL_MINOR_MAX {
        return Err(LineError::new("lines", "the amounts are too large"));
    }
    Ok(Totals { currency, amounts: whole, taxes, lines: of_lines })
}

fn check_lines(lines: &[Line]) -> Result<(), LineError> {
    if lines.is_empty() || lines.len() > LINES_MAX {
        return Err(LineError::new("lines", format!("an order has 1 to {LINES_MAX} lines")));
    }
    for (index, line) in lines.iter().enumerate() {
        let wrong = |field: &str, message: String| Err(LineError::new(format!("lines[{index}].{field}"), message));
        let chars = line.description.trim().chars().count();
        if chars == 0 || chars > DESCRIPTION_CHARS_MAX {
            return wrong("description", format!("say in 1 to {DESCRIPTION_CHARS_MAX} characters what it is"));
        }
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            return wrong("quantity", format!("order 1 to {QUANTITY_MAX}"));
        }
        if line.unit_price_minor.unsigned_abs() > UNIT_PRICE_MINOR_MAX.unsigned_abs() {
            return wrong("unit_price_minor", "the price is too high".to_owned());
        }
        if line.tax_rate_bp > TAX_RATE_BP_MAX {
            return wrong("tax_rate_bp", "a tax rate is at most 100 %".to_owned());
        }
    }
    Ok(())
}

/// The tax in (or on) an amount, halves away from zero.
fn tax_of(amount: i128, rate_bp: u16, includes_tax: bool) -> i128 {
    let rate = i128::from(rate_bp);
    let divisor = if includes_tax { 10_000 + rate } else { 10_000 };
    let product = amount * rate;
    let half_up = (2 * product.abs() + divisor) / (2 * divisor);
    half_up * product.signum()
}

fn line_amounts(amount: i128, tax: i128, includes_tax: bool) -> Result<Amounts, LineError> {
    let minor = |value: i128| i64::try_from(value).map_err(|_| LineError::new("lines", "the amounts are too large"));
    let (net, total) = if includes_tax { (amount - tax, amount) } else { (amount, amount + tax) };
    Ok(Amounts { net_minor: minor(net)?, tax_minor: minor(tax)?, total_minor: minor(total)? })
}

impl Amounts {
    fn plus(self, other: Self) -> Result<Self, LineError> {
        let sum = |one: i64, other: i64| {
            one.checked_add(other).ok_or_else(|| LineError::new("lines", "the amounts are too large"))
        };
        Ok(Self {
            net_minor: sum(self.net_minor, other.net_minor)?,
            tax_minor: sum(self.tax_minor, other.tax_minor)?,
            total_minor: sum(self.total_minor, other.total_minor)?,
        })
    }
}

#[cfg(test)]
mod tests;
