//! `Block`: operations whose trace and claim are made to agree, whatever is changed about a row.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::places::Places;
use super::signature::{
    self, Act, Change, Edit, Encoding, Forger, SeenSignature, Signed, Signer, Wanted,
    found_signatures,
};
use crate::gadget::meddle::Meddle;
use crate::gadget::operation::{
    AccountChange, Detour, Kind, OperationCells, OperationPlan, OperationRow,
};
use crate::gadget::rows::TraceCells;
use crate::gadget::signature::{Kind as SignatureKind, SignatureCells};
use crate::hash::{Digest, Val};
use crate::ledger::{Account, Opening, Operation, SignedOperation};
use crate::signature::open_key::OpenKey;
use crate::signature::{TARGET_SUM, message_digest};
use crate::stark::Trace;
use crate::stark::mutation::{Forgeable, Forged};

/// A circuit that applies operations, as somebody who forges sees it.
pub(crate) trait Subject: Forgeable {
    /// The columns beside the permutation.
    type Cells: TraceCells + Default + Send + Sync + 'static;

    /// Whether there are registrations.
    const REGISTERS: bool;
    /// Whether there are transfers and changes of key.
    const TRANSFERS: bool;
    /// The account that takes the fees, where there is one.
    const COLLECTOR: Option<u32> = None;

    /// Returns those of the signature check and of the operation.
    fn parts(cells: &mut Self::Cells) -> (&mut SignatureCells, &mut OperationCells);

    /// The names of all kinds of rows, in the order of their selectors.
    fn kinds() -> Vec<&'static str>;

    /// Returns the trace of a block that starts with the cells `start`.
    fn trace_of<M: Meddle<Self::Cells>>(block: &Block, start: Self::Cells, meddler: M) -> Trace;

    /// Returns the message digest of the operation at `position`, for each last element of its randomizer.
    fn digests<M: Meddle<Self::Cells>>(
        block: &Block,
        position: usize,
        start: Self::Cells,
        meddler: M,
    ) -> impl Fn(u32) -> [Val; 6];

    /// Returns the public values that the trace agrees with.
    fn claim(block: &Block, trace: &Trace) -> Vec<Val>;

    /// Returns what is false of the claim, as the native oracle says.
    fn oracle(block: &Block, trace: &Trace, public_values: &[Val]) -> Option<&'static str>;
}

/// An operation, what it finds, and what its rows depend on.
#[derive(Clone)]
pub(crate) struct Planned {
    pub(crate) key: OpenKey,
    pub(crate) signed: SignedOperation,
    pub(crate) payer: Opening,
    pub(crate) receiver: Option<Opening>,
    pub(crate) message: Digest,
    pub(crate) leaf: u32,
    pub(crate) encoding: Encoding,
    /// The account that the paths of the one that signs lead to.
    pub(crate) payer_index: u32,
    pub(crate) payer_after: Account,
    pub(crate) receiver_after: Option<Account>,
    pub(crate) receiver_index: u32,
}

impl Planned {
    /// Returns what an honest prover does with an operation that `key` signs.
    pub(crate) fn new(
        key: &OpenKey,
        signed: SignedOperation,
        payer: Opening,
        receiver: Option<Opening>,
    ) -> Self {
        let plan = OperationPlan::new(&signed, &payer, receiver.as_ref());
        let (message, leaf) = (plan.message, plan.leaf);
        let (digits, tops) = (plan.digits, plan.tops);
        let encoding = Encoding { digits, tops };
        let payer_after = plan.payer.after;
        let receiver_after = plan.receiver.map(|change| change.after);
        let receiver_index = plan.receiver.map_or(0, |change| change.index);
        Self {
            key: key.clone(),
            message,
            leaf,
            encoding,
            payer_index: signed.operation.signer(),
            payer_after,
            receiver_after,
            receiver_index,
            signed,
            payer,
            receiver,
        }
    }

    /// Returns what its rows depend on.
    pub(crate) fn plan(&self) -> OperationPlan<'_> {
        let receiver = self.receiver.as_ref().zip(self.receiver_after);
        OperationPlan {
            signed: &self.signed,
            message: self.message,
            leaf: self.leaf,
            digits: self.encoding.digits,
            tops: self.encoding.tops,
            payer: AccountChange {
                index: self.payer_index,
                before: &self.payer,
                after: self.payer_after,
            },
            receiver: receiver.map(|(before, after)| AccountChange {
                index: self.receiver_index,
                before,
                after,
            }),
        }
    }

    /// Signs `message` at `leaf`.
    pub(crate) fn sign(&mut self, message: Digest, leaf: u32) {
        (self.message, self.leaf) = (message, leaf);
        self.signed.signature = self.key.sign(leaf, &message);
        let randomizer = &self.signed.signature.randomizer;
        let parameter = &self.signed.public_key.parameter;
        self.encoding = Encoding::of(&message_digest(parameter, leaf, &message, randomizer));
    }

    /// Signs what is wanted of the message digest, if that is another encoding than is signed.
    fn sign_wanted(&mut self, wanted: Wanted<'_>) {
        let parameter = &self.signed.public_key.parameter;
        let mut randomizer = self.signed.signature.randomizer;
        let digest =
            |randomizer: &[Val; 7]| message_digest(parameter, self.leaf, &self.message, randomizer);
        if wanted(&digest(&randomizer), TARGET_SUM) == Some(self.encoding) {
            return;
        }
        let found = (0..).find_map(|i| {
            randomizer[6] = Val::from_u32(i);
            wanted(&digest(&randomizer), TARGET_SUM)
        });
        self.set(randomizer, found.unwrap());
    }

    /// Signs `encoding`.
    fn set(&mut self, randomizer: [Val; 7], encoding: Encoding) {
        self.encoding = encoding;
        let path = core::mem::take(&mut self.signed.signature.path);
        self.signed.signature = self
            .key
            .sign_digits(self.leaf, randomizer, &encoding.digits);
        self.signed.signature.path = path;
    }

    /// Takes over what the trace shows of the message and of the key; returns whether it was another one.
    fn follow(&mut self, message: Digest, seen: &SeenSignature) -> bool {
        let mut again = self.message != message;
        self.message = message;
        if let (Operation::Register(register), Some(key_id)) =
            (&mut self.signed.operation, seen.key_id)
        {
            again |= register.key_id != key_id;
            register.key_id = key_id;
            self.payer_after.key_id = key_id;
        }
        let values =
            signature::chain_values(self.key.secrets(self.leaf), seen, &self.encoding.digits);
        again |= self.signed.signature.chain_values != values;
        self.signed.signature.chain_values = values;
        again
    }
}

/// Operations on a tree of accounts.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) chain_id: u32,
    /// The root before the first one.
    pub(crate) root: Digest,
    pub(crate) operations: Vec<Planned>,
    /// What else is in the tree.
    pub(crate) others: Places,
    /// The account that takes the fees, where a circuit has one: its number, what is found, what is left.
    /// There are more, or none, only in a forgery.
    pub(crate) collectors: Vec<(u32, Opening, Account)>,
    /// Where the rows of the operations leave what these say.
    pub(crate) detour: Detour,
}

/// What a trace shows.
#[derive(Debug, Default)]
struct Seen {
    /// Message of each signature, and what the trace shows of it.
    signatures: Vec<(Digest, SeenSignature)>,
    /// The leaves before and after of each change of an account.
    changes: Vec<[Digest; 2]>,
    /// The root that the path over the first leaf before leads to.
    root: Option<Digest>,
}

impl Block {
    /// The accounts that are changed, one after the other.
    fn changed(&mut self) -> Vec<(u32, &mut Opening)> {
        let mut changed = Vec::new();
        for operation in &mut self.operations {
            changed.push((operation.payer_index, &mut operation.payer));
            let receiver = operation.receiver_index;
            changed.extend(
                operation
                    .receiver
                    .as_mut()
                    .map(|opening| (receiver, opening)),
            );
        }
        let collectors = self.collectors.iter_mut();
        changed.extend(collectors.map(|(index, opening, _)| (*index, opening)));
        changed
    }

    /// Signs what is seen; returns whether the trace has to be made again.
    fn sign<S: Subject>(&mut self, seen: &Seen, change: &Change<'_, S::Cells>) -> bool {
        let mut again = false;
        for (position, (message, seen)) in seen.signatures.iter().enumerate() {
            let Some(operation) = self.operations.get_mut(position) else {
                break;
            };
            // A message about another key is signed when the trace has it.
            if operation.follow(*message, seen) {
                again = true;
                continue;
            }
            let is_changed = position == change.position;
            if is_changed && change.signed.is_some() {
                continue;
            }
            let wanted: Wanted<'_> = match is_changed {
                true => change.wanted,
                false => &signature::on_target,
            };
            let signed = operation.encoding;
            let fitted = signature::fit(seen, &signed, wanted, || {
                let start = change.start.clone().unwrap_or_default();
                S::digests(self, position, start, Forger::new(change))
            });
            if let Some((last, encoding)) = fitted {
                let operation = &mut self.operations[position];
                let mut randomizer = operation.signed.signature.randomizer;
                randomizer[6] = Val::from_u32(last);
                operation.set(randomizer, encoding);
                let _ = operation.follow(*message, seen);
                again = true;
            }
        }
        again
    }

    /// Puts the accounts as they are seen into one tree; returns whether the trace has to be made again.
    fn plant(&mut self, seen: &Seen) -> bool {
        let mut again = false;
        let levels = self.detour.signer_levels;
        let mut places = self.others.clone();
        let mut changed = self.changed();
        if changed.len() != seen.changes.len() {
            return again;
        }
        let is_high = |i: usize| i == 0 && levels.is_some_and(|levels| levels < 32);
        let put = |places: &mut Places, i: usize, index: u32, leaf: Digest| {
            if is_high(i) {
                places.high_leaf = Some((index, leaf));
            } else {
                places.leaves.insert(index, leaf);
            }
        };
        for (i, ((index, _), [before, _])) in changed.iter().zip(&seen.changes).enumerate().rev() {
            put(&mut places, i, *index, *before);
        }
        places.leaves.retain(|_, digest| *digest != Digest::ZERO);
        // The root before is what the first path says, even where no tree has it.
        let root = seen.root.unwrap_or_else(|| places.root());
        for (i, ((index, opening), [_, after])) in changed.iter_mut().zip(&seen.changes).enumerate()
        {
            let path = if is_high(i) {
                places.high_path(*index)
            } else {
                places.path(*index)
            };
            again |= opening.path != path;
            opening.path = path;
            put(&mut places, i, *index, *after);
        }
        again |= self.root != root;
        self.root = root;
        again
    }
}

/// Makes the trace of a block in which `act` changes rows, and the claim that agrees with it; then `edit`
/// changes both.
pub(crate) fn forge<S: Subject>(
    block: &Block,
    start: &S::Cells,
    act: Act<'_, S::Cells>,
    edit: impl FnOnce(&mut Trace, &mut Vec<Val>),
) -> Forged {
    let change = Change {
        start: Some(start.clone()),
        ..Change::rows(act)
    };
    forge_change::<S>(block, change, edit)
}

/// [`forge`] where more is changed than rows.
pub(crate) fn forge_change<S: Subject>(
    block: &Block,
    mut change: Change<'_, S::Cells>,
    edit: impl FnOnce(&mut Trace, &mut Vec<Val>),
) -> Forged {
    let mut block = block.clone();
    change.detour = block.detour;
    if let Some(operation) = block.operations.get_mut(change.position) {
        match &change.signed {
            Some((randomizer, encoding)) => operation.set(*randomizer, *encoding),
            None => operation.sign_wanted(change.wanted),
        }
        if let Some(levels) = change.levels {
            operation.signed.signature.path.resize(levels, Digest::ZERO);
        }
    }
    let start = || change.start.clone().unwrap_or_default();
    let mut trace = S::trace_of(&block, start(), Forger::new(&change));
    for _ in 0..MOST_ROUNDS {
        let seen = see(&trace);
        let signed = block.sign::<S>(&seen, &change);
        if !block.plant(&seen) && !signed {
            break;
        }
        trace = S::trace_of(&block, start(), Forger::new(&change));
    }
    let mut public_values = S::claim(&block, &trace);
    edit(&mut trace, &mut public_values);
    let rows: Vec<_> = trace
        .values
        .chunks(trace.width)
        .map(|row| OperationRow::first_of(row).signature)
        .collect();
    for (operation, found) in block.operations.iter_mut().zip(found_signatures(&rows)) {
        operation.signed.public_key = found.public_key;
        operation.signed.signature = found.signature;
    }
    Forged {
        refused: S::oracle(&block, &trace, &public_values),
        trace,
        public_values,
    }
}

/// Returns the trace of a block with a change, before anything is made to agree with it.
pub(crate) fn glance<S: Subject>(block: &Block, mut change: Change<'_, S::Cells>) -> Trace {
    change.detour = block.detour;
    let forger = Forger::new(&change);
    S::trace_of(block, change.start.unwrap_or_default(), forger)
}

/// Another key, another message, another signature of it, and the trace that has all of them.
const MOST_ROUNDS: usize = 4;

fn see(trace: &Trace) -> Seen {
    let mut seen = Seen::default();
    let rows = trace.values.chunks(trace.width).map(OperationRow::first_of);
    let rows: Vec<_> = rows.collect();
    for (i, row) in rows.iter().enumerate() {
        let check = &row.signature.cols;
        let was = |kind: Kind| i > 0 && rows[i - 1].is(kind) == Val::ONE;
        if check.is(SignatureKind::Message0) == Val::ONE {
            let message = Digest(core::array::from_fn(|i| check.state[8 + i]));
            seen.signatures.push((message, SeenSignature::default()));
        }
        if let Some((_, signature)) = seen.signatures.last_mut() {
            signature.see(&row.signature);
        }
        let is_path = row.is(Kind::OldPath) == Val::ONE;
        if is_path && was(Kind::New1) {
            let right = if *check.bit == Val::ONE { 8 } else { 0 };
            let input = row.signature.permutation.input;
            let before = Digest(core::array::from_fn(|i| input[right + i]));
            seen.changes.push([before, Digest(*row.cols.node)]);
        }
        if was(Kind::NewPath) && !is_path {
            let top = Digest(*rows[i - 1].cols.node);
            seen.root = seen.root.or(Some(top));
        }
    }
    seen
}

impl<S: Subject> Signer for S {
    type Case = Block;
    type Cells = S::Cells;
    const PERMUTED: usize = SignatureKind::COUNT + Kind::New1.place();

    fn check(cells: &mut S::Cells) -> &mut SignatureCells {
        S::parts(cells).0
    }

    fn signed(block: &Block) -> Signed {
        let operation = &block.operations[0];
        Signed {
            parameter: operation.signed.public_key.parameter,
            leaf: operation.leaf,
            message: operation.message,
            randomizer: operation.signed.signature.randomizer,
            encoding: operation.encoding,
        }
    }

    fn forge(block: &Block, change: Change<'_, S::Cells>, edit: Option<Edit<'_>>) -> Forged {
        forge_change::<S>(block, change, |trace, _| {
            if let Some(edit) = edit {
                let mut rows: Vec<_> = trace
                    .values
                    .chunks(trace.width)
                    .map(<[Val]>::to_vec)
                    .collect();
                edit(&mut rows);
                trace.values = rows.concat();
            }
        })
    }
}
