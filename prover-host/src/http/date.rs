//! `Date` of answers, from a clock that may be wrong.
//!
//! hyper would write it too, but panics where the clock shows a time before 1970, and keeps an old date
//! where the clock was set back. It reads the clock for each connection even when it is told not to write
//! the date, but only once in each thread if the clock goes back: see [`settle_thread`].

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;

use crate::clock::check_clock;

/// Dates an answer, unless the clock shows a time that no answer can have.
pub(super) fn set_date(answer: &mut HeaderMap, now_ms: u64) {
    if let Some(date) = date(now_ms) {
        answer.insert(header::DATE, date);
    }
}

/// Returns the date in the form of RFC 9110, section 5.6.7; `None` before 1970, where the clock shows
/// zero, and after 9999, which the form lacks.
fn date(now_ms: u64) -> Option<HeaderValue> {
    let seconds = now_ms / 1000;
    if seconds == 0 || seconds > LAST_S {
        return None;
    }
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    HeaderValue::try_from(httpdate::fmt_http_date(time)).ok()
}

/// Lets hyper read the clock in this thread while it is right, so that connections can be served here
/// whatever becomes of the clock. Call it when a thread of the runtime starts.
pub fn settle_thread() {
    if check_clock(SystemTime::now()).is_err() {
        return;
    }
    let service = service_fn(|_: Request<Incoming>| async {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let nobody = http1::Builder::new().serve_connection(Nobody, service);
    // There is no request, so it ends at once.
    let _ = pin!(nobody).poll(&mut Context::from_waker(Waker::noop()));
}

/// A connection that ends before its first byte.
struct Nobody;

impl Read for Nobody {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Write for Nobody {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The last second of the year 9999.
const LAST_S: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(now_ms: u64) -> Option<String> {
        let mut answer = HeaderMap::new();
        set_date(&mut answer, now_ms);
        let date = answer.get(header::DATE)?;
        Some(date.to_str().unwrap().to_owned())
    }

    #[test]
    fn an_answer_has_the_date_of_the_clock() {
        let date = dated(784_111_777_999);
        assert_eq!(date.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        let last = dated(253_402_300_799_999);
        assert_eq!(last.as_deref(), Some("Fri, 31 Dec 9999 23:59:59 GMT"));
    }

    #[test]
    fn a_clock_that_cannot_be_right_gives_no_date() {
        for now_ms in [0, 999, 253_402_300_800_000, u64::MAX] {
            assert_eq!(dated(now_ms), None, "{now_ms}");
        }
    }

    #[test]
    fn a_thread_is_settled_without_a_runtime() {
        settle_thread();
    }
}
