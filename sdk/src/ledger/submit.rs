//! Handing in a signed operation.

use rpp_verifier::{Document, OperationHash, SignedOperation, Submitted};

use crate::error::{AnswerError, Error};
use crate::transport::{Request, Transport};

/// Hands a signed operation to a provider over any transport, and returns its hash, as
/// [`LightClient::submit`](crate::LightClient::submit) does over the client's.
///
/// # Errors
///
/// [`Error`].
pub async fn submit<T: Transport>(
    transport: &T,
    signed: &SignedOperation,
) -> Result<OperationHash, Error> {
    let request = Request::submit(signed.to_bytes());
    let answer = transport.send(&request).await?;
    let taken = Submitted::from_bytes(&answer.into_body(&request)?)?;
    if taken.hash != signed.hash() {
        return Err(AnswerError::OtherOperation.into());
    }
    Ok(taken.hash)
}
