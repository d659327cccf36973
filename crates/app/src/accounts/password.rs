//! Passwords: argon2id, off the threads that serve requests.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::{App, AppError, FieldProblem, Result};

/// Shortest password, in characters (NIST SP 800-63B asks for at least 8; longer is what helps).
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password: hashing must not be a way to keep the machine busy.
pub const PASSWORD_CHARS_MAX: usize = 200;
/// OWASP's first choice for argon2id: 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Passwords that are tried first by everybody.
const TOO_COMMON: [&str; 8] =
    ["1234567890", "password123", "passord123", "qwertyuiop", "0123456789", "1111111111", "password1234", "adminadmin"];

pub(super) fn check(password: &str) -> Result<(), FieldProblem> {
    let count = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&count) {
        let message = format!("choose a password of {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters");
        return Err(FieldProblem::new("password", "length", message));
    }
    if TOO_COMMON.contains(&password.to_lowercase().as_str()) {
        return Err(FieldProblem::new("password", "too_common", "this password is among the first to be guessed"));
    }
    Ok(())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the constants are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

pub(super) async fn hash(app: &App, password: String) -> Result<String> {
    let mut salt = [0; 16];
    app.random.fill(&mut salt);
    blocking(move || {
        let salt = SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
        let hash = argon2().hash_password(password.as_bytes(), &salt).map_err(|error| error.to_string())?;
        Ok(hash.to_string())
    })
    .await
}

pub(super) async fn verify(stored: String, password: String) -> Result<bool> {
    if password.chars().count() > PASSWORD_CHARS_MAX {
        return Ok(false);
    }
    blocking(move || {
        let parsed = PasswordHash::new(&stored).map_err(|error| error.to_string())?;
        Ok(argon2().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

/// Spend the time of a verification, so that the time of the answer does not tell whether an address is known.
pub(super) async fn verify_nothing(app: &App, password: String) -> Result<()> {
    hash(app, password.chars().take(PASSWORD_CHARS_MAX).collect()).await.map(drop)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Internal(error.to_string()))?;
    done.map_err(|error| AppError::Internal(format!("password hashing failed: {error}")))
}
