//! `SecretKey`: signs one message per leaf, then erases the leaf's secrets.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use p3_field::{PackedValue, PrimeCharacteristicRing};
use zeroize::Zeroizing;

use super::encoding::{MESSAGE_ELEMENTS, digit_sum, message_elements};
use super::keygen::{Packed, leaves, tree_levels};
use super::ratchet::{LeafSecrets, Ratchet, State, randomizers};
use super::{
    CHAINS, ChainValue, KeyPurpose, PARAMETER_ELEMENTS, PublicKey, RANDOMIZER_ELEMENTS, Signature,
    SignatureError, TARGET_SUM, chain_step, encode, slot_digest,
};
use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Domain, RATE, Sponge, Val};
use crate::limits::{MAX_TREE_HEIGHT, MIN_TREE_HEIGHT};

/// A secret key: the tree of its leaves, and the ratchet at the first unused leaf.
///
/// The key lives in memory only. To sign one message per leaf even across crashes, its owner saves
/// leaf and message durably; calls [`SecretKey::sign`]; saves [`SecretKey::to_bytes`], or just the
/// small part [`SecretKey::state_to_bytes`], over the previous copy; and only then publishes the
/// signature. Signing the same message at the same leaf again, from the same state, gives the same
/// signature. After restoring a backup, call [`SecretKey::erase_before`] to jump ahead.
pub struct SecretKey {
    purpose: KeyPurpose,
    chain_id: u32,
    public: PublicKey,
    /// The tree, leaves first, root last.
    levels: Vec<Vec<Digest>>,
    ratchet: Ratchet,
    last: Option<Box<Spent>>,
}

/// The last leaf that signed.
struct Spent {
    leaf: u32,
    message: Digest,
    signature: Signature,
    slot_secret: Zeroizing<[u8; Digest::BYTES]>,
}

impl SecretKey {
    /// The version of the encoding.
    pub const VERSION: u32 = 1;

    /// Makes a key from a seed; `progress` is told how many of the 2^`tree_height` leaves are done.
    ///
    /// The seed is 32 bytes from the system's generator, used for this one key and then forgotten:
    /// it gives access to every leaf, including those already used. `progress` is called from the
    /// worker threads, and not always in order.
    ///
    /// # Errors
    ///
    /// [`SignError::TreeHeight`] if the height is not between 4 and 20.
    pub fn generate(
        seed: [u8; 32],
        purpose: KeyPurpose,
        chain_id: u32,
        tree_height: u32,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, SignError> {
        let seed = Zeroizing::new(seed);
        let (min, max, got) = (MIN_TREE_HEIGHT, MAX_TREE_HEIGHT, tree_height);
        if !(min..=max).contains(&got) {
            return Err(SignError::TreeHeight { min, max, got });
        }
        let (ratchet, parameter) = Ratchet::from_seed(&seed, purpose, chain_id, tree_height);
        let leaves = leaves(ratchet.clone(), &parameter, tree_height, progress);
        Ok(Self::new(purpose, chain_id, parameter, leaves, ratchet))
    }

    /// Returns the public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Returns what the key signs.
    #[must_use]
    pub const fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// Returns the chain that the key belongs to.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.chain_id
    }

    /// Returns the key's id, which sets and accounts use to name it.
    #[must_use]
    pub fn key_id(&self) -> Digest {
        self.public.key_id(self.purpose, self.chain_id)
    }

    /// Returns the first leaf that can still sign a new message; 2^`tree_height` if none can.
    #[must_use]
    pub const fn next_leaf(&self) -> u32 {
        self.ratchet.leaf()
    }

    /// Erases the secrets of every leaf before `leaf`; does nothing if they are already erased.
    ///
    /// Use this after a restart or a restored backup to jump past every leaf that may have been
    /// used.
    pub fn erase_before(&mut self, leaf: u32) {
        self.ratchet.advance_to(leaf.min(self.leaf_count()));
    }

    /// Signs `message` at `leaf`, and erases this leaf and all earlier ones.
    ///
    /// Signing the last message again, at its leaf, gives the same signature. Leaves may be
    /// skipped; skipped leaves are erased too. Save `leaf` and `message` durably *before* this
    /// call.
    ///
    /// # Errors
    ///
    /// [`SignError::LeafPastTree`]; [`SignError::LeafUsed`] if `leaf` is the last one that signed
    /// and it signed another message; [`SignError::LeafErased`] for any other leaf before
    /// [`SecretKey::next_leaf`]; [`SignError::BrokenKey`] if the signature does not verify, which
    /// happens only if the key is damaged.
    pub fn sign(&mut self, leaf: u32, message: &Digest) -> Result<Signature, SignError> {
        if leaf >= self.leaf_count() {
            let tree_height = self.public.tree_height;
            return Err(SignError::LeafPastTree { leaf, tree_height });
        }
        if let Some(last) = self.last.as_ref().filter(|last| last.leaf == leaf) {
            let same = last.message == *message;
            let signature = same.then(|| last.signature.clone());
            return signature.ok_or(SignError::LeafUsed { leaf });
        }
        let next = self.ratchet.leaf();
        if leaf < next {
            return Err(SignError::LeafErased { leaf, next });
        }
        self.ratchet.advance_to(leaf);
        let spent = self.spend(message);
        self.ratchet.advance();
        // Otherwise a flipped bit in memory or on disk could reveal chains at the wrong positions.
        let checked = self.public.verify(leaf, message, &spent.signature);
        checked.map_err(|cause| SignError::BrokenKey { cause })?;
        let signature = spent.signature.clone();
        self.last = Some(Box::new(spent));
        Ok(signature)
    }

    /// Returns the slot secret behind the slot digest of `leaf`.
    ///
    /// The proposer of a slot needs it before it signs, to compute the header's randomness. Only
    /// the proposer may reveal it, and only in its own block: revealed earlier, it would make the
    /// chain's randomness known before the block.
    ///
    /// # Errors
    ///
    /// [`SignError::LeafPastTree`], or [`SignError::LeafErased`] if the leaf is erased and not the
    /// last one that signed.
    pub fn reveal_slot_secret(&self, leaf: u32) -> Result<Digest, SignError> {
        if let Some(last) = self.last.as_ref().filter(|last| last.leaf == leaf) {
            return Ok(last.slot_secret());
        }
        let next = self.ratchet.leaf();
        if leaf < next {
            return Err(SignError::LeafErased { leaf, next });
        }
        if leaf >= self.leaf_count() {
            let tree_height = self.public.tree_height;
            return Err(SignError::LeafPastTree { leaf, tree_height });
        }
        let mut ratchet = self.ratchet.clone();
        ratchet.advance_to(leaf);
        Ok(LeafSecrets::new(ratchet.state()).slot)
    }

    /// Returns the encoding, which must be kept secret: version, purpose, chain id, tree height,
    /// next leaf (all `u32`), parameter, ratchet state, the last leaf that signed (`u32` 0 for
    /// none; or 1, leaf, message, slot secret, signature), then the leaf digests of the tree.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let tree_height = self.public.tree_height;
        let mut w = Writer::with_capacity(max_encoded_len(tree_height));
        w.u32(Self::VERSION);
        w.u32(self.purpose_tag());
        for x in [self.chain_id, tree_height, self.ratchet.leaf()] {
            w.u32(x);
        }
        w.elements(&self.public.parameter);
        self.write_state(&mut w);
        for leaf in &self.levels[0] {
            w.digest(leaf);
        }
        Zeroizing::new(w.finish())
    }

    /// Returns the part that never changes and contains no secrets: version, purpose, chain id,
    /// tree height (all `u32`), parameter, and the leaf digests of the tree.
    ///
    /// This is nearly all of a key. Save it once; then only [`SecretKey::state_to_bytes`] has to be
    /// saved with each signature.
    #[must_use]
    pub fn tree_to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.u32(Self::VERSION);
        w.u32(self.purpose_tag());
        w.u32(self.chain_id);
        w.u32(self.public.tree_height);
        w.elements(&self.public.parameter);
        for leaf in &self.levels[0] {
            w.digest(leaf);
        }
        w.finish()
    }

    /// Returns the part that each signature changes, which must be kept secret: version, next leaf
    /// (both `u32`), ratchet state, and the last leaf that signed as in [`SecretKey::to_bytes`].
    ///
    /// Overwrite the previous copy: it contains the secrets of leaves that have signed since.
    #[must_use]
    pub fn state_to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut w = Writer::with_capacity(max_state_len(self.public.tree_height));
        w.u32(Self::VERSION);
        w.u32(self.ratchet.leaf());
        self.write_state(&mut w);
        Zeroizing::new(w.finish())
    }

    /// Decodes what [`SecretKey::to_bytes`] returns; the caller erases `bytes`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooLong`], [`DecodeError::UnsupportedVersion`], [`DecodeError::OutOfRange`],
    /// [`DecodeError::NonCanonicalElement`], [`DecodeError::Truncated`] or
    /// [`DecodeError::TrailingBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (what, max, got) = ("secret key", max_encoded_len(MAX_TREE_HEIGHT), bytes.len());
        if got > max {
            return Err(DecodeError::TooLong { what, max, got });
        }
        let mut r = Reader::new(bytes);
        r.version(what, Self::VERSION)?;
        let purpose = read_purpose(&mut r)?;
        let chain_id = r.u32("chain_id")?;
        let tree_height = r.u32_in(MIN_TREE_HEIGHT, MAX_TREE_HEIGHT, "tree_height")?;
        let next_leaf = r.u32_in(0, 1 << tree_height, "next_leaf")?;
        let parameter = r.elements("parameter")?;
        let (ratchet, last) = read_state(&mut r, tree_height, next_leaf)?;
        let leaves = read_leaves(&mut r, tree_height)?;
        r.finish()?;
        let key = Self::new(purpose, chain_id, parameter, leaves, ratchet);
        Ok(Self { last, ..key })
    }

    /// Decodes what [`SecretKey::tree_to_bytes`] and [`SecretKey::state_to_bytes`] return; the
    /// caller erases `state`.
    ///
    /// Whether both belong to the same key shows only on signing, which otherwise fails with
    /// [`SignError::BrokenKey`].
    ///
    /// # Errors
    ///
    /// As [`SecretKey::from_bytes`].
    pub fn from_parts(tree: &[u8], state: &[u8]) -> Result<Self, DecodeError> {
        let parts = [
            ("key tree", max_tree_len(MAX_TREE_HEIGHT), tree.len()),
            ("key state", max_state_len(MAX_TREE_HEIGHT), state.len()),
        ];
        for (what, max, got) in parts {
            if got > max {
                return Err(DecodeError::TooLong { what, max, got });
            }
        }
        let mut r = Reader::new(tree);
        r.version("key tree", Self::VERSION)?;
        let purpose = read_purpose(&mut r)?;
        let chain_id = r.u32("chain_id")?;
        let tree_height = r.u32_in(MIN_TREE_HEIGHT, MAX_TREE_HEIGHT, "tree_height")?;
        let parameter = r.elements("parameter")?;
        let leaves = read_leaves(&mut r, tree_height)?;
        r.finish()?;
        let mut r = Reader::new(state);
        r.version("key state", Self::VERSION)?;
        let next_leaf = r.u32_in(0, 1 << tree_height, "next_leaf")?;
        let (ratchet, last) = read_state(&mut r, tree_height, next_leaf)?;
        r.finish()?;
        let key = Self::new(purpose, chain_id, parameter, leaves, ratchet);
        Ok(Self { last, ..key })
    }

    fn new(
        purpose: KeyPurpose,
        chain_id: u32,
        parameter: [Val; PARAMETER_ELEMENTS],
        leaves: Vec<Digest>,
        ratchet: Ratchet,
    ) -> Self {
        let public = |levels: &[Vec<Digest>]| PublicKey {
            tree_height: levels[0].len().ilog2(),
            parameter,
            root: levels[levels.len() - 1][0],
        };
        let levels = tree_levels(leaves);
        Self {
            purpose,
            chain_id,
            public: public(&levels),
            levels,
            ratchet,
            last: None,
        }
    }

    const fn purpose_tag(&self) -> u32 {
        match self.purpose {
            KeyPurpose::Vote => 1,
            KeyPurpose::Account => 2,
            KeyPurpose::Setup => 3,
        }
    }

    fn write_state(&self, w: &mut Writer) {
        w.bytes(&**self.ratchet.state());
        w.u32(u32::from(self.last.is_some()));
        if let Some(last) = &self.last {
            w.u32(last.leaf);
            w.digest(&last.message);
            w.bytes(&*last.slot_secret);
            w.bytes(&last.signature.to_bytes());
        }
    }

    const fn leaf_count(&self) -> u32 {
        1 << self.public.tree_height
    }

    /// Signs at the ratchet's leaf.
    fn spend(&self, message: &Digest) -> Spent {
        let leaf = self.ratchet.leaf();
        let parameter = &self.public.parameter;
        let secrets = LeafSecrets::new(self.ratchet.state());
        let (randomizer, digits) = find_randomizer(parameter, leaf, message, self.ratchet.state());
        let signature = Signature {
            randomizer,
            chain_values: walk_chains(&secrets.starts, parameter, leaf, &digits),
            slot_digest: slot_digest(&secrets.slot),
            path: self.path(leaf),
        };
        Spent {
            leaf,
            message: *message,
            signature,
            slot_secret: Zeroizing::new(secrets.slot.to_bytes()),
        }
    }

    fn path(&self, leaf: u32) -> Vec<Digest> {
        let mut position = usize::try_from(leaf).expect("a leaf is below 2^20");
        let below_root = &self.levels[..self.levels.len() - 1];
        below_root
            .iter()
            .map(|level| {
                let sibling = level[position ^ 1];
                position >>= 1;
                sibling
            })
            .collect()
    }
}

impl fmt::Debug for SecretKey {
    /// Prints only what is public.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey")
            .field("purpose", &self.purpose)
            .field("chain_id", &self.chain_id)
            .field("public", &self.public)
            .field("next_leaf", &self.ratchet.leaf())
            .finish_non_exhaustive()
    }
}

impl Spent {
    fn slot_secret(&self) -> Digest {
        Digest::from_bytes(&*self.slot_secret).expect("they are a digest's own bytes")
    }

    fn read(
        r: &mut Reader<'_>,
        tree_height: u32,
        next_leaf: u32,
    ) -> Result<Option<Box<Self>>, DecodeError> {
        if r.u32_in(0, next_leaf.min(1), "last")? == 0 {
            return Ok(None);
        }
        let leaf = r.u32_in(0, next_leaf - 1, "last leaf")?;
        let message = r.digest("last message")?;
        let slot_secret = Zeroizing::new(r.digest("slot secret")?.to_bytes());
        let signature = r.bytes(Signature::encoded_len(tree_height), "last signature")?;
        let signature = Signature::from_bytes(signature)?;
        Ok(Some(Box::new(Self {
            leaf,
            message,
            signature,
            slot_secret,
        })))
    }
}

fn read_purpose(r: &mut Reader<'_>) -> Result<KeyPurpose, DecodeError> {
    Ok(match r.u32_in(1, 3, "purpose")? {
        1 => KeyPurpose::Vote,
        2 => KeyPurpose::Account,
        _ => KeyPurpose::Setup,
    })
}

fn read_state(
    r: &mut Reader<'_>,
    tree_height: u32,
    next_leaf: u32,
) -> Result<(Ratchet, Option<Box<Spent>>), DecodeError> {
    let state = State::new(r.array("state")?);
    let last = Spent::read(r, tree_height, next_leaf)?;
    Ok((Ratchet::at(next_leaf, state), last))
}

fn read_leaves(r: &mut Reader<'_>, tree_height: u32) -> Result<Vec<Digest>, DecodeError> {
    (0..1u32 << tree_height)
        .map(|_| r.digest("leaves"))
        .collect()
}

/// Walks each chain to the position of its digit.
fn walk_chains(
    starts: &[ChainValue; CHAINS],
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: u32,
    digits: &[u8; CHAINS],
) -> [ChainValue; CHAINS] {
    let leaf = Val::from_u32(leaf);
    let mut values = *starts;
    for ((value, &digit), chain) in values.iter_mut().zip(digits).zip(0..) {
        *value = (0..digit.into()).fold(*value, |value, step| {
            chain_step(value, parameter, leaf, chain, step)
        });
    }
    values
}

/// Returns the first randomizer of the leaf's stream whose digits can be signed, and those digits.
///
/// Only the last five elements vary, so one packed permutation makes one try per lane. The order of
/// the tries does not depend on the number of lanes. About one in 3,500 succeeds.
fn find_randomizer(
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: u32,
    message: &Digest,
    state: &State,
) -> ([Val; RANDOMIZER_ELEMENTS], [u8; CHAINS]) {
    const VARIED: usize = MESSAGE_ELEMENTS - 2 * RATE;
    let mut stream = randomizers(state, message);
    let mut randomizer: [Val; RANDOMIZER_ELEMENTS] = [Val::ZERO; RANDOMIZER_ELEMENTS];
    let fixed = randomizer.len() - VARIED;
    randomizer[..fixed].fill_with(|| stream.draw());
    let elements = message_elements(parameter, leaf, message, &randomizer).map(Packed::from);
    let mut prefix = Sponge::new(Domain::SigMessage, MESSAGE_ELEMENTS);
    prefix.absorb(&elements[..RATE]);
    prefix.absorb(&elements[RATE..2 * RATE]);
    loop {
        let mut tries = [Packed::ZERO; VARIED];
        for lane in 0..Packed::WIDTH {
            for packed in &mut tries {
                packed.as_slice_mut()[lane] = stream.draw();
            }
        }
        let mut sponge = prefix.clone();
        sponge.absorb(&tries);
        let digests = sponge.finish();
        let sum = |lane: &usize| digit_sum(&digests.map(|element| element.extract(*lane)));
        if let Some(lane) = (0..Packed::WIDTH).find(|lane| sum(lane) == TARGET_SUM) {
            randomizer[fixed..].copy_from_slice(&tries.map(|element| element.extract(lane)));
            let digits = encode(parameter, leaf, message, &randomizer);
            return (randomizer, digits.expect("lanes hash as scalars do"));
        }
    }
}

/// Returns the length of the encoding of a key that has signed.
fn max_encoded_len(tree_height: u32) -> usize {
    // The two parts have a version each, the whole encoding has one.
    max_tree_len(tree_height) + max_state_len(tree_height) - 4
}

fn max_tree_len(tree_height: u32) -> usize {
    4 * 4 + 4 * PARAMETER_ELEMENTS + (Digest::BYTES << tree_height)
}

fn max_state_len(tree_height: u32) -> usize {
    let last = 4 + 2 * Digest::BYTES + Signature::encoded_len(tree_height);
    2 * 4 + 32 + 4 + last
}

/// Why a key was not made, or did not sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The tree height is not allowed.
    #[error("the tree height is {got}, {min} to {max} allowed")]
    TreeHeight {
        /// Minimum height.
        min: u32,
        /// Maximum height.
        max: u32,
        /// The requested height.
        got: u32,
    },
    /// The leaf is not in the key's tree: the key is used up, or this is the wrong key.
    #[error("leaf {leaf} is outside the key, which has 2^{tree_height} leaves")]
    LeafPastTree {
        /// The requested leaf.
        leaf: u32,
        /// Height of the key's tree.
        tree_height: u32,
    },
    /// The leaf has signed another message; a second one would make forgeries cheap.
    #[error("leaf {leaf} has already signed another message")]
    LeafUsed {
        /// The requested leaf.
        leaf: u32,
    },
    /// The secrets of the leaf have been erased.
    #[error("leaf {leaf} has been erased, the next usable leaf is {next}")]
    LeafErased {
        /// The requested leaf.
        leaf: u32,
        /// The first leaf that can still sign.
        next: u32,
    },
    /// The key made a signature that does not verify: its memory or its file is damaged.
    #[error("the key is damaged: {cause}")]
    BrokenKey {
        /// The rule that the signature breaks.
        cause: SignatureError,
    },
}

impl SignError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TreeHeight { .. } => "sign-tree-height",
            Self::LeafPastTree { .. } => "sign-leaf-past-tree",
            Self::LeafUsed { .. } => "sign-leaf-used",
            Self::LeafErased { .. } => "sign-leaf-erased",
            Self::BrokenKey { .. } => "sign-broken-key",
        }
    }
}
