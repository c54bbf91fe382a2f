//! The ratchet that produces a key's secrets; it only moves forward.
//!
//! The state of leaf i + 1 is a hash of the state of leaf i, and the secrets of a leaf are a stream
//! derived from its state. A thief of a key learns its remaining leaves but none of the earlier
//! ones. Everything is SHAKE256 (FIPS 202) over a prefix, the role, and inputs of a fixed length
//! per role, so that output for one role says nothing about another.

use alloc::vec::Vec;
use core::hint::black_box;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use shake::{ExtendableOutput, Shake256, Shake256Reader, Update, XofReader};
use zeroize::Zeroizing;

use super::{CHAIN_ELEMENTS, CHAINS, ChainValue, KeyPurpose, PARAMETER_ELEMENTS};
use crate::hash::{Digest, Val};

/// The state of a ratchet: 256 bits, so that attacking many keys at once is no easier.
pub(super) type State = Zeroizing<[u8; 32]>;

/// The state of one leaf; all earlier states have been erased.
#[derive(Clone)]
pub(super) struct Ratchet {
    leaf: u32,
    state: State,
}

impl Ratchet {
    /// Returns the ratchet of a seed at leaf 0, and the public parameter of its key.
    ///
    /// Purpose, chain and height are hashed in as well, so that a seed used twice gives unrelated
    /// keys.
    pub(super) fn from_seed(
        seed: &[u8; 32],
        purpose: KeyPurpose,
        chain_id: u32,
        tree_height: u32,
    ) -> (Self, [Val; PARAMETER_ELEMENTS]) {
        let purpose = match purpose {
            KeyPurpose::Vote => [1],
            KeyPurpose::Account => [2],
            KeyPurpose::Setup => [3],
        };
        let (chain_id, tree_height) = (chain_id.to_le_bytes(), tree_height.to_le_bytes());
        let input: [&[u8]; 4] = [seed, &purpose, &chain_id, &tree_height];
        let mut parameter = Elements::new(Role::Parameter, &input);
        let ratchet = Self::at(0, derive(Role::FirstState, &input));
        (ratchet, core::array::from_fn(|_| parameter.draw()))
    }

    /// Returns the ratchet at `leaf`, whose state is `state`.
    pub(super) const fn at(leaf: u32, state: State) -> Self {
        Self { leaf, state }
    }

    /// Returns the leaf whose state this is; all earlier ones have been erased.
    pub(super) const fn leaf(&self) -> u32 {
        self.leaf
    }

    /// Returns the state, for saving.
    pub(super) const fn state(&self) -> &State {
        &self.state
    }

    /// Moves to the next leaf and erases this one.
    pub(super) fn advance(&mut self) {
        self.state = derive(Role::NextState, &[&*self.state]);
        self.leaf += 1;
    }

    /// Moves to `leaf` and erases all earlier ones; does nothing if it is already there or past it.
    pub(super) fn advance_to(&mut self, leaf: u32) {
        while self.leaf < leaf {
            self.advance();
        }
    }

    /// Returns the states of the next `count` leaves, starting with this one, and moves past them.
    pub(super) fn take(&mut self, count: usize) -> Vec<State> {
        let take_one = |_| {
            let state = self.state.clone();
            self.advance();
            state
        };
        (0..count).map(take_one).collect()
    }
}

/// The secrets of one leaf.
pub(super) struct LeafSecrets {
    /// Position 0 of each chain.
    pub(super) starts: [ChainValue; CHAINS],
    /// What a proposer reveals: the preimage of the leaf's slot digest.
    pub(super) slot: Digest,
}

impl LeafSecrets {
    /// Draws the secrets of the leaf whose state is `state`.
    pub(super) fn new(state: &State) -> Self {
        let mut elements = Elements::new(Role::Leaf, &[&**state]);
        Self {
            starts: core::array::from_fn(|_| core::array::from_fn(|_| elements.draw())),
            slot: Digest(core::array::from_fn(|_| elements.draw())),
        }
    }
}

impl Drop for LeafSecrets {
    /// Overwrites the secrets. `Val` has no volatile write; `black_box` keeps the stores as well as
    /// safe code can.
    fn drop(&mut self) {
        self.starts = [[Val::ZERO; CHAIN_ELEMENTS]; CHAINS];
        self.slot = Digest::ZERO;
        black_box(&self.starts);
        black_box(&self.slot);
    }
}

/// Returns the elements that a signer tries as randomizers for `message` at the leaf with `state`.
/// They are the same each time, so signing needs no randomness and can be repeated.
pub(super) fn randomizers(state: &State, message: &Digest) -> Elements {
    Elements::new(Role::Randomizer, &[&**state, &message.to_bytes()])
}

/// What a stream is for.
#[derive(Clone, Copy)]
enum Role {
    FirstState,
    NextState,
    Parameter,
    Leaf,
    Randomizer,
}

impl Role {
    const fn tag(self) -> u8 {
        match self {
            Self::FirstState => 1,
            Self::NextState => 2,
            Self::Parameter => 3,
            Self::Leaf => 4,
            Self::Randomizer => 5,
        }
    }
}

/// Uniform field elements from a stream of SHAKE256.
pub(super) struct Elements {
    stream: Shake256Reader,
    block: Zeroizing<[u8; BLOCK]>,
    used: usize,
}

impl Elements {
    fn new(role: Role, input: &[&[u8]]) -> Self {
        Self {
            stream: stream(role, input),
            block: Zeroizing::new([0; BLOCK]),
            used: BLOCK,
        }
    }

    /// Draws the next element.
    ///
    /// Takes 31 bits, and draws again if they are not below the modulus, about once in 16 draws.
    /// This is exactly uniform and needs half the hashing of reducing 64 bits. Timing reveals only
    /// which draws were rejected.
    pub(super) fn draw(&mut self) -> Val {
        loop {
            if self.used == BLOCK {
                self.stream.read(&mut *self.block);
                self.used = 0;
            }
            let (_, rest) = self.block.split_at(self.used);
            let word = rest.first_chunk().expect("a block is a number of words");
            self.used += word.len();
            let bits = u32::from_le_bytes(*word) & (u32::MAX >> 1);
            if bits < Val::ORDER_U32 {
                return Val::from_u32(bits);
            }
        }
    }
}

fn derive(role: Role, input: &[&[u8]]) -> State {
    let mut state = Zeroizing::new([0; 32]);
    stream(role, input).read(&mut *state);
    state
}

fn stream(role: Role, input: &[&[u8]]) -> Shake256Reader {
    let mut hasher = Shake256::default();
    hasher.update(b"rpp signature key 1");
    hasher.update(&[role.tag()]);
    for part in input {
        hasher.update(part);
    }
    hasher.finalize_xof()
}

/// Bytes produced by one permutation of SHAKE256.
const BLOCK: usize = 136;

#[cfg(test)]
mod tests {
    use super::*;

    fn ratchet(seed: u8) -> Ratchet {
        Ratchet::from_seed(&[seed; 32], KeyPurpose::Vote, 7, 4).0
    }

    #[test]
    fn jumping_and_stepping_agree() {
        let (mut jumped, mut stepped) = (ratchet(1), ratchet(1));
        jumped.advance_to(5);
        let states = stepped.take(5);
        assert_eq!((jumped.leaf(), stepped.leaf()), (5, 5));
        assert_eq!(jumped.state(), stepped.state());
        jumped.advance_to(2);
        assert_eq!(jumped.leaf(), 5);
        assert!(states.iter().all(|state| state != jumped.state()));
    }

    #[test]
    fn every_input_changes_the_key() {
        let (vote, account) = (KeyPurpose::Vote, KeyPurpose::Account);
        let keys = [
            Ratchet::from_seed(&[1; 32], vote, 7, 4),
            Ratchet::from_seed(&[2; 32], vote, 7, 4),
            Ratchet::from_seed(&[1; 32], account, 7, 4),
            Ratchet::from_seed(&[1; 32], vote, 8, 4),
            Ratchet::from_seed(&[1; 32], vote, 7, 5),
        ];
        for (i, (a, a_parameter)) in keys.iter().enumerate() {
            for (b, b_parameter) in &keys[..i] {
                assert_ne!(a.state(), b.state());
                assert_ne!(a_parameter, b_parameter);
            }
        }
    }

    #[test]
    fn secrets_differ_from_leaf_to_leaf_and_chain_to_chain() {
        let [a, b] = [1, 2].map(|seed| LeafSecrets::new(ratchet(seed).state()));
        assert_ne!(a.starts[0], b.starts[0]);
        assert_ne!(a.starts[0], a.starts[1]);
        assert_ne!(a.slot, b.slot);
    }
}
