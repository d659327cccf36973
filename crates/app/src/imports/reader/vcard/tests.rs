use std::collections::BTreeMap;
use std::io::Write as _;

use proptest::prelude::*;

use super::super::{Format, ReadHint, open};
use super::*;

type Read = Vec<Result<BTreeMap<String, String>, String>>;

/// What stands in each card, or why it is refused.
fn read(bytes: &[u8]) -> Read {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut table = open(file.path(), &ReadHint::default()).unwrap();
    assert_eq!(table.format(), Format::Vcard);
    let columns = table.columns().to_vec();
    let mut all = Vec::new();
    while let Some(next) = table.next_row().unwrap() {
        all.push(match next {
            Next::Row(row) => Ok(columns
                .iter()
                .zip(&row.cells)
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(name, cell)| (name.clone(), cell.as_text().into_owned()))
                .collect()),
            Next::Refused(refused) => Err(format!("{}: {}", refused.line, refused.reason)),
        });
    }
    all
}

fn card(pairs: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
    Ok(pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
}

#[test]
fn a_card_of_version_4_is_taken_apart() {
    let text = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Kari Anne Nordmann\r\nN:Nordmann;Kari;Anne;Dr.;\r\n\
        EMAIL;TYPE=home:kari@home.example\r\nEMAIL;PREF=1;TYPE=work:kari@acme.example\r\n\
        TEL;VALUE=uri;TYPE=\"voice,home\":tel:+47-22-33-44-55;ext=7\r\nTEL;TYPE=cell:+47 900 00 000\r\n\
        TEL;TYPE=fax:22334456\r\nORG:Acme\\, Norge;Salg;Nord\r\nTITLE:Sjef\r\nROLE:Kjøper\r\n\
        ADR;TYPE=work:;;Storgata 1;Oslo;;0155;Norge\r\nBDAY:19850302\r\nURL:https://acme.example\r\n\
        LANG:nb\r\nCATEGORIES:VIP,a\\,b\r\nNOTE:Linje 1\\nLinje 2\\; slutt med et langt ord som er\r\n  brettet\r\n\
        PHOTO:data:image/jpeg;base64,AAAA\r\n BBBB\r\nX-SOMETHING:else\r\nEND:VCARD\r\n";
    let expected = card(&[
        ("Family name", "Nordmann"),
        ("Given name", "Kari Anne"),
        ("E-mail", "kari@acme.example"),
        ("Other e-mail addresses", "kari@home.example"),
        ("Phone", "+47 900 00 000"),
        ("Other phones", "+47-22-33-44-55 ext 7 (home), 22334456 (fax)"),
        ("Company", "Acme, Norge"),
        ("Department", "Salg, Nord"),
        ("Job title", "Sjef"),
        ("Role", "Kjøper"),
        ("Address", "Storgata 1, 0155 Oslo, Norge"),
        ("Birthday", "1985-03-02"),
        ("Website", "https://acme.example"),
        ("Language", "nb"),
        ("Categories", "[\"VIP\",\"a,b\"]"),
        ("Note", "Linje 1\nLinje 2; slutt med et langt ord som er brettet"),
        ("Photo", "picture"),
    ]);
    assert_eq!(read(text.as_bytes()), [expected]);
}

#[test]
fn a_card_of_version_2_brings_its_encodings() {
    let mut bytes = b"begin:vcard\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1:\xd8deg\xe5rd;P\xe5l\r\n".to_vec();
    bytes.extend_from_slice(
        b"NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:bl=C3=A5b=C3=A6r=0D=0A=\r\nog ost = 3=3D3\r\n\
          TITLE;QUOTED-PRINTABLE:M=E5ler\r\nTEL;WORK;VOICE:22 33 44 55\r\nTEL;CELL;PREF:90000000\r\n\
          EMAIL;INTERNET:paal@example.no\r\nPHOTO;ENCODING=BASE64;TYPE=JPEG:\r\n AAAA\r\n BBBB\r\n\r\n\
          AGENT:\r\nBEGIN:VCARD\r\nEMAIL:agent@example.no\r\nEND:VCARD\r\nEND:VCARD\r\n",
    );
    let expected = card(&[
        ("Family name", "Ødegård"),
        ("Given name", "Pål"),
        ("Note", "blåbær\r\nog ost = 3=3"),
        ("Job title", "Måler"),
        ("Phone", "90000000"),
        ("Other phones", "22 33 44 55 (work)"),
        ("E-mail", "paal@example.no"),
        ("Photo", "picture"),
    ]);
    assert_eq!(read(&bytes), [expected]);
}

#[test]
fn groups_empty_values_and_a_name_without_parts_are_taken() {
    let text = "BEGIN:VCARD\nVERSION:3.0\nitem1.EMAIL;type=INTERNET;type=pref:a@b.no\nitem1.X-ABLabel:x\nN:;;;;\nFN:Kari N\n\
        TEL:\nURL:\nEND:VCARD\n\n\nBEGIN:VCARD\nEMAIL:c@d.no\nEND:VCARD";
    let first = card(&[("Full name", "Kari N"), ("E-mail", "a@b.no")]);
    assert_eq!(read(text.as_bytes()), [first, card(&[("E-mail", "c@d.no")])]);
}

#[test]
fn what_is_no_card_is_refused_with_its_line_and_the_next_is_read() {
    let text =
        "BEGIN:VCARD\nEMAIL:a@b.no\nEND:VCARD\nstray\nBEGIN:VCARD\nNOTE:a\0b\nEND:VCARD\nBEGIN:VCARD\nEMAIL:c@d.no\n";
    let expected = [
        card(&[("E-mail", "a@b.no")]),
        Err("4: this stands between two cards; a card begins with BEGIN:VCARD".to_owned()),
        Err("5: line 6: a value holds a NUL character, which no text does".to_owned()),
        Err("8: the card has no end: END:VCARD is missing".to_owned()),
    ];
    assert_eq!(read(text.as_bytes()), expected);
    let long = format!(
        "BEGIN:VCARD\nNOTE:x\n {}\n {}\nEND:VCARD\nBEGIN:VCARD\nFN:y\nEND:VCARD\n",
        "a".repeat(600_000),
        "b".repeat(600_000)
    );
    let [first, second] = &read(long.as_bytes())[..] else { panic!("two cards") };
    assert!(first.as_ref().is_err_and(|reason| reason.contains("longer than 1 MiB")), "{first:?}");
    assert_eq!(*second, card(&[("Full name", "y")]));
}

/// A value as version 3 and 4 write it, cut into lines of `width` characters.
fn written(name: &str, value: &str, width: usize) -> String {
    let escaped = value.replace('\\', "\\\\").replace('\n', "\\n").replace(',', "\\,").replace(';', "\\;");
    let line: Vec<char> = format!("{name}:{escaped}").chars().collect();
    let lines: Vec<String> = line.chunks(width).map(|part| part.iter().collect()).collect();
    format!("{}\r\n", lines.join("\r\n "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a correct writer writes is read back, wherever its lines are folded.
    #[test]
    fn what_was_written_is_read(
        notes in prop::collection::vec("[a-zæøå:;,\\\\\n =\"😀]{1,60}", 1..4),
        width in 8usize..40,
    ) {
        let mut text = String::new();
        for note in &notes {
            text.push_str("BEGIN:VCARD\r\nVERSION:4.0\r\n");
            text.push_str(&written("NOTE", note, width));
            text.push_str("END:VCARD\r\n");
        }
        let found: Vec<String> = read(text.as_bytes())
            .into_iter()
            .map(|card| card.unwrap().remove("Note").unwrap_or_default())
            .collect();
        let expected: Vec<String> = notes.iter().map(|note| note.trim().to_owned()).collect();
        prop_assert_eq!(found, expected);
    }

    /// Nothing that bytes can do ends the reading early, and every line belongs to one row.
    #[test]
    fn no_bytes_make_the_reader_fail(
        parts in prop::collection::vec(
            prop_oneof![
                Just(b"BEGIN:VCARD\n".to_vec()), Just(b"END:VCARD\n".to_vec()), Just(b"N:a;b\n".to_vec()),
                Just(b"NOTE;ENCODING=QUOTED-PRINTABLE:=C3=\n".to_vec()), Just(b"PHOTO;BASE64:\n AA\n".to_vec()),
                prop::collection::vec(1u8..=255, 0..40),
            ],
            0..30,
        ),
    ) {
        // An empty line: one that begins with a space would go on with what is before it.
        let mut bytes = b"BEGIN:VCARD\nEMAIL:a@b.no\nEND:VCARD\n\n".to_vec();
        bytes.extend(parts.concat());
        let first = read(&bytes).remove(0);
        prop_assert_eq!(first, card(&[("E-mail", "a@b.no")]));
    }
}
