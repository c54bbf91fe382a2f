//! The encoding of `Contents`: the record that a key file seals.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_key_file::{KeyFileError, TAG_BYTES};
use rpp_verifier::{
    DecodeError, Format, KeyPurpose, Operation, OperationHash, Reader, Rekey, SecretKey, Writer,
};
use zeroize::Zeroizing;

use super::account_key::AccountKey;
use super::before::Before;
use super::contents::{Claim, Contents, Entry, Home, Successor, sign};
use super::leaves::{Standing, whole_end};

impl Contents {
    /// Returns the encoding, with room for a tag.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let key = Parts::of(&self.key);
        let successor = self.successor.as_ref();
        let successor = successor.map(|next| (next, Parts::of(&next.key)));
        let length = successor.as_ref().map_or(0, |(_, parts)| parts.length());
        let length = length.saturating_add(key.length());
        let room = length.saturating_add(REST_ROOM).saturating_add(TAG_BYTES);
        let mut w = Writer::with_capacity(room);
        w.u32(number(self.standing));
        write_claim(&mut w, self.account);
        w.u32(u32::from(self.is_bound));
        w.u32(self.generation);
        self.before.write(&mut w);
        w.u32(u32::from(self.last.is_some()));
        if let Some(last) = &self.last {
            w.digest(&last.0);
        }
        key.write(&mut w);
        match successor {
            None => w.u32(0),
            Some((next, parts)) => {
                w.u32(number(next.standing).saturating_add(1));
                w.u32(next.since);
                parts.write(&mut w);
            }
        }
        match &self.entry {
            None => w.u32(0),
            Some(entry) => {
                w.u32(if entry.is_reserved() { 1 } else { 2 });
                entry.operation().write(&mut w);
            }
        }
        Zeroizing::new(w.finish())
    }

    /// Decodes what [`Contents::encode`] returns, and checks that its parts agree.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut r = Reader::new(bytes);
        let standing = standing(r.u32_in(0, 1, "standing")?);
        let account = read_claim(&mut r)?;
        let is_bound = r.u32_in(0, 1, "whether a leaf was given out for it")? == 1;
        let generation = r.u32("how many keys there were")?;
        let before = Before::read(&mut r)?;
        let last = match r.u32_in(0, 1, "whether something was under way")? {
            0 => None,
            _ => Some(OperationHash(r.digest("last operation")?)),
        };
        let key = read_key(&mut r)?;
        let next = r.u32_in(0, 2, "whether there is a next key")?;
        let successor = match next.checked_sub(1) {
            None => None,
            Some(known) => Some(Successor {
                standing: self::standing(known),
                since: r.u32("leaf of a change of key")?,
                key: read_key(&mut r)?,
            }),
        };
        let mut contents = Self {
            standing,
            account,
            is_bound,
            generation,
            before,
            key,
            successor,
            entry: None,
            last,
        };
        if !contents.is_apart() {
            return Err(KeyFileError::Damaged);
        }
        contents.entry = match r.u32_in(0, 2, "what is under way")? {
            0 => None,
            1 => Some(contents.reserved(Operation::read(&mut r)?)?),
            _ => Some(contents.signed(Operation::read(&mut r)?)?),
        };
        r.finish()?;
        contents.check_successor()?;
        Ok(contents)
    }

    /// Returns an operation that is reserved: at a leaf that can still sign it.
    fn reserved(&self, operation: Operation) -> Result<Entry, KeyFileError> {
        let is_own = match operation {
            Operation::Register(register) => register.key_id == self.key_id(),
            Operation::Transfer(_) | Operation::Rekey(_) => true,
        };
        let end = match self.standing {
            Standing::Whole => whole_end(self.leaf_count()),
            Standing::Restored => self.leaf_count(),
        };
        let free = self.key.next_leaf()..end;
        let leaf = self.account.leaf(&operation);
        let leaf = leaf.filter(|leaf| is_own && free.contains(leaf));
        let leaf = leaf.ok_or(KeyFileError::Damaged)?;
        Ok(Entry::Reserved { leaf, operation })
    }

    /// Returns an operation that is signed: the last that the key has signed, whose signature it keeps.
    fn signed(&mut self, operation: Operation) -> Result<Entry, KeyFileError> {
        let leaf = self.account.leaf(&operation);
        // At an erased leaf, nothing is signed anew: the key has this very signature, or refuses.
        let leaf = leaf.filter(|&leaf| leaf < self.key.next_leaf());
        let leaf = leaf.ok_or(KeyFileError::Damaged)?;
        let signed = sign(&mut self.key, leaf, operation);
        let signed = signed.map_err(|_| KeyFileError::Damaged)?;
        Ok(Entry::Signed { leaf, signed })
    }

    /// Checks that a change of key that is under way is one to the next key, which is another one of this chain.
    fn check_successor(&self) -> Result<(), KeyFileError> {
        let next = self.successor.as_ref();
        let is_next = match self.entry.as_ref().map(Entry::operation) {
            Some(Operation::Rekey(Rekey { new_key_id, .. })) => {
                next.is_some_and(|next| next.key.key_id() == *new_key_id)
            }
            Some(_) => next.is_none(),
            None => true,
        };
        let is_other = next.is_none_or(|next| {
            next.key.chain_id() == self.key.chain_id() && next.key.key_id() != self.key_id()
        });
        let agrees = is_next && is_other;
        agrees.then_some(()).ok_or(KeyFileError::Damaged)
    }
}

fn write_claim(w: &mut Writer, account: Claim) {
    match account {
        Claim::None => w.u32(0),
        Claim::Named(index) => {
            w.u32(1);
            w.u32(index);
        }
        Claim::Vouched(index) => {
            w.u32(2);
            w.u32(index);
        }
        Claim::Seen(home) => {
            w.u32(3);
            w.u32(home.index);
            w.u32(home.key_offset);
        }
    }
}

fn read_claim(r: &mut Reader<'_>) -> Result<Claim, DecodeError> {
    Ok(match r.u32_in(0, 3, "who says which account it is")? {
        0 => Claim::None,
        1 => Claim::Named(r.u32("account")?),
        2 => Claim::Vouched(r.u32("account")?),
        _ => Claim::Seen(Home {
            index: r.u32("account")?,
            key_offset: r.u32("key offset")?,
        }),
    })
}

/// A key's tree and state.
struct Parts {
    tree: Vec<u8>,
    state: Zeroizing<Vec<u8>>,
}

impl Parts {
    fn of(key: &SecretKey) -> Self {
        Self {
            tree: key.tree_to_bytes(),
            state: key.state_to_bytes(),
        }
    }

    fn length(&self) -> usize {
        self.tree.len().saturating_add(self.state.len())
    }

    fn write(&self, w: &mut Writer) {
        write_part(w, &self.tree);
        write_part(w, &self.state);
    }
}

const fn number(standing: Standing) -> u32 {
    match standing {
        Standing::Whole => 0,
        Standing::Restored => 1,
    }
}

const fn standing(number: u32) -> Standing {
    match number {
        0 => Standing::Whole,
        _ => Standing::Restored,
    }
}

fn read_key(r: &mut Reader<'_>) -> Result<SecretKey, KeyFileError> {
    let tree = read_part(r, "key tree")?;
    let state = read_part(r, "key state")?;
    let key = SecretKey::from_parts(tree, state)?;
    let heights = AccountKey::MIN_TREE_HEIGHT..=AccountKey::MAX_TREE_HEIGHT;
    let is_account = key.purpose() == KeyPurpose::Account;
    let is_account = is_account && heights.contains(&key.public_key().tree_height);
    is_account.then_some(key).ok_or(KeyFileError::Damaged)
}

fn write_part(w: &mut Writer, part: &[u8]) {
    w.u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
    w.bytes(part);
}

fn read_part<'a>(r: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
    let length = r.u32(field)?;
    r.bytes(usize::try_from(length).unwrap_or(usize::MAX), field)
}

/// All but the keys: lengths, an account, an operation and the hash of one.
const REST_ROOM: usize = 1 << 10;
/// Two keys of the largest height, with a signature each, and an operation.
const MAX_BYTES: usize = ((2 * 32) << AccountKey::MAX_TREE_HEIGHT) + (16 << 10);
/// How a key file begins.
pub(super) const FORMAT: Format = Format {
    what: "key file",
    magic: *b"RPPW",
    version: 1,
    max_bytes: MAX_BYTES,
};

#[cfg(test)]
mod tests {
    use rpp_verifier::{Digest, Register, Transfer};

    use super::*;

    fn key(seed: u8, purpose: KeyPurpose, chain_id: u32) -> SecretKey {
        SecretKey::generate([seed; 32], purpose, chain_id, 4, &|_| ()).unwrap()
    }

    fn own(seed: u8) -> SecretKey {
        key(seed, KeyPurpose::Account, 7)
    }

    fn contents() -> Contents {
        let (index, key_offset) = (5, 100);
        let account = Claim::Seen(Home { index, key_offset });
        Contents::new(own(1), Standing::Whole, account)
    }

    fn transfer(from: u32, nonce: u32) -> Operation {
        Operation::Transfer(Transfer {
            from,
            to: 9,
            amount: 1,
            fee: 0,
            nonce,
        })
    }

    fn rekey(new_key_id: Digest) -> Operation {
        Operation::Rekey(Rekey {
            index: 5,
            new_key_id,
            fee: 0,
            nonce: 103,
        })
    }

    fn successor(key: SecretKey) -> Successor {
        let standing = Standing::Whole;
        Successor {
            key,
            standing,
            since: 3,
        }
    }

    fn with(operation: Operation, leaf: u32) -> Contents {
        let entry = Some(Entry::Reserved { leaf, operation });
        Contents {
            entry,
            ..contents()
        }
    }

    fn refused(contents: &Contents) -> &'static str {
        Contents::decode(&contents.encode()).unwrap_err().code()
    }

    #[test]
    fn decodes_what_it_encoded() {
        let mut reserved = with(transfer(5, 103), 3);
        reserved.last = Some(OperationHash(own(2).key_id()));
        reserved.before.push(7, [9; TAG_BYTES]);
        let mut changed = with(rekey(own(2).key_id()), 3);
        changed.successor = Some(successor(own(2)));
        let registration = |leaf| {
            let key_id = own(1).key_id();
            let register = Register {
                index: 8,
                key_id,
                leaf,
            };
            with(Operation::Register(register), leaf)
        };
        for mut contents in [contents(), reserved, changed, registration(2)] {
            for _ in 0..2 {
                let bytes = contents.encode();
                let again = Contents::decode(&bytes).unwrap();
                assert_eq!(*again.encode(), *bytes);
                let leaf = |contents: &Contents| contents.entry.as_ref().map(Entry::leaf);
                assert_eq!(leaf(&again), leaf(&contents));
                // The bytes of what is signed are those of the key's last signature.
                let signed = |contents: &Contents| match &contents.entry {
                    Some(Entry::Signed { signed, .. }) => Some(signed.to_bytes()),
                    _ => None,
                };
                assert_eq!(signed(&again), signed(&contents));
                contents.sign().unwrap();
            }
        }
    }

    #[test]
    fn rejects_an_operation_that_is_not_the_keys_or_not_at_its_leaf() {
        assert_eq!(refused(&with(transfer(6, 103), 3)), "key-file-damaged");
        assert_eq!(refused(&with(transfer(5, 99), 0)), "key-file-damaged");
        assert_eq!(refused(&with(transfer(5, 116), 16)), "key-file-damaged");
        // A leaf of restored keys.
        assert_eq!(refused(&with(transfer(5, 112), 12)), "key-file-damaged");
        let mut used = with(transfer(5, 103), 3);
        used.key.erase_before(4);
        assert_eq!(refused(&used), "key-file-damaged");
        let (index, leaf) = (8, 2);
        let key_id = own(2).key_id();
        let register = Register {
            index,
            key_id,
            leaf,
        };
        let foreign = with(Operation::Register(register), leaf);
        assert_eq!(refused(&foreign), "key-file-damaged");
        let mut nowhere = with(transfer(5, 103), 3);
        nowhere.account = Claim::Named(5);
        assert_eq!(refused(&nowhere), "key-file-damaged");
    }

    /// One that says it is signed is never signed while the record is read.
    #[test]
    fn rejects_what_is_said_to_be_signed_and_is_not() {
        let mut signed = with(transfer(5, 103), 3);
        signed.sign().unwrap();
        let claimed = |operation, key: &SecretKey| {
            let mut bytes = contents();
            let (tree, state) = (key.tree_to_bytes(), key.state_to_bytes());
            bytes.key = SecretKey::from_parts(&tree, &state).unwrap();
            let mut encoded = bytes.encode();
            let end = encoded.len() - 4;
            encoded.truncate(end);
            let mut w = Writer::new();
            w.u32(2);
            Operation::write(&operation, &mut w);
            encoded.extend_from_slice(&w.finish());
            Contents::decode(&encoded).map_err(|error| error.code())
        };
        assert!(claimed(transfer(5, 103), &signed.key).is_ok());
        for nonce in [102, 104] {
            let refused = claimed(transfer(5, nonce), &signed.key).unwrap_err();
            assert_eq!(refused, "key-file-damaged", "{nonce}");
        }
        let fresh = claimed(transfer(5, 103), &own(1));
        assert_eq!(fresh.unwrap_err(), "key-file-damaged");
    }

    #[test]
    fn rejects_keys_that_are_no_account_keys_or_do_not_belong_together() {
        let vote = Contents {
            key: key(1, KeyPurpose::Vote, 7),
            ..contents()
        };
        assert_eq!(refused(&vote), "key-file-damaged");
        for next in [own(3), own(1), key(2, KeyPurpose::Account, 8)] {
            let mut changed = with(rekey(own(2).key_id()), 3);
            changed.successor = Some(successor(next));
            assert_eq!(refused(&changed), "key-file-damaged");
        }
        let lonely = with(rekey(own(2).key_id()), 3);
        assert_eq!(refused(&lonely), "key-file-damaged");
        let mut paying = with(transfer(5, 103), 3);
        paying.successor = Some(successor(own(2)));
        assert_eq!(refused(&paying), "key-file-damaged");
    }

    #[test]
    fn rejects_a_restored_key_that_has_leaves_of_a_whole_one() {
        let mut contents = contents();
        contents.standing = Standing::Restored;
        contents.key.erase_before(11);
        assert_eq!(refused(&contents), "key-file-damaged");
        contents.key.erase_before(12);
        assert!(Contents::decode(&contents.encode()).is_ok());
        let mut next = successor(own(2));
        next.standing = Standing::Restored;
        contents.successor = Some(next);
        assert_eq!(refused(&contents), "key-file-damaged");
        contents.distrust();
        assert!(Contents::decode(&contents.encode()).is_ok());
    }

    #[test]
    fn rejects_a_tree_that_is_higher_than_an_account_keys() {
        let mut w = Writer::new();
        let tree = own(1).tree_to_bytes();
        let height = AccountKey::MAX_TREE_HEIGHT + 1;
        w.bytes(tree.get(..12).unwrap());
        w.u32(height);
        let leaves = 16 * Digest::BYTES;
        w.bytes(tree.get(16..tree.len() - leaves).unwrap());
        for _ in 0..1 << height {
            w.digest(&Digest::ZERO);
        }
        let state = own(1).state_to_bytes();
        let high = Contents {
            key: SecretKey::from_parts(&w.finish(), &state).unwrap(),
            ..contents()
        };
        assert_eq!(refused(&high), "key-file-damaged");
    }
}
