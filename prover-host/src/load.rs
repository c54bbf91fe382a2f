//! A devnet's load, sent to a host as wallets send it.

use std::sync::Arc;

use rpp_devnet::{Load, LoadTarget};
use rpp_verifier::{Accounts, SignedOperation};
use tokio_util::sync::CancellationToken;

use crate::state::{Host, IntakeError};

/// A host, to send operations to. What it takes waits beside what wallets send.
#[derive(Clone, Debug)]
struct Target(Arc<Host>);

impl LoadTarget for Target {
    type Refusal = Arc<IntakeError>;

    fn accounts(&self) -> Accounts {
        let (_, accounts) = self.0.newest_accounts();
        accounts
    }

    async fn submit(&self, operation: SignedOperation) -> Result<(), Arc<IntakeError>> {
        self.0.submit(&operation).await.map(drop)
    }
}

/// Sends the load to the host until `stop` is cancelled. Where it cannot go on, the log says so, and the chain
/// goes on without it.
pub async fn send(load: Load, host: Arc<Host>, stop: CancellationToken) {
    let target = Target(host);
    if let Some(error) = stop.run_until_cancelled(load.run(&target)).await {
        tracing::error!("there is no load any more: {error}");
    }
}
