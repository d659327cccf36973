//! Arithmetic over series: `A / B * 100`.
//!
//! ```text
//! sum     = product (("+" | "-") product)*
//! product = value (("*" | "/") value)*
//! value   = number | letter | "-" value | "(" sum ")"
//! ```

/// A formula, as the steps of a stack machine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Formula(Vec<Op>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Number(f64),
    Series(usize),
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Formula {
    /// The first series as it is.
    pub(crate) fn first() -> Self {
        Self(vec![Op::Series(0)])
    }

    /// Reads a formula over so many series. It goes as deep as the text is long: bound that first.
    pub(crate) fn parse(text: &str, series: usize) -> Result<Self, String> {
        let mut parser = Parser { text: text.as_bytes(), at: 0, series, ops: Vec::new() };
        parser.sum()?;
        match parser.peek() {
            None => Ok(Self(parser.ops)),
            Some(b')') => Err(format!("`)` without `(` at place {}", parser.at + 1)),
            Some(_) => Err(format!("write + - * or / before place {}", parser.at + 1)),
        }
    }

    /// The value, given those of the series; nothing where nothing goes in, where 0 divides, and beyond what a
    /// number holds.
    pub(crate) fn value(&self, series: &[Option<f64>]) -> Option<f64> {
        let mut stack: Vec<Option<f64>> = Vec::new();
        for op in &self.0 {
            let value = match op {
                Op::Number(number) => Some(*number),
                Op::Series(index) => series.get(*index).copied().flatten(),
                Op::Negate => stack.pop().flatten().map(|value| -value),
                Op::Add | Op::Subtract | Op::Multiply | Op::Divide => {
                    let (right, left) = (stack.pop().flatten(), stack.pop().flatten());
                    left.zip(right).map(|(left, right)| match op {
                        Op::Add => left + right,
                        Op::Subtract => left - right,
                        Op::Multiply => left * right,
                        _ => left / right,
                    })
                }
            };
            stack.push(value.filter(|value| value.is_finite()));
        }
        stack.pop().flatten()
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    series: usize,
    ops: Vec<Op>,
}

impl Parser<'_> {
    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn sum(&mut self) -> Result<(), String> {
        self.product()?;
        while let Some(sign @ (b'+' | b'-')) = self.peek() {
            self.at += 1;
            self.product()?;
            self.ops.push(if sign == b'+' { Op::Add } else { Op::Subtract });
        }
        Ok(())
    }

    fn product(&mut self) -> Result<(), String> {
        self.value()?;
        while let Some(sign @ (b'*' | b'/')) = self.peek() {
            self.at += 1;
            self.value()?;
            self.ops.push(if sign == b'*' { Op::Multiply } else { Op::Divide });
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(), String> {
        let next = self.peek();
        match next {
            Some(b'0'..=b'9' | b'.') => return self.number(),
            Some(letter @ b'A'..=b'Z') => return self.letter(letter),
            Some(b'-' | b'(') => self.at += 1,
            Some(_) => return Err(format!("write a number, a capital letter or `(` at place {}", self.at + 1)),
            None => return Err("a number, a capital letter or `(` is missing at the end".to_owned()),
        }
        if next == Some(b'-') {
            self.value()?;
            self.ops.push(Op::Negate);
            return Ok(());
        }
        let opened = self.at;
        self.sum()?;
        if self.peek() != Some(b')') {
            return Err(format!("the `(` at place {opened} is not closed"));
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let rest = &self.text[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let digits = str::from_utf8(&rest[..length]).unwrap_or_default();
        let number = digits.parse().map_err(|_| format!("`{digits}` is not a number"))?;
        self.at += length;
        self.ops.push(Op::Number(number));
        Ok(())
    }

    fn letter(&mut self, letter: u8) -> Result<(), String> {
        let index = usize::from(letter - b'A');
        if index >= self.series {
            return Err(format!("there is no series {}: the last is {}", char::from(letter), last_letter(self.series)));
        }
        self.at += 1;
        self.ops.push(Op::Series(index));
        Ok(())
    }
}

fn last_letter(series: usize) -> char {
    u8::try_from(series.saturating_sub(1)).ok().and_then(|index| b'A'.checked_add(index)).map_or('Z', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An expression with its text and value side by side; what binds weaker gets parentheses only where it
    /// must.
    #[derive(Debug, Clone)]
    struct Twin {
        text: String,
        value: Option<f64>,
        /// 0 a sum, 1 a product, 2 a value.
        binds: u8,
    }

    const SERIES: [Option<f64>; 4] = [Some(6.0), Some(0.0), None, Some(-2.5)];

    fn twin() -> impl Strategy<Value = Twin> {
        let number = (0..40u32).prop_map(|tenths| {
            let value = f64::from(tenths) / 10.0;
            Twin { text: value.to_string(), value: Some(value), binds: 2 }
        });
        let letter = (0..4usize).prop_map(|at| {
            let text = char::from(b'A' + at as u8).to_string();
            Twin { text, value: SERIES[at], binds: 2 }
        });
        prop_oneof![number, letter].prop_recursive(5, 40, 2, |inner| {
            let two = (inner.clone(), inner.clone(), prop::sample::select(vec!['+', '-', '*', '/']), any::<bool>());
            prop_oneof![4 => two.prop_map(|(a, b, sign, spaced)| of_two(&a, &b, sign, spaced)), 1 => inner.prop_map(negative)]
        })
    }

    fn negative(of: Twin) -> Twin {
        let text = if of.binds == 2 { format!("-{}", of.text) } else { format!("-({})", of.text) };
        Twin { text, value: of.value.map(|value| -value), binds: 2 }
    }

    fn of_two(a: &Twin, b: &Twin, sign: char, spaced: bool) -> Twin {
        let binds = if matches!(sign, '+' | '-') { 0 } else { 1 };
        let part = |twin: &Twin, least: u8| {
            if twin.binds < least { format!("({})", twin.text) } else { twin.text.clone() }
        };
        let space = if spaced { " " } else { "" };
        let text = format!("{}{space}{sign}{space}{}", part(a, binds), part(b, binds + 1));
        let value = match (a.value, b.value) {
            (Some(a), Some(b)) if sign == '+' => Some(a + b),
            (Some(a), Some(b)) if sign == '-' => Some(a - b),
            (Some(a), Some(b)) if sign == '*' => Some(a * b),
            (Some(a), Some(b)) if b != 0.0 => Some(a / b),
            _ => None,
        };
        Twin { text, value, binds }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn formulas_give_what_the_tree_gives(twin in twin()) {
            let formula = Formula::parse(&twin.text, SERIES.len()).unwrap();
            prop_assert_eq!(formula.value(&SERIES), twin.value, "{}", twin.text);
        }

        #[test]
        fn no_text_upsets_the_parser(text in "[-+*/()AZa0-9. æ]{0,20}") {
            let _ = Formula::parse(&text, 2).map(|formula| formula.value(&SERIES));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("", "missing at the end"),
            ("A +", "missing at the end"),
            ("A B", "before place 3"),
            ("(A", "the `(` at place 1 is not closed"),
            ("A)", "`)` without `(` at place 2"),
            ("a / 2", "capital letter"),
            ("A / C", "there is no series C: the last is B"),
            ("1.2.3", "`1.2.3` is not a number"),
            ("A % B", "before place 3"),
        ] {
            let message = Formula::parse(text, 2).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
