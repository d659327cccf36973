//! Every limit of ingestion. What is longer is refused by name; nothing is cut off silently.

/// Largest body of a Segment call or batch once unpacked: 500 KB, as Segment documents it.
pub const SEGMENT_BODY_BYTES_MAX: usize = 500 * 1024;
/// Most events of a Segment batch, as Segment documents it.
pub const SEGMENT_EVENTS_MAX: usize = 2_500;

/// Largest PostHog body once unpacked: 20 MB, as PostHog documents it. Its clients halve their batch on 413.
pub const POSTHOG_BODY_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Most events of a PostHog batch.
pub const POSTHOG_EVENTS_MAX: usize = 10_000;

/// Largest Measurement Protocol body, as Google documents it.
pub const GA4_BODY_BYTES_MAX: usize = 130 * 1024;
/// Most events of a Measurement Protocol request.
pub const GA4_EVENTS_MAX: usize = 25;
/// Most parameters of one of its events.
pub const GA4_PARAMS_MAX: usize = 25;
/// Longest name of its events and parameters, in characters.
pub const GA4_NAME_CHARS_MAX: usize = 40;

/// Largest body of the snippet: browsers let `sendBeacon` carry 64 KB.
pub const SNIPPET_BODY_BYTES_MAX: usize = 64 * 1024;
/// Most events in one of its bodies.
pub const SNIPPET_EVENTS_MAX: usize = 100;

/// Largest body of `POST /api/v1/events` once unpacked.
pub const PLAIN_BODY_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Most events of one such request.
pub const PLAIN_EVENTS_MAX: usize = 5_000;

/// Bytes of request bodies held at once, packed and unpacked together. Beyond it: 429, try again.
pub const IN_FLIGHT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bodies larger than this are unpacked and read on a blocking thread, so that small ones do not wait for them.
pub const INLINE_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Longest a sender may take over its body, in seconds.
pub const BODY_SECONDS_MAX: u64 = 30;
/// What a sender is told to wait when the log's queue is full, in seconds.
pub const RETRY_AFTER_SECONDS: u64 = 1;

/// An event may lie this far after its arrival; beyond it its clock is wrong and the arrival counts.
pub const AHEAD_MS_MAX: i64 = 24 * 3600 * 1000;
/// A difference between `sentAt` and the arrival up to this is the journey of the request and not a wrong
/// clock: moments are left as they were sent, so that history keeps them to the millisecond.
pub const JOURNEY_MS_MAX: i64 = 5_000;

/// Rejected items named in an answer; the rest is only counted.
pub const REJECTED_NAMED_MAX: usize = 100;
/// Samples kept per reason of refusal.
pub const SAMPLES_MAX: usize = 20;
/// Characters of an offending value that a sample shows.
pub const SAMPLE_CHARS_MAX: usize = 40;

/// Longest campaign parameter taken from an address, in characters; what follows is cut off, the whole
/// address stays in `url`.
pub const CAMPAIGN_CHARS_MAX: usize = 200;
/// Parameters of an address that are looked at.
pub const QUERY_PAIRS_MAX: usize = 100;
/// Entries of `X-Forwarded-For` that are looked at, from the right.
pub const FORWARDED_MAX: usize = 20;
