//! `ProviderUrl`: where a provider is.

use std::net::IpAddr;

use reqwest::Url;

/// The URL of a provider, to which paths are added.
#[derive(Clone, Debug)]
pub(crate) struct ProviderUrl(Url);

/// The URL is not one that this transport can read from.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{url} is not a valid provider URL: use http:// or https://, without user, query or fragment"
)]
pub struct UrlError {
    /// The URL given, without its user and password.
    pub url: String,
}

impl UrlError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "bad-url"
    }
}

impl ProviderUrl {
    /// Parses the URL, as browsers do.
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let refused = || UrlError { url: public(text) };
        let url = Url::parse(text).map_err(|_| refused())?;
        let plain = url.query().is_none() && url.fragment().is_none();
        // A password in an address ends up in logs, and `fetch` refuses it.
        let anonymous = url.username().is_empty() && url.password().is_none();
        let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        if plain && anonymous && web {
            Ok(Self(url))
        } else {
            Err(refused())
        }
    }

    /// Returns what paths are added to: no slash is at its end.
    pub(crate) fn base(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Returns whether it leads to this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse();
        match address {
            Ok(address) => IpAddr::to_canonical(&address).is_loopback(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        }
    }
}

/// Returns `text`, which need not be a URL, without what may be a user and a password.
fn public(text: &str) -> String {
    let Some((secret, host)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    let scheme = secret.split_once("//").map_or("", |(scheme, _)| scheme);
    format!("{scheme}//{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_which_urls_lead_to_this_machine() {
        let here = |url: &str| ProviderUrl::parse(url).unwrap().is_loopback();
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

    #[test]
    fn shows_no_password_in_what_it_refuses() {
        for (url, shown) in [
            ("http://user:secret@host/path", "http://host/path"),
            ("http://user:sec@ret@host", "http://host"),
            ("user:secret@host", "//host"),
            ("http://user:secret@ho st", "http://ho st"),
            ("ftp://host", "ftp://host"),
        ] {
            assert_eq!(ProviderUrl::parse(url).unwrap_err().url, shown);
        }
    }
}
