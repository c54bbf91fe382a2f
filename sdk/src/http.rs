//! `HttpTransport` and `SystemClock`: reqwest, and the system's time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER,
};
use reqwest::redirect;

use crate::clock::{Clock, Now};
use crate::provider_url::{ProviderUrl, UrlError};
use crate::transport::{Answer, Request, Transport, TransportError, TransportFault};

/// Asks a provider over HTTP.
///
/// `https` works where the caller's build enables a TLS feature of reqwest. Calls need a Tokio
/// runtime.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    base: String,
    http: reqwest::Client,
    /// How long nothing may come; of a client of the caller's own, that is the caller's to say.
    silence: Option<Duration>,
}

impl HttpTransport {
    /// Returns a transport for the provider at `url`, such as `http://127.0.0.1:8645`, which waits
    /// 30 s for anything to come.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn new(url: &str) -> Result<Self, UrlError> {
        Self::with_timeout(url, TIMEOUT)
    }

    /// Returns a transport that gives an answer up when nothing of it comes for `silence`, or when it
    /// takes longer than that and one second for every 2 KiB that it may have: a slow link is slow to
    /// the end, and starting again makes it no faster.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn with_timeout(url: &str, silence: Duration) -> Result<Self, UrlError> {
        let mut builder = reqwest::Client::builder()
            .read_timeout(silence)
            .connect_timeout(CONNECT_TIMEOUT.min(silence))
            // Caps apply to what is read, whatever else the caller's build makes reqwest decode.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            // A provider that sends its readers elsewhere is not the one they were told to read.
            .redirect(redirect::Policy::none());
        let parsed = ProviderUrl::parse(url)?;
        if parsed.is_loopback() {
            // A proxy of the environment is for the network. What it calls localhost is its own
            // machine, and in the way it would see and could change every answer.
            builder = builder.no_proxy();
        }
        let url = url.to_owned();
        let http = builder.build().map_err(|_| UrlError { url })?;
        Ok(Self::over(&parsed, http, Some(silence)))
    }

    /// Returns a transport over the caller's own client, which should have a timeout and follow no
    /// redirects.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn with_client(url: &str, http: reqwest::Client) -> Result<Self, UrlError> {
        Ok(Self::over(&ProviderUrl::parse(url)?, http, None))
    }

    fn over(url: &ProviderUrl, http: reqwest::Client, silence: Option<Duration>) -> Self {
        let base = url.base().to_owned();
        Self {
            base,
            http,
            silence,
        }
    }

    /// Returns the provider's URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        let url = format!("{}{}", self.base, request.path);
        let asked = match &request.body {
            None => self.http.get(url),
            Some(body) => {
                let posted = self.http.post(url).header(CONTENT_TYPE, body.media_type);
                posted.body(body.bytes.clone())
            }
        };
        let mut asked = asked.header(ACCEPT, request.accept);
        if let Some(silence) = self.silence {
            asked = asked.timeout(silence.saturating_add(slowest(request.max_bytes)));
        }
        // Without this any encoding would be welcome.
        let asked = asked.header(ACCEPT_ENCODING, "identity");
        let response = asked.send().await.map_err(|e| fault(&e, 0))?;
        let status = response.status().as_u16();
        if status < 200 {
            // Another protocol, which nobody asked for: there is no answer in this one.
            return Err(TransportError {
                fault: TransportFault::Unreachable,
                detail: format!("status {status} in place of an answer"),
                bytes: 0,
            });
        }
        let retry_after = retry_after(response.headers());
        let content_type = content_type(response.headers());
        let mut body = Vec::new();
        let whole = read(response, &mut body, request.max_bytes).await;
        if !whole.map_err(|e| fault(&e, body.len()))? {
            // For a problem only the status counts, however long its page is.
            if status == request.good_status() {
                return Err(TransportError {
                    fault: TransportFault::TooLong,
                    detail: format!("{}, {} bytes allowed", request.path, request.max_bytes),
                    bytes: length(body.len()),
                });
            }
            body = Vec::new();
        }
        Ok(Answer {
            status,
            content_type,
            retry_after,
            body,
        })
    }
}

/// Reads the body; returns `false` where it is longer.
async fn read(
    mut response: reqwest::Response,
    body: &mut Vec<u8>,
    max_bytes: usize,
) -> Result<bool, reqwest::Error> {
    let declared = response.content_length().unwrap_or_default();
    if usize::try_from(declared).map_or(true, |declared| declared > max_bytes) {
        return Ok(false);
    }
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max_bytes {
            return Ok(false);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(true)
}

/// Returns how long so many bytes take at the slowest rate.
fn slowest(bytes: usize) -> Duration {
    Duration::from_secs(length(bytes.div_ceil(SLOWEST_BYTES_PER_S)))
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Returns the type of the body, if its bytes are of that type as they are.
fn content_type(headers: &HeaderMap) -> String {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let text = match (types.next(), types.next()) {
        (Some(only), None) if is_plain => only.to_str().ok(),
        _ => None,
    };
    text.unwrap_or_default().to_owned()
}

fn fault(error: &reqwest::Error, received: usize) -> TransportError {
    let fault = if error.is_timeout() {
        TransportFault::Timeout
    } else {
        TransportFault::Unreachable
    };
    // The innermost cause is the helpful one: "connection refused", not "error sending request".
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let detail = match cause.to_string() {
        no_tls if no_tls.ends_with(ONLY_HTTP) => NO_TLS.to_owned(),
        detail => detail,
    };
    TransportError {
        fault,
        detail,
        bytes: length(received),
    }
}

/// Returns the wait in whole seconds: of two headers neither counts, and a date would need the
/// provider's clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let mut values = headers.get_all(RETRY_AFTER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let value = value.to_str().ok()?;
    // `parse` takes a sign, too.
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = value.parse().ok()?;
    (is_number && value.len() <= MAX_DIGITS).then_some(Duration::from_secs(seconds))
}

/// The system's clock, and Tokio's timer.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Now {
            // With a clock set before 1970 every header is in the future: a fetched one is refused,
            // a stored one is stale.
            unix_ms: since_epoch.map_or(0, millis),
            uptime: self.0.elapsed(),
        }
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What hyper says of a URL that its connector cannot open.
const ONLY_HTTP: &str = "scheme is not http";
const NO_TLS: &str = "this program was built without TLS, which https needs";
/// What fits in 64 bits whatever the digits are.
const MAX_DIGITS: usize = 19;
/// What a link has to carry that is of any use: a proof comes in less than four minutes.
const SLOWEST_BYTES_PER_S: usize = 2 << 10;
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_that_https_needs_a_build_with_tls() {
        let host = HttpTransport::new("https://127.0.0.1:1/").unwrap();
        assert_eq!(host.url(), "https://127.0.0.1:1");
        let request = Request {
            path: "/v1/head".into(),
            accept: "*/*",
            max_bytes: 1,
            body: None,
        };
        let refused = host.send(&request).await.unwrap_err();
        assert_eq!(refused.detail, NO_TLS);
    }
}
