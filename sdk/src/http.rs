//! `HttpTransport` and `SystemClock`: reqwest, and the system's time.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{Url, redirect};

use crate::clock::{Clock, Now};
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

/// The URL is not one that this transport can read from.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{url} is not a valid provider URL: use http:// or https://, without a query or fragment")]
pub struct UrlError {
    /// The URL given.
    pub url: String,
}

impl HttpTransport {
    /// Returns a transport for the provider at `url`, such as `http://127.0.0.1:8645`.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn new(url: &str) -> Result<Self, UrlError> {
        let refused = || UrlError {
            url: url.to_owned(),
        };
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
        if Url::parse(url).is_ok_and(|url| is_loopback(&url)) {
            // A proxy of the environment is for the network. What it calls localhost is its own
            // machine, and in the way it would see and could change every answer.
            builder = builder.no_proxy();
        }
        Self::with_client(url, builder.build().map_err(|_| refused())?)
    }

    /// Returns a transport over the caller's own client, which should have a timeout and follow no
    /// redirects.
    ///
    /// # Errors
    ///
    /// [`UrlError`].
    pub fn with_client(url: &str, http: reqwest::Client) -> Result<Self, UrlError> {
        let refused = || UrlError {
            url: url.to_owned(),
        };
        let parsed = Url::parse(url).map_err(|_| refused())?;
        let plain = parsed.query().is_none() && parsed.fragment().is_none();
        let web = matches!(parsed.scheme(), "http" | "https") && parsed.host().is_some();
        if !(plain && web) {
            return Err(refused());
        }
        let base = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { base, http })
    }

    /// Returns the provider's URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }
}

/// Returns whether a URL leads to this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    match address {
        Ok(address) => IpAddr::to_canonical(&address).is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

impl Transport for HttpTransport {
    async fn get(&self, request: &Request) -> Result<Answer, TransportError> {
        let url = format!("{}{}", self.base, request.path);
        let asked = self.http.get(url).header(ACCEPT, request.accept);
        let mut response = asked.send().await.map_err(fault)?;
        let status = response.status().as_u16();
        let retry_after = retry_after(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            if body.len() + chunk.len() > request.max_bytes {
                // For a problem only the status counts, however long its page is.
                if status != 200 {
                    body.clear();
                    break;
                }
                return Err(TransportError {
                    fault: TransportFault::TooLong,
                    detail: format!("{}, {} bytes allowed", request.path, request.max_bytes),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }
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

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?;
    let seconds: u64 = value.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
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
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_which_urls_lead_to_this_machine() {
        let here = |url: &str| is_loopback(&Url::parse(url).unwrap());
        for url in [
            "http://127.0.0.1:8645",
            "http://127.1",
            "http://LOCALHOST/path",
            "http://a.localhost",
            "http://[::1]:8645",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(here(url), "{url}");
        }
        for url in [
            "http://localhost.example",
            "http://128.0.0.1",
            "http://[2001:db8::1]",
        ] {
            assert!(!here(url), "{url}");
        }
    }

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
