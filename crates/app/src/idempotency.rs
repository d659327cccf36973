//! A request sent twice with one `Idempotency-Key` is carried out once: its answer is kept and given again.
//!
//! The key is leased before the work begins and the answer kept after it, each in a transaction of its own, because
//! the work opens its own. When the program dies between the commit of the work and the keeping of its answer, the
//! same request is carried out once more after [`LEASE_MS`]; every other failure leaves either an answer or nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};
use store::idempotency::{self, Kept, Lease};

use crate::{Actor, App, AppError, Result};

/// How long an answer is kept, ms.
pub const ANSWERS_KEPT_MS: i64 = 24 * 3600 * 1000;
/// After this a request that has said nothing is taken for dead, ms. Longer than any request may take.
pub const LEASE_MS: i64 = 120_000;

/// What makes two requests the same one.
pub struct Fingerprint<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// An answer as it was given the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What to do with a request.
pub enum Begun {
    /// Carry it out, then [`keep`] its answer or [`release`] the key.
    CarryOut(Lease),
    /// It was carried out: answer the same.
    Answered(Answer),
    /// It was carried out with that status, and its answer was too long or too secret to keep.
    AnswerNotKept { status: u16 },
    /// It is being carried out at this moment.
    InProgress,
    /// The key was used for another request.
    OtherRequest,
}

/// Ask for the right to carry a request out.
pub async fn begin(app: &App, actor: &Actor, key: &str, fingerprint: &Fingerprint<'_>) -> Result<Begun> {
    let now = app.now();
    let lease = Lease {
        scope: format!("api:{}", actor.audit_name()),
        key: key.to_owned(),
        token: i64::from_ne_bytes(app.random.next_u64().to_ne_bytes()),
        until: now.plus_ms(LEASE_MS),
    };
    let hash = hash(app, fingerprint);
    let tx = app.store.begin().await?;
    let kept = idempotency::lease(&tx, &lease, &hash, now, now.plus_ms(-ANSWERS_KEPT_MS)).await?;
    tx.commit().await?;
    match kept {
        None => Ok(Begun::CarryOut(lease)),
        Some(kept) if kept.request_hash != hash => Ok(Begun::OtherRequest),
        Some(Kept { status: 0, .. }) => Ok(Begun::InProgress),
        Some(Kept { status, is_answer_kept: false, .. }) => Ok(Begun::AnswerNotKept { status }),
        Some(kept) => {
            let damaged = |error| AppError::Internal(format!("a kept answer is damaged: {error}"));
            let headers = serde_json::from_str(&kept.headers).map_err(damaged)?;
            Ok(Begun::Answered(Answer { status: kept.status, headers, body: kept.response }))
        }
    }
}

/// With the key of the installation: a body may hold a password, and its plain hash beside names that are known
/// would be far easier to guess from than the one the password is checked with.
fn hash(app: &App, fingerprint: &Fingerprint<'_>) -> [u8; 32] {
    let Fingerprint { method, target, body } = fingerprint;
    let body = STANDARD_NO_PAD.encode(Sha256::digest(body));
    app.signer.mac("idempotency", format!("{method} {target} {body}").as_bytes())
}

/// Keep the answer; `Err` keeps only the status of one whose content cannot be kept.
pub async fn keep(app: &App, lease: &Lease, answer: Result<&Answer, u16>) -> Result<()> {
    let headers = match answer {
        Ok(answer) => serde_json::to_string(&answer.headers).map_err(|error| AppError::Internal(error.to_string()))?,
        Err(_) => String::new(),
    };
    let kept = match answer {
        Ok(answer) => idempotency::Answer { status: answer.status, content: Some((&headers, &answer.body)) },
        Err(status) => idempotency::Answer { status, content: None },
    };
    let tx = app.store.begin().await?;
    let is_ours = idempotency::finish_lease(&tx, lease, kept).await?;
    tx.commit().await?;
    if !is_ours {
        tracing::warn!(key = lease.key, "a request took longer than its Idempotency-Key was reserved for");
    }
    Ok(())
}

/// Let the same request be tried again: this one changed nothing.
pub async fn release(app: &App, lease: &Lease) -> Result<()> {
    let tx = app.store.begin().await?;
    idempotency::release_lease(&tx, lease).await?;
    tx.commit().await?;
    Ok(())
}
