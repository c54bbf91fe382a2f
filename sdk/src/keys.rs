//! `Keys`: which verifying keys count.

use std::sync::Arc;

use rpp_verifier::{
    Circuit, CircuitError, Conflict, Evidence, EvidenceError, Key, VerifiedSetup, VerifyingKey,
};

/// Which verifying keys count for a client: [`Session::keys`](crate::Session::keys) says so at a time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Keys {
    /// Those of this build, as the owner of a client wants it who gives a checkpoint.
    Built,
    /// Those of this build that a setup lists.
    Listed(Arc<VerifiedSetup>),
    /// None: no setup is verified, or the last one counts no more.
    None,
}

impl Keys {
    /// Returns the key of a circuit, for a proof about the header at a height.
    ///
    /// A caller has to have it before a proof is decoded.
    pub(crate) fn key<C: Circuit>(
        &self,
        chain_id: u32,
        height: u32,
    ) -> Result<VerifyingKey<C>, CircuitError> {
        match self {
            Self::Built => Ok(VerifyingKey::new(chain_id)),
            Self::Listed(setup) => setup.key(height),
            Self::None => {
                let circuit = C::ID.name();
                Err(CircuitError::NotListed { circuit })
            }
        }
    }

    /// Checks that a circuit, as this build has it, is listed still, at whatever heights: what it has proven counts.
    pub(crate) fn check_not_revoked<C: Circuit>(&self, chain_id: u32) -> Result<(), CircuitError> {
        match self {
            Self::Built => Ok(()),
            Self::Listed(setup) => setup.check_not_revoked(&Key::of::<C>(chain_id)),
            Self::None => {
                let circuit = C::ID.name();
                Err(CircuitError::NotListed { circuit })
            }
        }
    }

    /// Checks evidence of two heads.
    pub(crate) fn check(&self, evidence: &Evidence) -> Result<Conflict, EvidenceError> {
        match self {
            Self::Built => evidence.check(),
            Self::Listed(setup) => evidence.check_under(setup),
            Self::None => {
                let circuit = rpp_verifier::HeadCircuit::ID.name();
                Err(CircuitError::NotListed { circuit }.into())
            }
        }
    }

    /// Returns the setup that lists them.
    pub(crate) const fn setup(&self) -> Option<&Arc<VerifiedSetup>> {
        match self {
            Self::Listed(setup) => Some(setup),
            Self::Built | Self::None => None,
        }
    }
}
