//! Bodies: read within a limit and a time, unpacked within the same limit, held within a budget.

use std::{
    io::Read as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use base64::{Engine as _, alphabet, engine};
use bytes::{Bytes, BytesMut};
use flate2::read::{GzDecoder, ZlibDecoder};
use futures::StreamExt as _;
use url::form_urlencoded;

use super::{
    answer::Problem,
    limits::{BODY_SECONDS_MAX, IN_FLIGHT_BYTES_MAX},
    refusals::{Reason, Refusal},
};

/// The bytes of bodies that are held at once.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

/// A share of the budget, given back when it is dropped.
pub(super) struct Share<'b> {
    budget: &'b Budget,
    bytes: usize,
}

impl Budget {
    pub(super) fn share(&self) -> Share<'_> {
        Share { budget: self, bytes: 0 }
    }
}

impl Share<'_> {
    fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        let held = self.budget.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.bytes += bytes;
        if held > IN_FLIGHT_BYTES_MAX {
            return Err(Problem::busy("too many requests are being read at once; send this one again"));
        }
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::too_large(format!("the body is larger than {bytes_max} bytes; send fewer events at once"))
}

fn broken(status: StatusCode, message: &str) -> Problem {
    Problem::new(status, Refusal::new(Reason::BodyBroken, "", message, ""))
}

/// Read the whole body. One that breaks off is an error: nothing of it is used.
pub(super) async fn collect(
    body: Body,
    headers: &HeaderMap,
    bytes_max: usize,
    share: &mut Share<'_>,
) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max) {
        return Err(too_large(bytes_max));
    }
    let read = async {
        let mut stream = body.into_data_stream();
        let mut whole: Option<BytesMut> = None;
        let mut first: Option<Bytes> = None;
        let mut length = 0;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| broken(StatusCode::BAD_REQUEST, "the body broke off; send it again"))?;
            length += chunk.len();
            if length > bytes_max {
                return Err(too_large(bytes_max));
            }
            share.take(chunk.len())?;
            // A body that comes in one piece is used as it is.
            match (&mut whole, first.take()) {
                (Some(whole), _) => whole.extend_from_slice(&chunk),
                (None, None) => first = Some(chunk),
                (None, Some(head)) => {
                    let mut joined = BytesMut::with_capacity(announced.unwrap_or(0).max(length));
                    joined.extend_from_slice(&head);
                    joined.extend_from_slice(&chunk);
                    whole = Some(joined);
                }
            }
        }
        Ok(whole.map(BytesMut::freeze).or(first).unwrap_or_default())
    };
    match tokio::time::timeout(Duration::from_secs(BODY_SECONDS_MAX), read).await {
        Ok(read) => read,
        Err(_) => Err(broken(StatusCode::REQUEST_TIMEOUT, "the body took too long to come; send it again")),
    }
}

/// Whether the body begins as gzip does. Browsers send packed bodies as plain text to spare a preflight.
fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

/// Unpack a body. What it unpacks to is held to the same limit, so that a small one cannot become a large one.
pub(super) fn unpack(
    body: Bytes,
    headers: &HeaderMap,
    bytes_max: usize,
    share: &mut Share<'_>,
) -> Result<Bytes, Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING).map_or("", |value| value.to_str().unwrap_or("?")).trim();
    let unknown = |encoding: &str| {
        let message = "the body is packed in a way not known here; use gzip, deflate or none";
        let refusal = Refusal::new(Reason::EncodingUnknown, "Content-Encoding", message, encoding);
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal)
    };
    let mut unpacked = Vec::new();
    let within = bytes_max as u64 + 1;
    let read = match encoding.to_ascii_lowercase().as_str() {
        _ if is_gzip(&body) => GzDecoder::new(&body[..]).take(within).read_to_end(&mut unpacked),
        "" | "identity" | "gzip" | "x-gzip" => return Ok(body),
        "deflate" => ZlibDecoder::new(&body[..]).take(within).read_to_end(&mut unpacked),
        other => return Err(unknown(other)),
    };
    if read.is_err() {
        let message = "the packed body cannot be unpacked; it may have been cut off. Send it again";
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            Refusal::new(Reason::EncodingUnknown, "Content-Encoding", message, encoding),
        ));
    }
    if unpacked.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    share.take(unpacked.len())?;
    Ok(unpacked.into())
}

/// base64 with or without padding, in the ordinary or the URL alphabet.
const LENIENT: engine::GeneralPurpose = engine::GeneralPurpose::new(
    &alphabet::STANDARD,
    engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes of a base64 text, whichever alphabet it is in.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n' | '\t'))
        // A form turns + into a space.
        .map(|c| match c {
            '-' | ' ' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    LENIENT.decode(plain.as_bytes()).ok()
}

/// The JSON of a form `data=…`, or of base64 on its own; `None` when the body is neither.
pub(super) fn from_form(body: &[u8]) -> Option<Vec<u8>> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if matches!(first, b'{' | b'[') {
        return None;
    }
    let data = form_urlencoded::parse(body).find(|(name, _)| name == "data").map(|(_, value)| value.into_owned());
    let text = match data {
        Some(data) => data,
        None => String::from_utf8(body.to_vec()).ok()?,
    };
    if text.trim_start().starts_with(['{', '[']) {
        return Some(text.into_bytes());
    }
    from_base64(text.trim())
}

/// The body as text. JSON is UTF-8.
pub(super) fn text(body: &[u8]) -> Result<&str, Problem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|error| {
        Problem::malformed("", format!("the body is not UTF-8 (byte {}); send JSON in UTF-8", error.valid_up_to()))
    })
}
