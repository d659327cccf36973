use proptest::prelude::*;

use super::*;

fn nok() -> Currency {
    "NOK".parse().unwrap()
}

fn line(quantity: u32, unit_price_minor: i64, includes_tax: bool, tax_rate_bp: u16) -> Line {
    Line { description: "Braces".to_owned(), quantity, unit_price_minor, includes_tax, tax_rate_bp }
}

fn amounts(net_minor: i64, tax_minor: i64, total_minor: i64) -> Amounts {
    Amounts { net_minor, tax_minor, total_minor }
}

#[test]
fn amounts_are_those_of_an_accountant() {
    for (lines, wanted) in [
        // 990.00 with 25 % in it.
        (vec![line(1, 99_000, true, 2500)], amounts(79_200, 19_800, 99_000)),
        (vec![line(1, 99_000, false, 2500)], amounts(99_000, 24_750, 123_750)),
        (vec![line(3, 2_490_000, true, 0)], amounts(7_470_000, 0, 7_470_000)),
        // 9.99 with 25 %: 1.998 of tax.
        (vec![line(1, 999, true, 2500)], amounts(799, 200, 999)),
        // Three lines of 0.10 with 15 %: rounded once (0.045 -> 0.05), not three times (3 x 0.02).
        (vec![line(1, 10, false, 1500); 3], amounts(30, 5, 35)),
        // Halves go away from zero: 0.5 -> 1.
        (vec![line(1, 2, false, 2500)], amounts(2, 1, 3)),
        // Mixed bases and rates.
        (
            vec![line(1, 1000, true, 2500), line(1, 1000, false, 2500), line(2, 500, true, 1500)],
            amounts(2670, 580, 3250),
        ),
        // A discount line.
        (vec![line(1, 10_000, true, 2500), line(1, -1_000, true, 2500)], amounts(7200, 1800, 9000)),
    ] {
        let totals = totals(nok(), &lines).unwrap();
        assert_eq!(totals.amounts, wanted, "{lines:?}");
    }
}

#[test]
fn taxes_stand_by_rate() {
    let lines = [line(1, 1000, true, 2500), line(1, 1000, false, 2500), line(2, 500, true, 1500)];
    let totals = totals(nok(), &lines).unwrap();
    assert_eq!(
        totals.taxes,
        [
            TaxTotal { rate_bp: 1500, amounts: amounts(870, 130, 1000) },
            TaxTotal { rate_bp: 2500, amounts: amounts(1800, 450, 2250) },
        ]
    );
    assert_eq!(totals.total().to_string(), "32.50 NOK");
}

#[test]
fn what_breaks_a_limit_is_named() {
    for (broken, path) in [
        (vec![], "lines"),
        (vec![line(1, 1, true, 0); LINES_MAX + 1], "lines"),
        (vec![line(0, 1, true, 0)], "lines[0].quantity"),
        (vec![line(1, 1, true, 0), line(QUANTITY_MAX + 1, 1, true, 0)], "lines[1].quantity"),
        (vec![line(1, UNIT_PRICE_MINOR_MAX + 1, true, 0)], "lines[0].unit_price_minor"),
        (vec![line(1, i64::MIN, true, 0)], "lines[0].unit_price_minor"),
        (vec![line(1, 1, true, TAX_RATE_BP_MAX + 1)], "lines[0].tax_rate_bp"),
        (vec![Line { description: " ".to_owned(), ..line(1, 1, true, 0) }], "lines[0].description"),
        (vec![line(1, -1, true, 0)], "lines"),
        (vec![line(QUANTITY_MAX, UNIT_PRICE_MINOR_MAX, false, 10_000); LINES_MAX], "lines"),
    ] {
        assert_eq!(totals(nok(), &broken).unwrap_err().path, path);
    }
}

#[test]
fn an_order_becomes_only_what_it_may() {
    use Status::{Cancelled, Invoiced, Paid, Placed, Refunded};
    let allowed = [
        (Placed, Invoiced),
        (Placed, Paid),
        (Placed, Cancelled),
        (Invoiced, Paid),
        (Invoiced, Cancelled),
        (Paid, Refunded),
    ];
    for from in Status::ALL {
        for to in Status::ALL {
            assert_eq!(from.become_(to).is_ok(), allowed.contains(&(from, to)), "{from:?} {to:?}");
        }
        assert_eq!(Status::parse(from.as_str()), Some(from));
    }
    let error = Paid.become_(Cancelled).unwrap_err().to_string();
    assert_eq!(error, "an order that is paid cannot become cancelled: it can be refunded");
}

fn any_line() -> impl Strategy<Value = Line> {
    let rates = prop::sample::select(vec![0u16, 600, 1000, 1200, 1500, 2100, 2400, 2500, 2550, 10_000]);
    (1u32..50, 0i64..5_000_000, any::<bool>(), rates)
        .prop_map(|(quantity, price, includes, rate)| line(quantity, price, includes, rate))
}

proptest! {
    #[test]
    fn lines_rates_and_the_whole_sum_exactly(lines in prop::collection::vec(any_line(), 1..30)) {
        let totals = totals(nok(), &lines).unwrap();
        let sum = |parts: &mut dyn Iterator<Item = Amounts>| parts.fold((0, 0, 0), |sum, part| {
            (sum.0 + part.net_minor, sum.1 + part.tax_minor, sum.2 + part.total_minor)
        });
        let whole = (totals.amounts.net_minor, totals.amounts.tax_minor, totals.amounts.total_minor);
        prop_assert_eq!(sum(&mut totals.lines.iter().copied()), whole);
        prop_assert_eq!(sum(&mut totals.taxes.iter().map(|tax| tax.amounts)), whole);
        prop_assert_eq!(whole.0 + whole.1, whole.2);
        for part in &totals.lines {
            prop_assert_eq!(part.net_minor + part.tax_minor, part.total_minor);
        }
    }

    #[test]
    fn promised_prices_are_kept_and_taxes_are_right_to_half_a_unit(lines in prop::collection::vec(any_line(), 1..30)) {
        let totals = totals(nok(), &lines).unwrap();
        for (line, part) in lines.iter().zip(&totals.lines) {
            let amount = i64::from(line.quantity) * line.unit_price_minor;
            prop_assert_eq!(if line.includes_tax { part.total_minor } else { part.net_minor }, amount);
            let rate = f64::from(line.tax_rate_bp) / 10_000.0;
            let exact = if line.includes_tax { amount as f64 * rate / (1.0 + rate) } else { amount as f64 * rate };
            prop_assert!((part.tax_minor as f64 - exact).abs() <= 1.0 + 1e-6, "{} {}", part.tax_minor, exact);
        }
        for tax in &totals.taxes {
            // The naive twin: the exact tax of each basis, rounded once.
            let rate = f64::from(tax.rate_bp) / 10_000.0;
            let of = |includes: bool| lines.iter().filter(|line| line.tax_rate_bp == tax.rate_bp && line.includes_tax == includes)
                .map(|line| i64::from(line.quantity) * line.unit_price_minor).sum::<i64>() as f64;
            let exact = of(true) * rate / (1.0 + rate) + of(false) * rate;
            prop_assert!((tax.amounts.tax_minor as f64 - exact).abs() <= 1.0 + 1e-6);
        }
    }

    #[test]
    fn the_order_of_lines_does_not_change_the_sums(mut lines in prop::collection::vec(any_line(), 1..20)) {
        let one = totals(nok(), &lines).unwrap();
        lines.reverse();
        let other = totals(nok(), &lines).unwrap();
        prop_assert_eq!((one.amounts, one.taxes), (other.amounts, other.taxes));
    }
}
