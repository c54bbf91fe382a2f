//! `VerifyingKey`: what is verified, and with which parameters.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use super::{Circuit, CircuitId, KeyConstants, SUITE, StarkParameters};
use crate::hash::{Digest, Domain, Val, hash, u32_limbs};

/// Collision resistance of the eight-element state hash, in bits: half of 8 · log2(p), rounded
/// down.
pub const HASH_BITS: u32 = 123;

/// A verifying key without the type of its circuit: id, fingerprint, FRI parameters and bounds, for
/// one chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    pub(crate) circuit: CircuitId,
    pub(crate) constants: KeyConstants,
    pub(crate) chain_id: u32,
    /// The version of the setup that lists the key.
    pub(crate) setup_version: Option<u32>,
}

impl Key {
    /// Returns the key of `C` for the chain `chain_id`.
    #[must_use]
    pub const fn of<C: Circuit>(chain_id: u32) -> Self {
        Self {
            circuit: C::ID,
            constants: C::KEY,
            chain_id,
            setup_version: None,
        }
    }

    /// Returns the version of the circuit: it changes whenever the fingerprint does.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.constants.version
    }

    /// Returns the version of the setup that lists the key; none for one that no setup stands behind.
    #[must_use]
    pub const fn setup_version(&self) -> Option<u32> {
        self.setup_version
    }

    /// Returns the circuit.
    #[must_use]
    pub const fn circuit(&self) -> CircuitId {
        self.circuit
    }

    /// Returns the chain that the key is for.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.chain_id
    }

    /// Returns the FRI parameters.
    #[must_use]
    pub const fn parameters(&self) -> &StarkParameters {
        &self.constants.parameters
    }

    /// Returns log2 of the minimum and of the maximum number of rows of a trace.
    #[must_use]
    pub const fn log_rows(&self) -> (u32, u32) {
        (self.constants.min_log_rows, self.constants.max_log_rows)
    }

    /// Returns the proven soundness at every allowed height, in bits.
    #[must_use]
    pub const fn stark_bits(&self) -> u32 {
        self.constants.stark_bits
    }

    /// Returns the fingerprint of the AIR.
    #[must_use]
    pub const fn fingerprint(&self) -> &Digest {
        &self.constants.fingerprint
    }

    /// Returns the digest of everything in the key except the chain.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut elements = self.identity();
        for x in [
            self.constants.min_log_rows,
            self.constants.max_log_rows,
            self.constants.stark_bits,
            HASH_BITS,
        ] {
            elements.extend(u32_limbs(x));
        }
        hash(Domain::VerifyingKey, &elements)
    }

    /// Returns the seed of the transcript:
    /// `hash(TRANSCRIPT, suite ‖ circuit ‖ version ‖ fingerprint ‖ parameters ‖ chain_id)`.
    ///
    /// Plonky3's transcript binds the shape of an AIR, but neither its constraints nor the
    /// application.
    #[must_use]
    pub fn transcript_seed(&self) -> Digest {
        let mut elements = self.identity();
        elements.extend(u32_limbs(self.chain_id));
        hash(Domain::Transcript, &elements)
    }

    fn identity(&self) -> Vec<Val> {
        let KeyConstants {
            version,
            fingerprint,
            parameters,
            ..
        } = &self.constants;
        let numbers = [SUITE.into(), self.circuit.number().into(), *version];
        let mut elements: Vec<_> = numbers.into_iter().flat_map(u32_limbs).collect();
        elements.extend(fingerprint.0);
        elements.extend(parameters.to_array().into_iter().flat_map(u32_limbs));
        elements
    }
}

/// The verifying key of a circuit, for one chain.
pub struct VerifyingKey<C> {
    key: Key,
    circuit: PhantomData<fn() -> C>,
}

impl<C: Circuit> VerifyingKey<C> {
    /// Returns the key for the chain `chain_id`.
    #[must_use]
    pub const fn new(chain_id: u32) -> Self {
        Self {
            key: Key::of::<C>(chain_id),
            circuit: PhantomData,
        }
    }

    /// Returns the key for a chain, which a setup of this version lists.
    pub(crate) const fn listed(chain_id: u32, setup_version: u32) -> Self {
        let mut listed = Self::new(chain_id);
        listed.key.setup_version = Some(setup_version);
        listed
    }

    /// Returns the key with other FRI parameters. Their soundness is not computed, so the key
    /// claims zero bits.
    #[cfg(any(test, feature = "hazmat"))]
    #[must_use]
    pub const fn with_parameters(mut self, parameters: StarkParameters) -> Self {
        self.key.constants.parameters = parameters;
        self.key.constants.stark_bits = 0;
        self
    }
}

#[cfg(test)]
impl<C: Circuit> VerifyingKey<C> {
    /// Returns the key with its constants changed by `change`.
    pub(crate) fn changed(mut self, change: impl FnOnce(&mut KeyConstants)) -> Self {
        change(&mut self.key.constants);
        self
    }
}

/// The contents of a key do not depend on the type of its circuit.
impl<C> Deref for VerifyingKey<C> {
    type Target = Key;

    fn deref(&self) -> &Key {
        &self.key
    }
}

impl<C> Clone for VerifyingKey<C> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            circuit: PhantomData,
        }
    }
}

impl<C> fmt::Debug for VerifyingKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

impl<C> Eq for VerifyingKey<C> {}

impl<C> PartialEq for VerifyingKey<C> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
