//! A page rendered once and answered many times. Only the form's token differs from visitor to visitor;
//! everything else is shared.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use base::Timestamp;
use bytes::Bytes;
use funnel::page::Block;
use http_body::{Frame, SizeHint};

use super::render_page;
use super::view::{FormTarget, PageView};

/// The text of a page with holes for the token.
#[derive(Debug, Clone)]
pub struct PreparedPage {
    /// What stands between the holes.
    texts: Vec<Bytes>,
    policy: String,
    valid_until: Option<Timestamp>,
}

impl PreparedPage {
    /// Render the page of this view, whose token is ignored and whose form state must be empty.
    pub fn new(view: &PageView<'_>) -> Self {
        let token = marker(view);
        let page = render_page(&PageView { form: FormTarget { token: &token, ..view.form }, state: None, ..*view });
        let texts = page.text.split(token.as_str()).map(|text| Bytes::copy_from_slice(text.as_bytes()));
        Self { texts: texts.collect(), policy: page.policy, valid_until: next_deadline(view) }
    }

    /// The page for one visitor. `token` is letters, digits and dots: it is put in as it is.
    pub fn fill(&self, token: String) -> Filled {
        let token = Bytes::from(token);
        let mut pieces = VecDeque::with_capacity(2 * self.texts.len());
        for (i, text) in self.texts.iter().enumerate() {
            if i > 0 {
                pieces.push_back(token.clone());
            }
            pieces.push_back(text.clone());
        }
        Filled { left: pieces.iter().map(|piece| piece.len() as u64).sum(), pieces }
    }

    /// The Content-Security-Policy that goes with it.
    pub fn policy(&self) -> &str {
        &self.policy
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

/// A text that occurs nowhere on the page.
fn marker(view: &PageView<'_>) -> String {
    let probe = render_page(&PageView { state: None, ..*view }).text;
    let mut candidates = (0u32..).map(|number| format!("token-hole-{number}-"));
    candidates.find(|candidate| !probe.contains(candidate)).expect("a page does not hold all of them")
}
