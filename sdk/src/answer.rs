//! What a provider answered: a body, or a problem.

use crate::error::ProblemError;
use crate::problem::code_of;
use crate::transport::{Answer, Request};

impl Answer {
    /// Returns the body, if the answer has the shape of a host's answer to `request`: status 200, or 202 to
    /// what was handed in, and the media type that was asked for.
    ///
    /// Anything else may come from whoever stands in between: a proxy without its host, a firewall, a
    /// portal that wants a login, a cache that ignores `Accept`. So it is trouble, whatever it says.
    ///
    /// # Errors
    ///
    /// [`ProblemError`].
    pub fn into_body(self, request: &Request) -> Result<Vec<u8>, ProblemError> {
        let media_type = media_type(&self.content_type);
        let is_good = self.status == request.good_status();
        if is_good && media_type.eq_ignore_ascii_case(request.accept) {
            return Ok(self.body);
        }
        let code = (!is_good).then(|| code_of(&self.body)).flatten();
        Err(ProblemError {
            path: request.path.clone(),
            status: self.status,
            media_type: shown(media_type).to_owned(),
            provider_code: code.map(str::to_owned),
            retry_after: self.retry_after,
            is_foreign: is_good,
        })
    }
}

/// Returns a `Content-Type` without its parameters.
fn media_type(content_type: &str) -> &str {
    let end = content_type.split(';').next();
    end.unwrap_or_default().trim_ascii()
}

/// Returns the media type if it is safe to show.
fn shown(media_type: &str) -> &str {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/+.-".contains(&b);
    let fits = media_type.len() <= MAX_SHOWN_BYTES;
    if fits && media_type.bytes().all(is_plain) {
        media_type
    } else {
        ""
    }
}

const MAX_SHOWN_BYTES: usize = 64;
