//! What a provider answered: a document, or a problem.

use rpp_verifier::Document;
use serde::Deserialize;

use crate::error::{Error, ProblemError};
use crate::transport::Answer;

/// Decodes the document that was asked for at `path`.
pub(crate) fn document<D: Document>(answer: &Answer, path: &str) -> Result<D, Error> {
    Ok(D::from_json(body(answer, path)?)?)
}

/// Returns the body of an answer of status 200.
pub(crate) fn body<'a>(answer: &'a Answer, path: &str) -> Result<&'a [u8], Error> {
    if answer.status == 200 {
        return Ok(&answer.body);
    }
    Err(ProblemError {
        path: path.to_owned(),
        status: answer.status,
        provider_code: provider_code(&answer.body),
        later: answer.retry_after.is_some(),
    }
    .into())
}

/// Returns the `code` of a problem document, if it is one that can be shown to anybody.
fn provider_code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    if body.len() > MAX_PROBLEM_BYTES {
        return None;
    }
    let code = serde_json::from_slice::<Problem>(body).ok()?.code;
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (code.len() <= 64 && code.chars().all(is_word)).then_some(code)
}

const MAX_PROBLEM_BYTES: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_providers_code_only_if_it_is_one() {
        let code = |body: &str| provider_code(body.as_bytes());
        assert_eq!(
            code(r#"{"code":"not-proven-yet","x":1}"#).as_deref(),
            Some("not-proven-yet")
        );
        assert_eq!(code(r#"{"code":"\u001b[2J"}"#), None);
        assert_eq!(code(&format!(r#"{{"code":"{}"}}"#, "a".repeat(65))), None);
        assert_eq!(code("<html>"), None);
        assert_eq!(code(&" ".repeat(MAX_PROBLEM_BYTES + 1)), None);
    }
}
