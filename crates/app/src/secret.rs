//! The secrets of this installation, and what is signed and hashed with them.

use std::io::Write as _;
use std::path::Path;

use base::{Random, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Bytes of the key of a data folder.
pub const KEY_BYTES: usize = 32;

/// SHA-256, for tokens that we must know again and never show.
pub fn hash(token: &str) -> [u8; 32] {
    hash_bytes(token.as_bytes())
}

/// SHA-256 of bytes that we must know again.
pub(crate) fn hash_bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Signs what leaves the program and must come back unchanged: download links, unsubscribe links, form times.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

/// Why a signed text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not signed by us, or changed on the way.
    #[error("the link is not complete: open it again from the message")]
    Forged,
    /// Its time has passed.
    #[error("the link has expired")]
    Expired,
}

impl Signer {
    /// The key of this data folder, made at the first start. Only the owner of the process may read the file.
    pub fn open(folder: &Path, random: &dyn Random) -> std::io::Result<Self> {
        let path = folder.join("secret.key");
        match std::fs::read(&path) {
            Ok(bytes) => {
                let damaged = |_| std::io::Error::other(format!("{} must hold 32 bytes", path.display()));
                Ok(Self::with_key(bytes.try_into().map_err(damaged)?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; KEY_BYTES];
                random.fill(&mut key);
                write_private(&path, &key)?;
                Ok(Self::with_key(key))
            }
            Err(error) => Err(error),
        }
    }

    /// A signer with a key of the caller.
    pub fn with_key(key: [u8; 32]) -> Self {
        Self(Hmac::new_from_slice(&key).expect("HMAC takes keys of any length"))
    }

    /// A MAC over `text` for one purpose; the same text signed for another purpose does not pass.
    pub fn mac(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// `text` in a form for addresses, with its expiry and signature.
    pub fn sign(&self, purpose: &str, text: &str, expires_at: Option<Timestamp>) -> String {
        let payload = format!("{}.{}", expires_at.map_or(0, Timestamp::ms), text);
        let mac = self.mac(purpose, payload.as_bytes());
        // 128 bits of the MAC are enough against guessing over the network and keep links short.
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(&mac[..16]))
    }

    /// The text of [`Signer::sign`], if it is unchanged and its time has not passed.
    pub fn verify(&self, purpose: &str, signed: &str, now: Timestamp) -> Result<String, SignatureError> {
        let (payload, mac) = signed.split_once('.').ok_or(SignatureError::Forged)?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| SignatureError::Forged);
        let payload = String::from_utf8(decode(payload)?).map_err(|_| SignatureError::Forged)?;
        let expected = self.mac(purpose, payload.as_bytes());
        if !bool::from(expected[..16].ct_eq(&decode(mac)?)) {
            return Err(SignatureError::Forged);
        }
        let (expires_at, text) = payload.split_once('.').ok_or(SignatureError::Forged)?;
        let expires_at: i64 = expires_at.parse().map_err(|_| SignatureError::Forged)?;
        if expires_at != 0 && expires_at <= now.ms() {
            return Err(SignatureError::Expired);
        }
        Ok(text.to_owned())
    }
}

/// Write a new file that only the owner of the process may read; an error when the name is taken.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_moved_or_too_late_is_refused() {
        let signer = Signer::with_key([7; 32]);
        let now = Timestamp::from_ms(1000);
        let signed = signer.sign("download", "mag_1.ctc_2", Some(Timestamp::from_ms(2000)));
        assert_eq!(signer.verify("download", &signed, now), Ok("mag_1.ctc_2".to_owned()));
        assert_eq!(signer.verify("unsubscribe", &signed, now), Err(SignatureError::Forged));
        assert_eq!(signer.verify("download", &signed, Timestamp::from_ms(2000)), Err(SignatureError::Expired));
        let other = Signer::with_key([8; 32]);
        assert_eq!(other.verify("download", &signed, now), Err(SignatureError::Forged));
        for at in 0..signed.len() {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            if changed != signed {
                assert!(signer.verify("download", &changed, now).is_err(), "byte {at}");
            }
        }
    }
}
