//! Money in whole minor units; every operation is exact or refused.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// An amount of one currency in its minor unit (øre, cents; whole yen).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Minor units; negative for what is owed back.
    pub minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
}

/// Why a sum of money could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a code of ISO 4217.
    #[error("{0:?} is not a currency: write a code such as NOK, EUR or USD")]
    UnknownCurrency(String),
    /// Two currencies do not add.
    #[error("{0} and {1} cannot be added: convert one of them first")]
    CurrencyMismatch(Currency, Currency),
    /// Outside 64 bits.
    #[error("the amount is too large")]
    Overflow,
}

impl Currency {
    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimal places of the minor unit: 2 for NOK, 0 for JPY.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(&text.trim().to_ascii_uppercase())
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(text.chars().take(12).collect()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Money {
    /// An amount in minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in that currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The exact sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The exact product with a whole number.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Split in proportion to `weights`; the parts sum to the whole to the last unit. What rounding
    /// leaves over goes to the parts with the largest remainders, the first of equals first. All of it
    /// goes to the first part when every weight is zero.
    pub fn split(self, weights: &[u32]) -> Vec<Self> {
        if weights.is_empty() {
            return Vec::new();
        }
        let total: i128 = weights.iter().map(|&w| i128::from(w)).sum();
        let mut parts = vec![0i128; weights.len()];
        if total == 0 {
            parts[0] = i128::from(self.minor);
        } else {
            let product = |weight: u32| i128::from(self.minor) * i128::from(weight);
            for (part, &weight) in parts.iter_mut().zip(weights) {
                *part = product(weight).div_euclid(total);
            }
            let left = i128::from(self.minor) - parts.iter().sum::<i128>();
            let mut order: Vec<usize> = (0..weights.len()).collect();
            order.sort_by_key(|&i| std::cmp::Reverse(product(weights[i]).rem_euclid(total)));
            for &i in order.iter().take(usize::try_from(left).unwrap_or(0)) {
                parts[i] += 1;
            }
        }
        // Every part lies between 0 and the whole, which fits.
        parts.into_iter().map(|minor| Self::new(minor as i64, self.currency)).collect()
    }
}

/// `1990.00 NOK`: for logs and files. What a reader sees is written in the reader's own way.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10u64.pow(exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let absolute = self.minor.unsigned_abs();
        write!(f, "{sign}{}", absolute / unit)?;
        if exponent > 0 {
            write!(f, ".{:0width$}", absolute % unit, width = exponent as usize)?;
        }
        write!(f, " {}", self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nok(minor: i64) -> Money {
        Money::new(minor, "NOK".parse().unwrap())
    }

    #[test]
    fn amounts_are_written_in_major_units() {
        assert_eq!(nok(199_000).to_string(), "1990.00 NOK");
        assert_eq!(nok(-5).to_string(), "-0.05 NOK");
        assert_eq!(Money::new(500, "jpy".parse().unwrap()).to_string(), "500 JPY");
        assert!("kroner".parse::<Currency>().is_err());
    }

    #[test]
    fn two_currencies_do_not_add_and_nothing_overflows() {
        assert!(nok(1).plus(Money::new(1, "EUR".parse().unwrap())).is_err());
        assert_eq!(nok(i64::MAX).plus(nok(1)), Err(MoneyError::Overflow));
        assert_eq!(nok(i64::MAX).times(2), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(minor in any::<i64>(), weights in prop::collection::vec(0u32..1000, 1..20)) {
            let parts = nok(minor).split(&weights);
            let sum: i128 = parts.iter().map(|part| i128::from(part.minor)).sum();
            prop_assert_eq!(sum, i128::from(minor));
            let total: u32 = weights.iter().sum();
            if total > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = minor as f64 * f64::from(*weight) / f64::from(total);
                    prop_assert!((part.minor as f64 - exact).abs() <= 1.0 + exact.abs() * 1e-12);
                }
            }
        }
    }
}
