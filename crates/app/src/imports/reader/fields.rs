//! One row of delimited text cut into its cells, fed line by line.

/// How far a row is after a line was fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    /// The row is whole.
    Whole,
    /// A quote is open: the row goes on with the next line.
    Open,
    /// Something stands between a closing quote and the delimiter.
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    AfterQuote,
}

/// The cells of one row, in one buffer that is used again for the next row.
///
/// Stricter than most readers: text after a closing quote breaks the row. That is what a quote that was
/// never closed looks like once it meets the opening quote of another row, and taking it for content
/// would silently swallow the rows between.
#[derive(Debug)]
pub(super) struct Fields {
    delimiter: u8,
    quote: Option<u8>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    state: State,
}

impl Fields {
    pub(super) fn new(delimiter: u8, quote: Option<u8>) -> Self {
        Self { delimiter, quote, bytes: Vec::new(), ends: Vec::new(), state: State::Start }
    }

    /// Begin a new row.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.state = State::Start;
    }

    /// The next line of the row, without its end.
    pub(super) fn feed(&mut self, line: &[u8]) -> Fed {
        let mut rest = line;
        while let Some((&byte, after)) = rest.split_first() {
            let taken = match self.state {
                State::Start => self.start(byte),
                State::Plain => self.plain(rest),
                State::Quoted => self.quoted(rest),
                State::AfterQuote if Some(byte) == self.quote => {
                    self.bytes.push(byte);
                    self.state = State::Quoted;
                    1
                }
                State::AfterQuote if byte == self.delimiter => {
                    self.end_cell();
                    1
                }
                State::AfterQuote if byte == b' ' => 1,
                State::AfterQuote => return Fed::Broken,
            };
            rest = if taken == 1 { after } else { &rest[taken..] };
        }
        if self.state == State::Quoted {
            self.bytes.push(b'\n');
            return Fed::Open;
        }
        self.end_cell();
        Fed::Whole
    }

    fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
        self.state = State::Start;
    }

    fn start(&mut self, byte: u8) -> usize {
        if Some(byte) == self.quote {
            // Spaces between the delimiter and the quote are no content.
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
            self.state = State::Quoted;
        } else if byte == self.delimiter {
            self.end_cell();
        } else {
            self.bytes.push(byte);
            if byte != b' ' {
                self.state = State::Plain;
            }
        }
        1
    }

    fn plain(&mut self, rest: &[u8]) -> usize {
        let until = rest.iter().position(|byte| *byte == self.delimiter);
        self.bytes.extend_from_slice(&rest[..until.unwrap_or(rest.len())]);
        match until {
            Some(at) => {
                self.end_cell();
                at + 1
            }
            None => rest.len(),
        }
    }

    fn quoted(&mut self, rest: &[u8]) -> usize {
        let until = rest.iter().position(|byte| Some(*byte) == self.quote);
        self.bytes.extend_from_slice(&rest[..until.unwrap_or(rest.len())]);
        match until {
            Some(at) => {
                self.state = State::AfterQuote;
                at + 1
            }
            None => rest.len(),
        }
    }

    /// Bytes of all cells together.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells of a whole row.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(fields: &Fields) -> Vec<String> {
        fields.iter().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect()
    }

    #[test]
    fn rows_are_cut_at_delimiters_outside_quotes() {
        let cases: [(&str, &[&str]); 9] = [
            ("a;b;c", &["a", "b", "c"]),
            (";;", &["", "", ""]),
            ("", &[""]),
            (r#""a;b";c"#, &["a;b", "c"]),
            (r#""say ""hi""";x"#, &[r#"say "hi""#, "x"]),
            (r#"a; "b;c" ;d"#, &["a", "b;c", "d"]),
            (r#"6" pipe;x"#, &[r#"6" pipe"#, "x"]),
            (r#""";x"#, &["", "x"]),
            ("\"\"\"\";x", &["\"", "x"]),
        ];
        for (line, expect) in cases {
            let mut fields = Fields::new(b';', Some(b'"'));
            let fed = fields.feed(line.as_bytes());
            assert_eq!((fed, cells(&fields)), (Fed::Whole, expect.iter().map(|s| (*s).to_owned()).collect()), "{line}");
        }
    }

    #[test]
    fn an_open_quote_goes_on_and_text_after_a_quote_breaks() {
        let mut fields = Fields::new(b',', Some(b'"'));
        assert_eq!(fields.feed(b"a,\"first"), Fed::Open);
        assert_eq!(fields.feed(b"second\",c"), Fed::Whole);
        assert_eq!(cells(&fields), ["a", "first\nsecond", "c"]);
        fields.clear();
        assert_eq!(fields.feed(b"a,\"b"), Fed::Open);
        assert_eq!(fields.feed(b"c,\"d\",e"), Fed::Broken);
        let mut plain = Fields::new(b'\t', None);
        assert_eq!(plain.feed(b"\"a\tb"), Fed::Whole);
        assert_eq!(cells(&plain), ["\"a", "b"]);
    }

    proptest! {
        /// Whatever a correct writer writes is read back, as by the `csv` crate.
        #[test]
        fn what_was_written_is_read(row in prop::collection::vec("[a-c,;\" \n]{0,8}", 1..6)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(vec![]);
            writer.write_record(&row).unwrap();
            let written = writer.into_inner().unwrap();
            let text = String::from_utf8(written).unwrap();
            let mut fields = Fields::new(b',', Some(b'"'));
            let mut fed = Fed::Open;
            for line in text.strip_suffix('\n').unwrap().split('\n') {
                prop_assert_eq!(fed, Fed::Open);
                fed = fields.feed(line.as_bytes());
            }
            prop_assert_eq!(fed, Fed::Whole);
            prop_assert_eq!(cells(&fields), row);
        }
    }
}
