//! Names of folders in the letters that IMAP takes: modified UTF-7 (RFC 3501, 5.1.3).

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

const ENGINE: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

pub(super) fn encode(name: &str) -> String {
    let mut encoded = String::new();
    let mut foreign: Vec<u8> = Vec::new();
    let flush = |foreign: &mut Vec<u8>, encoded: &mut String| {
        if !foreign.is_empty() {
            encoded.push('&');
            encoded.push_str(&ENGINE.encode(&foreign));
            encoded.push('-');
            foreign.clear();
        }
    };
    for letter in name.chars() {
        if letter == ' ' || letter.is_ascii_graphic() {
            flush(&mut foreign, &mut encoded);
            encoded.push(letter);
            if letter == '&' {
                encoded.push('-');
            }
        } else {
            let mut units = [0; 2];
            foreign.extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut foreign, &mut encoded);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_letters_are_packed() {
        assert_eq!(encode("INBOX/Leads"), "INBOX/Leads");
        assert_eq!(encode("Salg & service"), "Salg &- service");
        assert_eq!(encode("Forespørsler"), "Foresp&APg-rsler");
        // The example of RFC 3501.
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(encode("😀"), "&2D3eAA-");
    }
}
