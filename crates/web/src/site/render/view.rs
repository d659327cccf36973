//! What the caller gives.

use base::{Locale, Timestamp};
use funnel::brand::Brand;
use funnel::form::FieldError;
use funnel::page::PageDoc;

/// What all pages of a site have in common.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The company's look.
    pub brand: &'a Brand,
    /// The reader's language; of a page, the one it is written in.
    pub locale: &'a Locale,
    /// Where the site lives, without a slash at the end: `https://smil.example`.
    pub base_url: &'a str,
    /// The path of this page, with a slash at the front.
    pub path: &'a str,
    /// The present moment, for what ends.
    pub now: Timestamp,
    /// The company's zone (IANA name), for dates.
    pub time_zone: &'a str,
    /// The browser snippet; `None` leaves it out, as in a preview.
    pub tracking: Option<Tracking<'a>>,
}

/// The browser snippet on one's own pages. The page view itself is counted by the server.
#[derive(Debug, Clone, Copy)]
pub struct Tracking<'a> {
    /// Where the script is served.
    pub script_url: &'a str,
    /// The public key it sends with.
    pub write_key: &'a str,
    /// Whether the visitor is asked for a cookie. Until the answer is yes nothing is stored but a no.
    pub asks_consent: bool,
}

/// Where a form is sent and what goes with it unseen.
#[derive(Debug, Clone, Copy)]
pub struct FormTarget<'a> {
    /// The address that takes the form.
    pub action: &'a str,
    /// The signed time of `funnel::form::issue_token`.
    pub token: &'a str,
}

/// What became of a form that was sent.
#[derive(Debug, Clone, Copy)]
pub struct FormState<'a> {
    /// The id of the form block it is about.
    pub form_id: &'a str,
    /// What was typed, kept for the next try.
    pub values: &'a [(String, String)],
    /// What must be mended.
    pub errors: &'a [FieldError],
    /// Whether it must be sent once more because its token was too young, too old or not ours.
    pub is_stale: bool,
    /// Whether it was accepted: the thanks stand in its place.
    pub is_sent: bool,
}

/// A page of blocks.
#[derive(Debug, Clone, Copy)]
pub struct PageView<'a> {
    /// What every page has.
    pub site: Site<'a>,
    /// The document, with the visitor's variant already applied.
    pub doc: &'a PageDoc,
    /// The variant's id, sent along with forms.
    pub variant: Option<&'a str>,
    /// Where its forms are sent.
    pub form: FormTarget<'a>,
    /// The form that was just sent, if one was.
    pub state: Option<FormState<'a>>,
}
