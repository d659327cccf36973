//! A page rendered once and answered many times. Only the nonce and the form's token differ from visitor to
//! visitor; everything else is copied.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use base::Timestamp;
use bytes::Bytes;
use funnel::page::Block;
use http_body::{Frame, SizeHint};

use super::view::{FormTarget, PageView, Site};
use super::{content_security_policy, render_page};

/// The text of a page with holes for what differs.
#[derive(Debug, Clone)]
pub struct PreparedPage {
    pieces: Vec<Piece>,
    redirects: Vec<String>,
    valid_until: Option<Timestamp>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Bytes),
    Nonce,
    Token,
}

impl PreparedPage {
    /// Render the page of this view, whose nonce and token are ignored and whose form state must be empty.
    pub fn new(view: &PageView<'_>) -> Self {
        let (nonce, token) = markers(view);
        let site = Site { nonce: &nonce, ..view.site };
        let form = FormTarget { token: &token, ..view.form };
        let html = render_page(&PageView { site, form, state: None, ..*view });
        let mut pieces = Vec::new();
        for (i, part) in html.split(nonce.as_str()).enumerate() {
            if i > 0 {
                pieces.push(Piece::Nonce);
            }
            for (j, text) in part.split(token.as_str()).enumerate() {
                if j > 0 {
                    pieces.push(Piece::Token);
                }
                pieces.push(Piece::Text(Bytes::copy_from_slice(text.as_bytes())));
            }
        }
        Self {
            pieces,
            redirects: view.doc.forms().iter().map(|form| form.form.redirect_url.clone()).collect(),
            valid_until: next_deadline(view),
        }
    }

    /// The page for one visitor. `nonce` and `token` are letters, digits and dots: they are put in as they are.
    pub fn fill(&self, nonce: String, token: String) -> Filled {
        let (nonce, token) = (Bytes::from(nonce), Bytes::from(token));
        let pieces: VecDeque<Bytes> = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Nonce => nonce.clone(),
                Piece::Token => token.clone(),
            })
            .filter(|piece| !piece.is_empty())
            .collect();
        Filled { left: pieces.iter().map(|piece| piece.len() as u64).sum(), pieces }
    }

    /// The Content-Security-Policy that goes with it.
    pub fn content_security_policy(&self, nonce: &str) -> String {
        content_security_policy(nonce, self.redirects.iter().map(String::as_str))
    }

    /// When something on the page ends and it must be prepared anew; `None` when nothing does.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }
}

/// The body of an answer: what all visitors see is shared with them and never copied.
#[derive(Debug)]
pub struct Filled {
    pieces: VecDeque<Bytes>,
    left: u64,
}

impl http_body::Body for Filled {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.pop_front();
        self.left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn next_deadline(view: &PageView<'_>) -> Option<Timestamp> {
    let deadline = |block: &Block| if let Block::Countdown(countdown) = block { countdown.deadline } else { None };
    view.doc.blocks().into_iter().filter_map(deadline).filter(|deadline| *deadline > view.site.now).min()
}

/// Two texts that occur nowhere on the page.
fn markers(view: &PageView<'_>) -> (String, String) {
    let probe = render_page(&PageView { state: None, ..*view });
    let mut number = 0u32;
    loop {
        let (nonce, token) = (format!("nonce-hole-{number}-"), format!("token-hole-{number}-"));
        if !probe.contains(&nonce) && !probe.contains(&token) {
            return (nonce, token);
        }
        number += 1;
    }
}
