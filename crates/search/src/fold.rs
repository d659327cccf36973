//! One writing for letters that people write in several.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Lower case without accents: `Ærlig Bjørn Müller` is `aerlig bjorn muller`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
        return out;
    }
    for c in text.chars().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ø' => out.push('o'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'þ' => out.push_str("th"),
            'ð' | 'đ' => out.push('d'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_make_no_difference() {
        let same = [
            ("Ærlig Bjørn Müller", "aerlig bjorn muller"),
            ("ÅSE", "ase"),
            ("Łukasz Groß", "lukasz gross"),
            ("José", "jose"),
            ("Jose\u{301}", "jose"),
            ("Ωmega", "ωmega"),
            ("ﬁn", "fin"),
        ];
        for (written, folded) in same {
            assert_eq!(fold(written), folded);
            assert_eq!(fold(folded), folded, "folding twice changes nothing");
        }
    }
}
