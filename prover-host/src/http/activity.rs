//! `Activity`: what a connection is doing, as its socket and its handler show.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
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

/// What a connection is doing, since when without progress, and how far its client is behind.
///
/// A client is behind while the server has bytes for it that the system does not take: each second of that
/// adds [`Limits::min_rate`](super::limits::Limits::min_rate) bytes to what it owes, and each byte that it
/// lets through takes one off. So it does not matter how the bytes are spread over answers, and whoever
/// reads fast owes nothing.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// In bytes per second.
    min_rate: u64,
    /// The phase in the two low bits, above them the milliseconds from `start`.
    state: AtomicU64,
    /// Milliseconds from `start` until the system took no more, and one; 0 while it takes what there is.
    blocked: AtomicU64,
    /// The bytes owed until then.
    owed: AtomicU64,
    has_asked: AtomicBool,
    is_stream: AtomicBool,
}

impl Activity {
    /// Returns the activity of a new connection; times are counted from `start`.
    pub(super) fn new(start: Instant, min_rate: u64) -> Self {
        let activity = Self {
            start,
            min_rate,
            state: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
            owed: AtomicU64::new(0),
            has_asked: AtomicBool::new(false),
            is_stream: AtomicBool::new(false),
        };
        activity.enter(Phase::Idle);
        activity
    }

    /// Enters a phase, or notes progress in it.
    pub(super) fn enter(&self, phase: Phase) {
        let bits = match phase {
            Phase::Idle => 0,
            Phase::Head => 1,
            Phase::Answer => 2,
            Phase::Flush => 3,
        };
        self.state.store(self.now() << 2 | bits, Ordering::Relaxed);
    }

    /// Enters [`Phase::Answer`] with a new request.
    pub(super) fn ask(&self) {
        self.has_asked.store(true, Ordering::Relaxed);
        self.is_stream.store(false, Ordering::Relaxed);
        self.enter(Phase::Answer);
    }

    /// Notes that the answer has no end of its own.
    pub(super) fn begin_stream(&self) {
        self.is_stream.store(true, Ordering::Relaxed);
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

    /// Returns whether the client has ever asked for anything.
    pub(super) fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }

    /// Returns whether the server waits until the client reads.
    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::Relaxed) > 0
    }

    /// Returns how many bytes the client is behind.
    pub(super) fn owed(&self) -> u64 {
        let blocked = self.blocked.load(Ordering::Relaxed);
        let since = blocked.checked_sub(1);
        let for_ms = since.map_or(0, |since| self.now().saturating_sub(since));
        let more = for_ms.saturating_mul(self.min_rate) / 1000;
        self.owed.load(Ordering::Relaxed).saturating_add(more)
    }

    /// Notes what the system took of an answer. Only the connection itself calls this.
    pub(super) fn wrote(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Ready(Ok(bytes)) => {
                let bytes = u64::try_from(*bytes).unwrap_or(u64::MAX);
                let owed = self.owed().saturating_sub(bytes);
                self.blocked.store(0, Ordering::Relaxed);
                self.owed.store(owed, Ordering::Relaxed);
                let phase = self.phase();
                if bytes > 0 && matches!(phase, Phase::Answer | Phase::Flush) {
                    self.enter(phase);
                }
            }
            Poll::Pending if !self.is_blocked() => {
                self.blocked.store(self.now() + 1, Ordering::Relaxed);
            }
            Poll::Pending | Poll::Ready(Err(_)) => {}
        }
    }

    /// Returns whether the client is still owed an answer that has an end.
    fn owes_an_answer(&self) -> bool {
        let is_stream = self.is_stream.load(Ordering::Relaxed);
        matches!(self.phase(), Phase::Answer | Phase::Flush) && !is_stream
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX >> 2)
    }

    fn phase(&self) -> Phase {
        self.get().0
    }
}

/// A socket that notes what passes.
///
/// A client that has shut down its sending half, as `nc -N` does, still waits for the answer: the end of
/// what it sends is kept from hyper, which would hang up, until the answer is on its way. A stream ends at
/// once, or a client that has gone would keep its place until the next event.
#[derive(Debug)]
pub(super) struct WatchedStream {
    stream: TcpStream,
    activity: Arc<Activity>,
    /// Whom to tell of the end once the answer is on its way.
    ended: Option<Waker>,
}

impl WatchedStream {
    pub(super) const fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            activity,
            ended: None,
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
        let arrived = buf.filled().len() > before;
        // Later bytes of a head are no progress: one byte at a time would keep it arriving for ever.
        if arrived && self.activity.phase() == Phase::Idle {
            self.activity.enter(Phase::Head);
        }
        let is_end = matches!(read, Poll::Ready(Ok(()))) && !arrived && buf.remaining() > 0;
        if is_end && self.activity.owes_an_answer() {
            self.ended = Some(cx.waker().clone());
            return Poll::Pending;
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
        self.activity.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.activity.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) && self.activity.phase() == Phase::Flush {
            self.activity.enter(Phase::Idle);
            if let Some(waker) = self.ended.take() {
                waker.wake();
            }
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
