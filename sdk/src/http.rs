//! `HttpTransport` and `SystemClock`: reqwest, and the system's time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, RETRY_AFTER};
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
}

impl HttpTransport {
    /// Returns a transport for the provider at `url`, such as `http://127.0.0.1:8645`.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn new(url: &str) -> Result<Self, UrlError> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
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
        Ok(Self::over(&parsed, http))
    }

    /// Returns a transport over the caller's own client, which should have a timeout and follow no
    /// redirects.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn with_client(url: &str, http: reqwest::Client) -> Result<Self, UrlError> {
        Ok(Self::over(&ProviderUrl::parse(url)?, http))
    }

    fn over(url: &ProviderUrl, http: reqwest::Client) -> Self {
        let base = url.base().to_owned();
        Self { base, http }
    }

    /// Returns the provider's URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }
}

impl Transport for HttpTransport {
    async fn get(&self, request: &Request) -> Result<Answer, TransportError> {
        let url = format!("{}{}", self.base, request.path);
        let asked = self.http.get(url).header(ACCEPT, request.accept);
        // Without this any encoding would be welcome.
        let asked = asked.header(ACCEPT_ENCODING, "identity");
        let response = asked.send().await.map_err(fault)?;
        let status = response.status().as_u16();
        if status < 200 {
            // Another protocol, which nobody asked for: there is no answer in this one.
            return Err(TransportError {
                fault: TransportFault::Unreachable,
                detail: format!("status {status} in place of an answer"),
            });
        }
        let retry_after = retry_after(response.headers());
        let body = match capped(response, request.max_bytes).await? {
            Some(body) => body,
            // For a problem only the status counts, however long its page is.
            None if status != 200 => Vec::new(),
            None => {
                return Err(TransportError {
                    fault: TransportFault::TooLong,
                    detail: format!("{}, {} bytes allowed", request.path, request.max_bytes),
                });
            }
        };
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }
}

/// Returns the body, or `None` where it is longer.
async fn capped(
    mut response: reqwest::Response,
    max_bytes: usize,
) -> Result<Option<Vec<u8>>, TransportError> {
    let declared = response.content_length().unwrap_or_default();
    if usize::try_from(declared).map_or(true, |declared| declared > max_bytes) {
        return Ok(None);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fault)? {
        if body.len() + chunk.len() > max_bytes {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn fault(error: reqwest::Error) -> TransportError {
    let fault = if error.is_timeout() {
        TransportFault::Timeout
    } else {
        TransportFault::Unreachable
    };
    // The innermost cause is the helpful one: "connection refused", not "error sending request".
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let detail = match cause.to_string() {
        no_tls if no_tls.ends_with(ONLY_HTTP) => NO_TLS.to_owned(),
        detail => detail,
    };
    TransportError { fault, detail }
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
        };
        let refused = host.get(&request).await.unwrap_err();
        assert_eq!(refused.detail, NO_TLS);
    }
}
