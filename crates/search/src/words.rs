//! The words of a text, as the index holds them and as a reader sees them.

use crate::fold;

/// Longest word that is compared, in characters; what is longer is cut.
pub(crate) const WORD_CHARS_MAX: usize = 32;
/// Digits that make a text a phone number.
const PHONE_DIGITS_MIN: usize = 5;
/// Begins the words that are phone numbers read from behind: no written word does.
pub(crate) const PHONE: char = '\u{1}';

/// The words of a text, folded. Letters and digits part: `hansen42` is two words, else the addresses of a million
/// people were a million words, each like the others.
pub(crate) fn of(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut rest = folded.as_str();
    let mut out = Vec::new();
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = &rest[start..];
        let end = word_end(rest);
        out.push(rest[..end].chars().take(WORD_CHARS_MAX).collect());
        rest = &rest[end..];
    }
    out
}

/// Where the word ends that a text begins with; 0 when it begins with none.
fn word_end(text: &str) -> usize {
    let is_digit = text.starts_with(|c: char| c.is_numeric());
    text.find(|c: char| !c.is_alphanumeric() || c.is_numeric() != is_digit).unwrap_or(text.len())
}

/// A phone number as a word: its digits without leading zeros, from behind. So `22 33 44 55`, `022334455` and
/// `0047 22 33 44 55` begin alike, without knowing any country's rules.
pub(crate) fn of_phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    if digits.len() < PHONE_DIGITS_MIN {
        return None;
    }
    Some(std::iter::once(PHONE).chain(digits.chars().rev().take(WORD_CHARS_MAX)).collect())
}

/// Whether a text can only be a phone number.
pub(crate) fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_mark = |c: char| c.is_whitespace() || "+-()./".contains(c);
    digits >= PHONE_DIGITS_MIN && text.chars().all(|c| c.is_ascii_digit() || is_mark(c))
}

/// A part of a text, and whether it is why the text was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The letters as they are written.
    pub text: String,
    /// Whether a word of the query is meant by them.
    pub is_match: bool,
}

/// A text cut where what was found begins and ends.
pub fn pieces(text: &str, is_match: impl Fn(&str) -> bool) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut push = |part: &str, is_match: bool| match out.last_mut() {
        Some(last) if last.is_match == is_match => last.text.push_str(part),
        _ => out.push(Piece { text: part.to_owned(), is_match }),
    };
    let mut rest = text;
    while !rest.is_empty() {
        let word = word_end(rest);
        if word > 0 {
            let folded: String = fold(&rest[..word]).chars().take(WORD_CHARS_MAX).collect();
            push(&rest[..word], is_match(&folded));
        }
        rest = &rest[word..];
        let gap = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        if gap > 0 {
            push(&rest[..gap], false);
        }
        rest = &rest[gap..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_into_words() {
        assert_eq!(
            of("Kari-Anne Ødegård, kari.a@example.no"),
            ["kari", "anne", "odegard", "kari", "a", "example", "no"]
        );
        assert_eq!(of("hansen42b #1042"), ["hansen", "42", "b", "1042"]);
        assert_eq!(of(" … "), Vec::<String>::new());
        assert_eq!(of(&"x".repeat(40))[0].len(), WORD_CHARS_MAX);
    }

    #[test]
    fn phone_numbers_are_read_from_behind() {
        let alike = ["+47 22 33 44 55", "0047 22334455", "004722334455"];
        for text in alike {
            assert_eq!(of_phone(text).unwrap(), "\u{1}5544332274");
        }
        assert!(of_phone("+47 22 33 44 55").unwrap().starts_with(&of_phone("22 33 44 55").unwrap()));
        assert_eq!(of_phone("1234"), None);
        assert!(is_phone("(022) 33-44.55") && !is_phone("22 33") && !is_phone("22334455 Kari"));
    }

    #[test]
    fn pieces_are_the_text() {
        let found = pieces("Kari Ødegård (Oslo)", |word| word == "odegard");
        let texts: Vec<(&str, bool)> = found.iter().map(|piece| (piece.text.as_str(), piece.is_match)).collect();
        assert_eq!(texts, [("Kari ", false), ("Ødegård", true), (" (Oslo)", false)]);
        assert_eq!(pieces("", |_| true), []);
    }
}
