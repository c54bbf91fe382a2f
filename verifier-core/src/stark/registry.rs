//! `Circuits`: the circuits that a program supports, without their types.

#[cfg(feature = "prover")]
use alloc::boxed::Box;
#[cfg(feature = "prover")]
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

#[cfg(not(feature = "prover"))]
use super::Circuit;
use super::{CircuitId, Key};
#[cfg(feature = "prover")]
use super::{Proof, Provable, ProveError, Prover, Statement, VerifyError, Witness};
#[cfg(feature = "prover")]
use crate::codec::DecodeError;

/// The circuits that a program supports: a table for code that decodes, proves or serves.
#[derive(Clone, Copy)]
pub struct Circuits(&'static [&'static dyn AnyCircuit]);

impl Circuits {
    /// Returns the table of the given circuits. Their numbers and names must be distinct: of two with
    /// the same, only the first is found.
    #[must_use]
    pub const fn new(circuits: &'static [&'static dyn AnyCircuit]) -> Self {
        Self(circuits)
    }

    /// Returns the circuits.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn AnyCircuit> + use<> {
        self.0.iter().copied()
    }

    /// Returns the circuit with this number in files.
    #[must_use]
    pub fn by_number(&self, number: u16) -> Option<&'static dyn AnyCircuit> {
        self.iter().find(|circuit| circuit.id().number() == number)
    }

    /// Returns the circuit with this name in URLs.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&'static dyn AnyCircuit> {
        self.iter().find(|circuit| circuit.id().name() == name)
    }
}

impl fmt::Debug for Circuits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|circuit| circuit.id().name());
        f.debug_list().entries(names).finish()
    }
}

/// A circuit with its type erased.
pub trait AnyCircuit: Send + Sync {
    /// Returns the circuit's number and name.
    fn id(&self) -> CircuitId;

    /// Returns the verifying key for a chain.
    fn key(&self, chain_id: u32) -> Key;

    /// Returns a prover for a chain.
    #[cfg(feature = "prover")]
    fn prover(&self, chain_id: u32) -> Box<dyn AnyProver>;

    /// Returns the chain that an encoded witness is about.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `witness` breaks.
    #[cfg(feature = "prover")]
    fn chain_id(&self, witness: &[u8]) -> Result<u32, DecodeError>;
}

/// A prover for one circuit and one chain, with the circuit's type erased.
#[cfg(feature = "prover")]
pub trait AnyProver: Send + Sync {
    /// Returns the key that verifies its proofs.
    fn key(&self) -> &Key;

    /// Makes a proof file from an encoded witness.
    ///
    /// # Errors
    ///
    /// [`ProveError`].
    fn prove(&self, witness: &[u8]) -> Result<Vec<u8>, ProveError>;

    /// Checks that `file` proves the statement of an encoded witness, as any other verifier would.
    ///
    /// # Errors
    ///
    /// The first rule that the file breaks.
    fn verify(&self, witness: &[u8], file: &[u8]) -> Result<(), VerifyError>;
}

/// The entry of `C` in a registry: `&Registered::<C>::NEW`.
pub struct Registered<C>(PhantomData<fn() -> C>);

impl<C> Registered<C> {
    /// The only value.
    pub const NEW: Self = Self(PhantomData);
}

impl<C> fmt::Debug for Registered<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registered")
    }
}

#[cfg(not(feature = "prover"))]
impl<C: Circuit> AnyCircuit for Registered<C> {
    fn id(&self) -> CircuitId {
        C::ID
    }

    fn key(&self, chain_id: u32) -> Key {
        Key::of::<C>(chain_id)
    }
}

#[cfg(feature = "prover")]
impl<C: Provable<Air: Send + Sync>> AnyCircuit for Registered<C> {
    fn id(&self) -> CircuitId {
        C::ID
    }

    fn key(&self, chain_id: u32) -> Key {
        Key::of::<C>(chain_id)
    }

    fn prover(&self, chain_id: u32) -> Box<dyn AnyProver> {
        Box::new(Prover::<C>::new(chain_id))
    }

    fn chain_id(&self, witness: &[u8]) -> Result<u32, DecodeError> {
        Ok(C::Witness::from_bytes(witness)?.statement().chain_id())
    }
}

#[cfg(feature = "prover")]
impl<C: Provable<Air: Send + Sync>> AnyProver for Prover<C> {
    fn key(&self) -> &Key {
        Self::key(self)
    }

    fn prove(&self, witness: &[u8]) -> Result<Vec<u8>, ProveError> {
        let witness = C::Witness::from_bytes(witness)?;
        Ok(Self::prove(self, &witness)?.to_bytes())
    }

    fn verify(&self, witness: &[u8], file: &[u8]) -> Result<(), VerifyError> {
        let statement = C::Witness::from_bytes(witness)?.statement().clone();
        let proof = Proof::decode(file, |number| (number == C::ID.number()).then_some(C::ID))?;
        Self::key(self).verify(statement, &proof).map(|_| ())
    }
}
