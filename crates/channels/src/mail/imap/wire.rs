//! The connection below IMAP: TCP or TLS, with a limit on what a server may answer.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection is made of.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// A connection that gives up when a server answers more than was asked for.
pub(super) struct Wire {
    socket: Box<dyn Socket>,
    left_bytes: usize,
}

impl Wire {
    pub(super) fn new(socket: impl Socket + 'static, bytes_max: usize) -> Self {
        Self { socket: Box::new(socket), left_bytes: bytes_max }
    }

    /// How much may be read from now on.
    pub(super) fn allow(&mut self, bytes_max: usize) {
        self.left_bytes = bytes_max;
    }

    /// Whether more came than was allowed.
    pub(super) fn is_over(&self) -> bool {
        self.left_bytes == 0
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left_bytes == 0 {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than was allowed")));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        let bytes = buf.filled().len() - before;
        self.left_bytes = self.left_bytes.saturating_sub(bytes);
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
