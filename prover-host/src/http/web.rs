//! `WebFolder`: the static files of `--web DIR`, served at `/` alongside the API.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::any;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use super::routes;

/// A folder that contains a page.
#[derive(Clone, Debug)]
pub struct WebFolder(PathBuf);

/// Why a folder cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// It has no page.
    #[error(
        "{} has no index.html: name the folder of a built page with --web, or leave it out",
        path.display()
    )]
    NoIndex {
        /// The folder.
        path: PathBuf,
    },
}

impl WebError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoIndex { .. } => "web-no-index",
        }
    }
}

impl WebFolder {
    /// Opens a folder that has an `index.html`.
    ///
    /// # Errors
    ///
    /// [`WebError::NoIndex`].
    pub fn open(path: &Path) -> Result<Self, WebError> {
        let path = path.to_path_buf();
        if path.join("index.html").is_file() {
            return Ok(Self(path));
        }
        Err(WebError::NoIndex { path })
    }

    /// Returns the service of the files; anything that is not a file in the folder is an unknown
    /// path.
    pub(crate) fn router(&self) -> Router {
        let files = ServeDir::new(&self.0)
            .precompressed_br()
            .precompressed_gzip()
            .call_fallback_on_method_not_allowed(true)
            .fallback(any(routes::unknown_path));
        let mut router = Router::new().fallback_service(files);
        for (name, value) in HEADERS {
            let value = HeaderValue::from_static(value);
            router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
        }
        router
    }
}

/// The headers sent with every file.
///
/// Files keep their names from version to version, so a cache asks each time whether its copy is
/// the newest (`Last-Modified`). The page runs its own scripts and its own WebAssembly, but no
/// inline code and no code from elsewhere; it may read from any host, since that is its purpose.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::VARY, "accept-encoding"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src *; worker-src 'self'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];
