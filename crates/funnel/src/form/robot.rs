//! Who is taken for a robot: those who fill in the field nobody sees, and those who answer faster than
//! anybody reads. No third party is asked and nobody is made to click on traffic lights.

use base::Timestamp;

use super::FORM_FIELD;

/// The field no person sees. Named to be tempting; browsers do not fill it in by themselves.
pub const HONEYPOT_FIELD: &str = "homepage";
/// The hidden field that carries the signed time.
pub const TOKEN_FIELD: &str = "_token";
/// Nobody reads and answers a form faster.
pub const TOKEN_MIN_AGE_MS: i64 = 2_000;
/// A page left open longer is asked to be sent again.
pub const TOKEN_MAX_AGE_MS: i64 = 24 * 60 * 60 * 1000;
/// Bytes of the signature that are sent: 128 bits.
pub const MAC_BYTES: usize = 16;

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is none, or not one of ours.
    #[error("the form carries no token of this page")]
    Missing,
    /// The signature does not fit.
    #[error("the token of the form was altered")]
    Forged,
    /// Younger than [`TOKEN_MIN_AGE_MS`].
    #[error("the form was sent faster than it can be read")]
    TooYoung,
    /// Older than [`TOKEN_MAX_AGE_MS`].
    #[error("the page was open for more than a day")]
    TooOld,
}

/// What to do with a sent form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on and validate.
    Person,
    /// Answer as if all were well and keep nothing. The reason is for the operator's count.
    Robot(&'static str),
    /// Show the form again with what was typed and ask to send it once more.
    AskAgain(TokenError),
}

/// A token for a page shown now: the time in milliseconds, base 36, a dot, and the signature in hex.
/// `scope` names the form (page id and block id), so that one form's token does not serve another. `sign` is
/// HMAC-SHA256 with the program's key over the message.
pub fn issue_token(scope: &str, now: Timestamp, sign: impl Fn(&[u8]) -> [u8; 32]) -> String {
    let time = base36(now.ms().max(0).unsigned_abs());
    let mac = sign(message(scope, &time).as_bytes());
    let mut token = time;
    token.push('.');
    token.push_str(&base::hex(&mac[..MAC_BYTES]));
    token
}

/// The age of a token in milliseconds, when it is ours and neither too young nor too old.
pub fn check_token(
    scope: &str,
    token: &str,
    now: Timestamp,
    sign: impl Fn(&[u8]) -> [u8; 32],
) -> Result<i64, TokenError> {
    let (time, mac) = token.split_once('.').ok_or(TokenError::Missing)?;
    let issued_ms = i64::from_str_radix(time, 36).map_err(|_| TokenError::Missing)?;
    let expected = issue_token(scope, Timestamp::from_ms(issued_ms), sign);
    let expected = expected.split_once('.').map_or("", |(_, mac)| mac);
    if !is_same(mac.as_bytes(), expected.as_bytes()) {
        return Err(TokenError::Forged);
    }
    let age_ms = now.ms().saturating_sub(issued_ms);
    if age_ms < TOKEN_MIN_AGE_MS {
        Err(TokenError::TooYoung)
    } else if age_ms > TOKEN_MAX_AGE_MS {
        Err(TokenError::TooOld)
    } else {
        Ok(age_ms)
    }
}

/// Judge a sent form by its honeypot and its token.
///
/// Too fast is not proof enough to throw a lead away (a password manager fills a form at once), so the
/// visitor is asked to send it again: a person does, with an older token; a robot seldom does.
pub fn judge(scope: &str, submitted: &[(String, String)], now: Timestamp, sign: impl Fn(&[u8]) -> [u8; 32]) -> Verdict {
    let answer = |name: &str| submitted.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    if answer(HONEYPOT_FIELD).is_some_and(|value| !value.is_empty()) {
        return Verdict::Robot("filled in the hidden field");
    }
    match check_token(scope, answer(TOKEN_FIELD).unwrap_or_default(), now, sign) {
        Ok(_) => Verdict::Person,
        Err(TokenError::Missing) if answer(FORM_FIELD).is_none() => Verdict::Robot("sent no field of the page"),
        Err(error) => Verdict::AskAgain(error),
    }
}

fn message(scope: &str, time: &str) -> String {
    format!("suppilo form v1\n{scope}\n{time}")
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize] as char);
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Equal, without telling by the time it takes how much of it is.
fn is_same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
