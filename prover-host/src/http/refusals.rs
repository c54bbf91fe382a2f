//! `Refusals`: what the host turned down for want of room or readiness, as its log says it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::problem::ProblemKind;

/// The refusals that the log has not said yet, by their codes.
///
/// A stranger can cause thousands of them in a second: each is a line for those who debug, and all those of
/// a minute are one line for everybody else.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<&'static str, u64>>);

impl Refusals {
    /// Counts a refusal; the first one begins the minute after which all are said.
    fn count(self: &Arc<Self>, kind: ProblemKind) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = counts.is_empty();
        *counts.entry(kind.code()).or_default() += 1;
        drop(counts);
        if is_first {
            let refusals = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(EVERY).await;
                refusals.say();
            });
        }
    }

    fn say(&self) {
        let counts = {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *counts)
        };
        let counts: Vec<_> = counts
            .iter()
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        tracing::info!("requests refused in a minute: {}", counts.join(", "));
    }
}

/// Notes the problem that a request is answered with, if it is one.
pub(super) async fn noted(
    State(refusals): State<Arc<Refusals>>,
    request: Request,
    next: Next,
) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let answer = next.run(request).await;
    if let Some(&kind) = answer.extensions().get::<ProblemKind>() {
        tracing::debug!(%method, path = uri.path(), code = kind.code(), "a problem is answered");
        if kind.status() == StatusCode::SERVICE_UNAVAILABLE {
            refusals.count(kind);
        }
    }
    answer
}

/// What one line of the log sums up.
const EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn all_refusals_of_a_minute_are_one_line() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let refusals = Arc::<Refusals>::default();
        for _ in 0..1000 {
            refusals.count(ProblemKind::Busy);
        }
        refusals.count(ProblemKind::TooManyStreams);
        refusals.say();
        let text = log.0.lock().expect("nobody panicked").clone();
        let text = String::from_utf8(text).expect("text");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("busy 1000, too-many-streams 1"), "{text}");
        assert!(refusals.0.lock().expect("nobody panicked").is_empty());
    }
}
