//! What somebody wrote, told apart from the mail that they answer and that hangs below it.
//!
//! There is no mark for it that all programs set, only habits: `>` before each line, a line that says who wrote when,
//! a block of headers. What is not recognised stays with the text: nothing is lost either way.

/// The two halves of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// What was written.
    pub own: String,
    /// What it answers.
    pub quoted: String,
}

/// Lines that are looked at.
const LINES_MAX: usize = 20_000;
/// Lines over which "On Monday … wrote:" may be broken.
const INTRODUCTION_LINES: usize = 3;
/// Longest introduction, bytes.
const INTRODUCTION_BYTES_MAX: usize = 400;

/// How programs begin to tell who wrote what follows, and how they end, in the languages of our users.
const WROTE: [(&str, &str); 6] =
    [("on ", "wrote:"), ("den ", "skrev"), ("på ", "skrev"), ("am ", "schrieb"), ("le ", "a écrit"), ("", "kirjoitti")];
/// Lines after which all is the older mail.
const DIVIDERS: [&str; 6] = [
    "-----original message-----",
    "-----opprinnelig melding-----",
    "-----ursprungligt meddelande-----",
    "-----oprindelig meddelelse-----",
    "-----alkuperäinen viesti-----",
    "________________________________",
];
/// The first two headers of the older mail, as they stand without a divider.
const HEADERS: [(&str, &str); 4] =
    [("from:", "sent:"), ("fra:", "sendt:"), ("från:", "skickat:"), ("lähettäjä:", "lähetetty:")];

/// Tell what was written from what is quoted.
pub fn split(text: &str) -> Words {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.lines().take(LINES_MAX).collect();
    let begins = (0..lines.len()).find(|at| is_beginning(&lines, *at)).or_else(|| trailing_quotes(&lines));
    let begins = begins.unwrap_or(lines.len());
    let own = lines[..begins].join("\n").trim().to_owned();
    let quoted = lines[begins..].join("\n").trim().to_owned();
    // Somebody who answered between the lines, or only forwarded: all of it is what they sent.
    if own.is_empty() { Words { own: quoted, quoted: String::new() } } else { Words { own, quoted } }
}

fn is_beginning(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim().to_lowercase();
    if line.is_empty() {
        return false;
    }
    let next = lines[at + 1..].iter().map(|line| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
    let next = next.to_lowercase();
    DIVIDERS.iter().any(|divider| line.starts_with(divider))
        || HEADERS.iter().any(|(first, second)| line.starts_with(first) && next.starts_with(second))
        || is_introduction(lines, at)
}

/// "On Monday … wrote:", also when it is broken over lines, with something quoted or indented after it.
fn is_introduction(lines: &[&str], at: usize) -> bool {
    let mut told = String::new();
    for line in lines[at..].iter().take(INTRODUCTION_LINES) {
        let line = line.trim();
        if line.is_empty() || told.len() + line.len() > INTRODUCTION_BYTES_MAX {
            return false;
        }
        told.push_str(&line.to_lowercase());
        let ends = |end: &str| told.contains(end) && told.ends_with(':');
        let has_time = told.contains('@') || told.chars().filter(char::is_ascii_digit).count() >= 3;
        if WROTE.iter().any(|(begin, end)| told.starts_with(begin) && ends(end)) && has_time {
            return true;
        }
        told.push(' ');
    }
    false
}

/// Where the lines with `>` begin that nothing else follows.
fn trailing_quotes(lines: &[&str]) -> Option<usize> {
    let is_quote = |line: &&str| line.trim_start().starts_with('>');
    let last = lines.iter().rposition(|line| !line.trim().is_empty())?;
    if !is_quote(&lines[last]) {
        return None;
    }
    let before = lines[..last].iter().rposition(|line| !line.trim().is_empty() && !is_quote(line));
    Some(before.map_or(0, |before| before + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_told_apart() {
        let cases = [
            (
                "Yes please.\n\nOn Mon, 2 Mar 2026 at 09:00, Kari <kari@x.no> wrote:\n> Tuesday?\n",
                "Yes please.",
                "On Mon",
            ),
            ("Ja.\r\n\r\nDen man. 2. mars 2026 kl. 09:00 skrev Kari <k@x.no>:\r\n\r\n> Tirsdag?", "Ja.", "Den man"),
            ("Ja.\nOn Mon, 2 Mar 2026 at 09:00, Somebody With Long Name\n<kari@x.no> wrote:\n> A", "Ja.", "On Mon"),
            ("Ja\n\n-----Original Message-----\nFrom: A\n", "Ja", "-----Original"),
            ("Ja\n\nFra: Kari\nSendt: mandag\nTil: Ola\n\nHei", "Ja", "Fra: Kari"),
            ("Hi\n> a\n> b\n", "Hi", "> a"),
            ("> Tuesday?\nYes\n> Ten?\nNo", "> Tuesday?\nYes\n> Ten?\nNo", ""),
            ("> all quoted\n> and nothing else", "> all quoted\n> and nothing else", ""),
            ("On the other hand, he wrote: nothing", "On the other hand, he wrote: nothing", ""),
            ("From: here on\nall is well", "From: here on\nall is well", ""),
            ("", "", ""),
        ];
        for (text, own, quoted) in cases {
            let words = split(text);
            assert_eq!(words.own, own, "{text:?}");
            assert!(words.quoted.starts_with(quoted) && words.quoted.is_empty() == quoted.is_empty(), "{words:?}");
        }
    }
}
