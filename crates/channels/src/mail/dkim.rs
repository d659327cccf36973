//! DKIM: signing (RFC 6376, relaxed/relaxed, RSA-SHA256 and RFC 8463's Ed25519), keys, DNS records.
//!
//! Written here rather than taken from the mail library: its signature names the present time itself,
//! cannot cover a header that is absent (which stops a second `From` from being added), and reads only
//! PKCS#1 keys. Signing is by `ring`: 0.6 ms for RSA-2048, in debug builds too.

use std::fmt;

use base::{Random, Timestamp};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bits of a new RSA key: what every receiver verifies, and it fits two strings of a TXT record.
pub const RSA_BITS: usize = 2048;
/// Longest private key in PEM, in bytes; RSA-4096 takes about 3,300.
pub const KEY_BYTES_MAX: usize = 8 * 1024;
/// Longest string in a DNS TXT record (RFC 1035).
const TXT_STRING_BYTES_MAX: usize = 255;
/// Width at which the signature's header is folded.
const FOLD_WIDTH: usize = 72;

/// The headers a signature covers when they are there.
const SIGNED: [&str; 12] = [
    "from",
    "to",
    "cc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
];
/// Those it covers once more than they are there, so that nobody can add another on the way.
const OVERSIGNED: [&str; 6] = ["from", "to", "subject", "date", "reply-to", "content-type"];

/// What DKIM needs to know; kept in the settings. Its `Debug` leaves the key out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimSettings {
    /// The domain that answers for the mail: that of the sender's address, or one above it.
    pub domain: String,
    /// The name under `_domainkey` at which the public key is published.
    pub selector: String,
    /// PKCS#8 PEM of an RSA (2048 bits or more) or Ed25519 key; PKCS#1 PEM is read too.
    pub private_key_pem: String,
}

impl fmt::Debug for DkimSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DkimSettings")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .field("private_key_pem", &"<secret>")
            .finish()
    }
}

/// Why DKIM cannot be used. Never holds the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    /// Not a name that DNS knows.
    #[error("{0:?} is not a domain; write the part after the @ of your sender's address")]
    Domain(String),
    /// Not a label.
    #[error("{0:?} is not a selector; use lower-case letters, digits and hyphens, such as suppilo1")]
    Selector(String),
    /// Not PEM, or not a key that signs.
    #[error(
        "the DKIM key cannot be read; paste an RSA key of at least 2048 bits or an Ed25519 key in PEM (BEGIN PRIVATE KEY), or make a new one"
    )]
    Key,
    /// The library could not make a key.
    #[error("no DKIM key could be made; try again")]
    Generate,
    /// The library could not sign.
    #[error("the mail could not be signed with the DKIM key; make a new key in Settings, Mail")]
    Sign,
}

enum Signer {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// A key ready to sign. Its `Debug` leaves the key out.
pub struct DkimKey {
    domain: String,
    selector: String,
    signer: Signer,
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DkimKey")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}

/// A TXT record to paste at one's DNS provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsRecord {
    /// `suppilo1._domainkey.example.com`
    pub name: String,
    /// `v=DKIM1; k=rsa; p=MIIB...`: for a provider's form, which splits it itself.
    pub value: String,
    /// The same for a zone file, in quoted strings of at most 255 bytes.
    pub zone_value: String,
}

/// A new RSA-2048 key as PKCS#8 PEM. Takes about 0.3 s (10 s unoptimised): run it where it may block.
pub fn generate_rsa(random: &dyn Random) -> Result<String, DkimError> {
    let key = rsa::RsaPrivateKey::new(&mut Injected(random), RSA_BITS).map_err(|_| DkimError::Generate)?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| DkimError::Generate)?;
    Ok(pem.to_string())
}

/// A new Ed25519 key as PKCS#8 PEM. Few receivers verify these yet: sign with RSA as well, or instead.
pub fn generate_ed25519(random: &dyn Random) -> String {
    // RFC 8410, section 7: version 0, id-Ed25519, the seed in an octet string of its own.
    let mut der = vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let mut seed = [0u8; 32];
    random.fill(&mut seed);
    der.extend_from_slice(&seed);
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

/// The injected randomness in the shape the key generator wants.
struct Injected<'a>(&'a dyn Random);

impl rsa::rand_core::RngCore for Injected<'_> {
    fn next_u32(&mut self) -> u32 {
        (self.0.next_u64() >> 32) as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        self.0.fill(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill(dest);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Injected<'_> {}

/// The bytes between the PEM lines, and whether they are PKCS#1.
fn pem_bytes(pem: &str) -> Result<(Vec<u8>, bool), DkimError> {
    if pem.len() > KEY_BYTES_MAX {
        return Err(DkimError::Key);
    }
    let mut lines = pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let is_pkcs1 = match lines.next() {
        Some("-----BEGIN PRIVATE KEY-----") => false,
        Some("-----BEGIN RSA PRIVATE KEY-----") => true,
        _ => return Err(DkimError::Key),
    };
    let body: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    Ok((STANDARD.decode(body).map_err(|_| DkimError::Key)?, is_pkcs1))
}

fn read_key(pem: &str) -> Result<Signer, DkimError> {
    let (der, is_pkcs1) = pem_bytes(pem)?;
    if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
        return Ok(Signer::Ed25519(key));
    }
    let key = if is_pkcs1 { RsaKeyPair::from_der(&der) } else { RsaKeyPair::from_pkcs8(&der) };
    key.map(|key| Signer::Rsa(Box::new(key))).map_err(|_| DkimError::Key)
}

fn rsa_public_der(pem: &str) -> Result<Vec<u8>, DkimError> {
    let (der, is_pkcs1) = pem_bytes(pem)?;
    let key = if is_pkcs1 {
        use rsa::pkcs1::DecodeRsaPrivateKey;
        rsa::RsaPrivateKey::from_pkcs1_der(&der).map_err(|_| DkimError::Key)?
    } else {
        rsa::RsaPrivateKey::from_pkcs8_der(&der).map_err(|_| DkimError::Key)?
    };
    let public = key.to_public_key().to_public_key_der().map_err(|_| DkimError::Key)?;
    Ok(public.as_bytes().to_vec())
}

fn wire_domain(domain: &str) -> Result<String, DkimError> {
    match url::Host::parse(domain.trim().trim_end_matches('.')) {
        Ok(url::Host::Domain(domain)) if domain.contains('.') => Ok(domain),
        _ => Err(DkimError::Domain(domain.chars().take(80).collect())),
    }
}

fn checked_selector(selector: &str) -> Result<String, DkimError> {
    let selector = selector.trim().to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if selector.split('.').all(is_label) {
        Ok(selector)
    } else {
        Err(DkimError::Selector(selector.chars().take(80).collect()))
    }
}

impl DkimSettings {
    /// The record with which receivers find the public key.
    pub fn dns_record(&self) -> Result<DnsRecord, DkimError> {
        let key = DkimKey::new(self)?;
        let value = match &key.signer {
            Signer::Ed25519(pair) => format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(pair.public_key())),
            Signer::Rsa(_) => {
                format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(rsa_public_der(&self.private_key_pem)?))
            }
        };
        let strings: Vec<String> = value
            .as_bytes()
            .chunks(TXT_STRING_BYTES_MAX)
            .map(|chunk| format!("\"{}\"", String::from_utf8_lossy(chunk)))
            .collect();
        let name = format!("{}._domainkey.{}", key.selector, key.domain);
        Ok(DnsRecord { name, value, zone_value: strings.join(" ") })
    }
}

impl DkimKey {
    /// Check the settings and read the key.
    pub fn new(settings: &DkimSettings) -> Result<Self, DkimError> {
        Ok(Self {
            domain: wire_domain(&settings.domain)?,
            selector: checked_selector(&settings.selector)?,
            signer: read_key(&settings.private_key_pem)?,
        })
    }

    /// The message with a signature before it. `message` is RFC 5322 with CRLF line ends; `time` is
    /// written into the signature.
    pub fn sign(&self, message: &[u8], time: Timestamp) -> Result<Vec<u8>, DkimError> {
        let (head, body) = split(message);
        let fields = fields(head);
        let (names, mut hashed) = covered(&fields);
        let algorithm = match self.signer {
            Signer::Rsa(_) => "rsa-sha256",
            Signer::Ed25519(_) => "ed25519-sha256",
        };
        let mut header = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n\ts={}; t={};\r\n\th={};\r\n\tbh={};\r\n\tb=",
            self.domain,
            self.selector,
            time.ms().max(0) / 1000,
            folded(&names, ":"),
            STANDARD.encode(Sha256::digest(relaxed_body(body))),
        );
        hashed.extend_from_slice(relaxed_field(header.as_bytes()).trim_ascii_end());
        let signature = STANDARD.encode(self.signature(&hashed)?);
        let lines: Vec<String> =
            signature.as_bytes().chunks(FOLD_WIDTH).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        header.push_str(&lines.join("\r\n\t"));
        header.push_str("\r\n");
        Ok([header.as_bytes(), message].concat())
    }

    fn signature(&self, data: &[u8]) -> Result<Vec<u8>, DkimError> {
        match &self.signer {
            Signer::Ed25519(key) => Ok(key.sign(&Sha256::digest(data)).as_ref().to_vec()),
            Signer::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // PKCS#1 v1.5 signatures use no randomness; the library takes a source for its other paddings.
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature).map_err(|_| DkimError::Sign)?;
                Ok(signature)
            }
        }
    }
}

/// Header block and body, without the empty line between them.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    match message.windows(4).position(|window| window == b"\r\n\r\n") {
        Some(at) => (&message[..at + 2], &message[at + 4..]),
        None => (message, b""),
    }
}

/// The header fields with their folded lines.
fn fields(head: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    for at in 0..head.len().saturating_sub(1) {
        let is_end = &head[at..at + 2] == b"\r\n" && !matches!(head.get(at + 2), Some(b' ' | b'\t'));
        if is_end {
            fields.push(&head[start..at + 2]);
            start = at + 2;
        }
    }
    fields
}

/// The names for `h=` and the canonical text of the fields they stand for, last instance first.
fn covered(fields: &[&[u8]]) -> (Vec<&'static str>, Vec<u8>) {
    let mut names = Vec::new();
    let mut hashed = Vec::new();
    for name in SIGNED {
        let is_named = |field: &&&[u8]| {
            field
                .iter()
                .position(|&b| b == b':')
                .is_some_and(|at| field[..at].trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
        };
        for field in fields.iter().filter(is_named).rev() {
            names.push(name);
            hashed.extend_from_slice(&relaxed_field(field));
        }
        if OVERSIGNED.contains(&name) {
            names.push(name);
        }
    }
    (names, hashed)
}

/// RFC 6376, section 3.4.2: the name in lower case, the value on one line with single spaces.
fn relaxed_field(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|&b| b == b':').unwrap_or(field.len());
    let mut out = field[..colon].trim_ascii().to_ascii_lowercase();
    out.push(b':');
    let value = field.get(colon + 1..).unwrap_or_default();
    let words = value.split(|b| b" \t\r\n".contains(b)).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// RFC 6376, section 3.4.4: single spaces, none at line ends, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let text = body.strip_suffix(b"\r\n").unwrap_or(body);
    let mut is_pending_space = false;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b' ' | b'\t' => is_pending_space = true,
            b'\r' if text.get(at + 1) == Some(&b'\n') => {
                out.extend_from_slice(b"\r\n");
                is_pending_space = false;
                at += 1;
            }
            byte => {
                if is_pending_space {
                    out.push(b' ');
                }
                is_pending_space = false;
                out.push(byte);
            }
        }
        at += 1;
    }
    if !out.is_empty() {
        out.extend_from_slice(b"\r\n");
    }
    while out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    if out == b"\r\n" { Vec::new() } else { out }
}

/// Joined and folded after the separator.
fn folded(words: &[&str], separator: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
            if width + word.len() > FOLD_WIDTH {
                out.push_str("\r\n\t ");
                width = 0;
            }
        }
        out.push_str(word);
        width += word.len() + separator.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6376, section 3.4.5.
    #[test]
    fn canonical_forms_are_those_of_the_rfc() {
        assert_eq!(relaxed_field(b"A: X\r\n"), b"a:X\r\n");
        assert_eq!(relaxed_field(b"B : Y\t\r\n\tZ  \r\n"), b"b:Y Z\r\n");
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        for (body, canonical) in [
            (&b""[..], &b""[..]),
            (b"\r\n", b""),
            (b"\r\n\r\n\r\n", b""),
            (b"a", b"a\r\n"),
            (b"\r\na  \r\n \r\n", b"\r\na\r\n"),
        ] {
            assert_eq!(relaxed_body(body), canonical, "{body:?}");
        }
    }

    #[test]
    fn fields_keep_their_folds() {
        assert_eq!(fields(b"A: 1\r\n 2\r\nB: 3\r\n"), [&b"A: 1\r\n 2\r\n"[..], b"B: 3\r\n"]);
    }

    #[test]
    fn settings_are_checked_and_never_shown() {
        let pem = generate_ed25519(&base::SeededRandom::new(1));
        let settings = |domain: &str, selector: &str| DkimSettings {
            domain: domain.into(),
            selector: selector.into(),
            private_key_pem: pem.clone(),
        };
        let good = settings("blåbær.example", "Suppilo1");
        assert_eq!(good.dns_record().unwrap().name, "suppilo1._domainkey.xn--blbr-roah.example");
        assert_eq!(DkimKey::new(&settings("localhost", "s")).unwrap_err(), DkimError::Domain("localhost".into()));
        assert!(matches!(DkimKey::new(&settings("a.no", "s s")).unwrap_err(), DkimError::Selector(_)));
        let broken = DkimSettings { private_key_pem: "-----BEGIN PRIVATE KEY-----\nAAAA\n".into(), ..good.clone() };
        assert_eq!(DkimKey::new(&broken).unwrap_err(), DkimError::Key);
        let secret = pem.lines().nth(1).unwrap();
        let shown = format!("{good:?} {:?}", DkimKey::new(&good).unwrap());
        assert!(!shown.contains(secret) && shown.contains("<secret>"), "{shown}");
    }

    #[test]
    fn a_new_rsa_key_signs_and_has_a_record() {
        let settings = DkimSettings {
            domain: "example.no".into(),
            selector: "s1".into(),
            private_key_pem: generate_rsa(&base::SeededRandom::new(7)).unwrap(),
        };
        let record = settings.dns_record().unwrap();
        assert!(record.value.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQ"), "{}", record.value);
        assert_eq!(record.zone_value.matches('"').count(), 4, "two strings of at most 255 bytes");
        assert_eq!(record.zone_value.replace("\" \"", "").trim_matches('"'), record.value);
        let message = b"From: a@example.no\r\nSubject: x\r\n\r\nHello\r\n";
        let signed = DkimKey::new(&settings).unwrap().sign(message, Timestamp::from_ms(1_790_000_000_000)).unwrap();
        assert!(signed.ends_with(message));
        let header = String::from_utf8(signed[..signed.len() - message.len()].to_vec()).unwrap();
        assert!(header.lines().all(|line| line.len() <= 78), "{header}");
        let flat = header.replace("\r\n\t", "").replace(' ', "");
        assert!(flat.contains("h=from:from:to:reply-to:subject:subject:date:content-type;"), "{flat}");
    }
}
