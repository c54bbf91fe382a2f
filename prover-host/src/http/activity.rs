//! `Activity`: what a connection is doing, as its socket and its handler show.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(super) enum Phase {
    /// It waits for the client's next request.
    Idle,
    /// The head of a request is arriving.
    Head,
    /// An answer is being made, or is on its way.
    Answer,
    /// The answer is made, and what the socket did not take yet is left.
    Flush,
}

/// What a connection is doing, and since when without progress.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// The phase in the two low bits, above them the milliseconds from `start`.
    state: AtomicU64,
}

impl Activity {
    /// Returns the activity of a new connection; times are counted from `start`.
    pub(super) fn new(start: Instant) -> Self {
        let activity = Self {
            start,
            state: AtomicU64::new(0),
        };
        activity.enter(Phase::Idle);
        activity
    }

    /// Enters a phase, or notes progress in it.
    pub(super) fn enter(&self, phase: Phase) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX >> 2);
        let bits = match phase {
            Phase::Idle => 0,
            Phase::Head => 1,
            Phase::Answer => 2,
            Phase::Flush => 3,
        };
        self.state.store(elapsed << 2 | bits, Ordering::Relaxed);
    }

    /// Returns the phase, and when it was entered or last made progress, in milliseconds.
    pub(super) fn get(&self) -> (Phase, u64) {
        let state = self.state.load(Ordering::Relaxed);
        let phase = match state & 3 {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Answer,
            _ => Phase::Flush,
        };
        (phase, state >> 2)
    }

    fn phase(&self) -> Phase {
        self.get().0
    }
}

/// A socket that notes what passes.
#[derive(Debug)]
pub(super) struct WatchedStream {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl WatchedStream {
    pub(super) const fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        let phase = self.activity.phase();
        if matches!(written, Poll::Ready(Ok(1..))) && matches!(phase, Phase::Answer | Phase::Flush)
        {
            self.activity.enter(phase);
        }
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        // Later bytes of a head are no progress: one byte at a time would keep it arriving for ever.
        if buf.filled().len() > before && self.activity.phase() == Phase::Idle {
            self.activity.enter(Phase::Head);
        }
        read
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) && self.activity.phase() == Phase::Flush {
            self.activity.enter(Phase::Idle);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The body of an answer: when it ends, what is left is to be flushed.
#[derive(Debug)]
pub(super) struct WatchedBody {
    body: Body,
    activity: Arc<Activity>,
}

impl WatchedBody {
    pub(super) const fn new(body: Body, activity: Arc<Activity>) -> Self {
        Self { body, activity }
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.activity.enter(Phase::Flush);
    }
}
