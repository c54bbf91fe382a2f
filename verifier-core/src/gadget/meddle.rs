//! `Meddle`: what a forger does to the rows of a trace while they are made.
//!
//! All that comes after a row is computed from it, so that a forgery is consistent but for one link.
//! The prover is [`Honest`], and its build has nothing of this left.

use alloc::vec::Vec;

use super::operation::Detour;
use super::permutation;
use crate::hash::{Val, WIDTH};
use crate::signature::CHAINS;

/// A row before it is added to a trace; `C` are the columns beside its permutation.
#[derive(Debug)]
pub struct Draft<'a, C> {
    /// Place of the row's kind among the kinds of the circuit.
    pub kind: usize,
    /// What the row's permutation takes in.
    pub input: &'a mut [Val; WIDTH],
    /// The columns beside it. What is changed here stays changed: the rows after it are computed
    /// from it.
    pub cells: &'a mut C,
    /// The columns beside it as this row alone shall have them.
    pub written: Option<C>,
    /// The columns of the permutation, where they shall not be one.
    pub permutation: Option<[Val; permutation::COLUMNS]>,
}

/// What a signature is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignedAs {
    /// The leaf that signs.
    pub leaf: u32,
    /// The digit of each chain.
    pub digits: [u8; CHAINS],
    /// Bits 26 to 30 of the six elements that the digits come from.
    pub tops: [u8; 6],
}

/// What somebody does to each row while a trace is built.
pub trait Meddle<C>: Clone + Send + Sync {
    /// Changes a row.
    fn meddle(&mut self, draft: &mut Draft<'_, C>);

    /// Returns how many pairs of chains a signature has, where not as many as it should.
    fn pairs(&self) -> Option<usize> {
        None
    }

    /// Returns the chain steps of a pair, where they shall not be what its digits leave: which of
    /// the two chains, and its position.
    fn steps(&self, _pair: usize) -> Option<Vec<(usize, u8)>> {
        None
    }

    /// Returns what a vote signs, by how many there are before, where it shall not be what its rows say: the leaf, the digits, and the bits
    /// above them.
    fn signed(&self, _vote: usize) -> Option<SignedAs> {
        None
    }

    /// Returns where the rows of operations leave what these say.
    fn detour(&self) -> Detour {
        Detour::default()
    }
}

/// Changes nothing: the prover.
#[derive(Clone, Copy, Debug)]
pub struct Honest;

impl<C> Meddle<C> for Honest {
    fn meddle(&mut self, _draft: &mut Draft<'_, C>) {}
}
