//! `WebFolder`: the static files of `--web DIR`, served at `/` alongside the API.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::accept::takes_encoding;
use super::reply::{etag_of, is_fresh, not_modified};
use super::routes;
use crate::files::{FileError, io_error, read_capped};
use crate::state::Footprint;

/// The files of a page, as they were when the folder was opened.
///
/// What is served is this list and nothing else: no file that appears later, none whose name begins
/// with a dot, and none behind a link that leaves the folder. Each file has one address.
#[derive(Clone, Debug)]
pub struct WebFolder(Arc<BTreeMap<String, WebFile>>);

/// A file, with the encodings that are beside it.
#[derive(Clone, Debug)]
struct WebFile {
    media_type: HeaderValue,
    plain: Variant,
    /// From the one that browsers prefer: `.br`, `.gz`.
    encoded: Vec<(&'static str, Variant)>,
}

#[derive(Clone, Debug)]
struct Variant {
    etag: String,
    bytes: Bytes,
}

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
    /// It holds a chain's data, or is inside of it.
    #[error(
        "cannot serve {}: the keys of a chain are or may be in {}; name another folder with --web or \
         with --data",
        path.display(),
        data.display()
    )]
    HoldsData {
        /// The folder.
        path: PathBuf,
        /// The data folder, or what of a chain's data was found.
        data: PathBuf,
    },
    /// It is too large for a page.
    #[error(
        "{} has more than {} files or {} MiB: name the folder of a built page with --web",
        path.display(),
        WebFolder::MAX_FILES,
        WebFolder::MAX_BYTES >> 20
    )]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl WebError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoIndex { .. } => "web-no-index",
            Self::HoldsData { .. } => "web-holds-data",
            Self::TooLarge { .. } => "web-too-large",
            Self::File(error) => error.code(),
        }
    }
}

impl WebFolder {
    /// Most files of a page.
    pub const MAX_FILES: usize = 1024;
    /// Most bytes of a page, which is kept in memory.
    pub const MAX_BYTES: usize = 64 << 20;

    /// Reads a folder that has an `index.html`, and has nothing to do with the folder `data` or with
    /// another chain's data.
    ///
    /// # Errors
    ///
    /// [`WebError`].
    pub fn open(path: &Path, data: &Path) -> Result<Self, WebError> {
        if !path.join("index.html").is_file() {
            let path = path.to_path_buf();
            return Err(WebError::NoIndex { path });
        }
        let root = canonical(path)?;
        let data = where_it_will_be(data)?;
        let footprint = Footprint::of(&data);
        // By path where the data is made later or hidden, by file where a mount gives it a second path.
        let is_inside = || root.ancestors().any(|above| footprint.is_own(above));
        if data.starts_with(&root) || root.starts_with(&data) || is_inside() {
            let path = path.to_path_buf();
            return Err(WebError::HoldsData { path, data });
        }
        let mut found = Found {
            root: &root,
            footprint: &footprint,
            files: BTreeMap::new(),
            bytes: 0,
        };
        found.folder(&root, "/")?;
        Ok(Self(Arc::new(found.site())))
    }

    /// Returns the service of the files; what is not the address of one is an unknown path.
    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(any(serve)).with_state(self.clone())
    }

    fn find(&self, uri: &Uri) -> Option<&WebFile> {
        // As it is sent, so that a file has one address. The page itself reads the query.
        self.0.get(uri.path())
    }
}

async fn serve(
    State(web): State<WebFolder>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let is_read = matches!(method, Method::GET | Method::HEAD);
    let Some(file) = web.find(&uri).filter(|_| is_read) else {
        return routes::unknown_path(uri).await.into_response();
    };
    let mut encodings = file.encoded.iter();
    let encoded = encodings.find(|(name, _)| takes_encoding(&headers, name));
    let variant = encoded.map_or(&file.plain, |(_, variant)| variant);
    let mut answer = if is_fresh(&headers, &variant.etag) {
        not_modified(&variant.etag)
    } else {
        let etag = [(header::ETAG, variant.etag.clone())];
        let media_type = [(header::CONTENT_TYPE, file.media_type.clone())];
        (etag, media_type, variant.bytes.clone()).into_response()
    };
    let fields = answer.headers_mut();
    if let Some((name, _)) = encoded {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    for (name, value) in HEADERS {
        fields.insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// What is found in a folder.
struct Found<'a> {
    root: &'a Path,
    footprint: &'a Footprint,
    files: BTreeMap<String, Bytes>,
    bytes: usize,
}

impl Found<'_> {
    /// Reads a folder and those in it; `address` is the folder's own.
    fn folder(&mut self, folder: &Path, address: &str) -> Result<(), WebError> {
        if self.footprint.is_folder(folder) {
            return Err(self.holds(folder));
        }
        let entries = fs::read_dir(folder).map_err(io_fault(folder))?;
        for entry in entries {
            let entry = entry.map_err(io_fault(folder))?;
            // An address has no other characters, and no file of a page has.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name.starts_with('.') || !name.bytes().all(is_plain) {
                continue;
            }
            let path = entry.path();
            let kind = entry.file_type().map_err(io_fault(&path))?;
            let address = format!("{address}{name}");
            if kind.is_dir() {
                self.folder(&path, &format!("{address}/"))?;
            } else if kind.is_file() || self.is_inside(&path) {
                self.file(&path, address)?;
            }
        }
        Ok(())
    }

    /// Returns whether a link leads to a file of this folder.
    fn is_inside(&self, link: &Path) -> bool {
        let target = fs::canonicalize(link);
        target.is_ok_and(|target| {
            let own = target.strip_prefix(self.root).ok();
            let hidden = |own: &Path| {
                own.iter()
                    .any(|part| part.to_string_lossy().starts_with('.'))
            };
            target.is_file() && own.is_some_and(|own| !hidden(own))
        })
    }

    fn holds(&self, data: &Path) -> WebError {
        WebError::HoldsData {
            path: self.root.to_path_buf(),
            data: data.to_path_buf(),
        }
    }

    fn file(&mut self, path: &Path, address: String) -> Result<(), WebError> {
        let too_large = || WebError::TooLarge {
            path: self.root.to_path_buf(),
        };
        let room = WebFolder::MAX_BYTES - self.bytes;
        let bytes = read_capped(path, room).map_err(|e| match e {
            e if e.is_too_long() => too_large(),
            e => e.into(),
        })?;
        if self.footprint.is_file(path, &bytes) {
            return Err(self.holds(path));
        }
        if self.files.len() >= WebFolder::MAX_FILES {
            return Err(too_large());
        }
        self.bytes += bytes.len();
        self.files.insert(address, bytes.into());
        Ok(())
    }

    /// Returns the files by their addresses, each with its encodings.
    fn site(self) -> BTreeMap<String, WebFile> {
        let variant = |bytes: &Bytes| Variant {
            etag: etag_of(bytes),
            bytes: bytes.clone(),
        };
        let mut site = BTreeMap::new();
        for (address, bytes) in &self.files {
            let is_encoding = ENCODINGS.iter().any(|(_, suffix)| {
                let plain = address.strip_suffix(suffix);
                plain.is_some_and(|plain| self.files.contains_key(plain))
            });
            if is_encoding {
                continue;
            }
            let encoded = ENCODINGS.iter().filter_map(|&(name, suffix)| {
                let bytes = self.files.get(&format!("{address}{suffix}"))?;
                Some((name, variant(bytes)))
            });
            let file = WebFile {
                media_type: media_type(address),
                plain: variant(bytes),
                encoded: encoded.collect(),
            };
            if let Some(folder) = address.strip_suffix("index.html")
                && folder.ends_with('/')
            {
                site.insert(folder.to_owned(), file.clone());
            }
            site.insert(address.clone(), file);
        }
        site
    }
}

fn media_type(address: &str) -> HeaderValue {
    let guess = mime_guess::from_path(address).first_raw();
    HeaderValue::from_static(guess.unwrap_or("application/octet-stream"))
}

/// Returns whether a byte stands for itself in a path (RFC 3986, unreserved).
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn canonical(path: &Path) -> Result<PathBuf, WebError> {
    fs::canonicalize(path).map_err(io_fault(path))
}

/// Returns where a folder is, or will be once it is made: behind the links of what is there already.
fn where_it_will_be(folder: &Path) -> Result<PathBuf, WebError> {
    let folder = std::path::absolute(folder).map_err(io_fault(folder))?;
    let mut real = PathBuf::new();
    for part in folder.components() {
        // What is not there yet is no link: its parent is the folder before it.
        match part {
            Component::ParentDir => _ = real.pop(),
            part => real.push(part),
        }
        real = fs::canonicalize(&real).unwrap_or(real);
    }
    Ok(real)
}

fn io_fault(path: &Path) -> impl FnOnce(io::Error) -> WebError {
    let fault = io_error("read", path);
    move |e| fault(e).into()
}

/// The encodings of a file that may be beside it, from the one that browsers prefer.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The headers sent with every file.
///
/// Files keep their names from version to version, so a cache asks each time whether its copy is
/// the newest. The page runs its own scripts and its own WebAssembly, but no inline code and no code
/// from elsewhere; it may read from any host, since that is its purpose.
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
