//! What a provider answered: a body, or a problem.

use crate::error::{Error, ProblemError};
use crate::problem::code_of;
use crate::session::Ask;
use crate::transport::Answer;

/// Returns the body of an answer with status 200.
pub(crate) fn body(answer: Answer, ask: Ask) -> Result<Vec<u8>, Error> {
    if answer.status == 200 {
        return Ok(answer.body);
    }
    Err(ProblemError {
        path: ask.route().to_string(),
        status: answer.status,
        provider_code: code_of(&answer.body).map(str::to_owned),
        later: answer.retry_after.is_some(),
    }
    .into())
}
