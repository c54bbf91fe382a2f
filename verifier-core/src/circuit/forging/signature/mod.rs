//! Forgeries of a signature check, for every circuit that has one.
//!
//! After a change the signature is fitted to what the trace holds it against: another randomizer is
//! drawn until the digits that the trace asks for are on target, so that only the link that was
//! changed is false. The chains end where they end whatever the digits are, so that a message may be
//! about the key that signs it.

mod digits;
mod families;
mod fit;
mod found;
mod redundant;
mod rows;

use alloc::vec::Vec;

pub(crate) use self::digits::{no_step, plus_modulus, with_digits};
pub(crate) use self::families::{attempts, other_side};
pub(crate) use self::fit::{
    Encoding, SeenSignature, Wanted, chain_values, digests, fit, on_target, tops,
};
pub(crate) use self::found::{FoundSignature, found_signatures};
pub(crate) use self::redundant::REDUNDANT;
pub(crate) use self::rows::{SIGNATURE, endless, select, set_permutation};

use crate::gadget::meddle::{Draft, Meddle};
use crate::gadget::operation::Detour;
use crate::gadget::rows::TraceCells;
use crate::gadget::signature::{Kind, SignatureCells};
use crate::hash::{Digest, Val};
use crate::stark::mutation::Forged;

/// A circuit that checks signatures, as somebody who forges one sees it.
pub(crate) trait Signer: 'static {
    /// What is honest before it is changed. The families are about its first signature.
    type Case: Send + Sync + 'static;

    /// The columns beside the permutation.
    type Cells: TraceCells + 'static;

    /// A kind of rows, by its place, from whose permutation all that follows is computed.
    const PERMUTED: usize;

    /// Returns the columns of the signature check.
    fn check(cells: &mut Self::Cells) -> &mut SignatureCells;

    /// Returns the first signature.
    fn signed(case: &Self::Case) -> Signed;

    /// Makes the trace with the change, and the claim that agrees with it; then `edit` changes the rows.
    fn forge(case: &Self::Case, change: Change<'_, Self::Cells>, edit: Option<Edit<'_>>) -> Forged;
}

/// A signature, and what it is over.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) parameter: [Val; 5],
    pub(crate) leaf: u32,
    pub(crate) message: Digest,
    pub(crate) randomizer: [Val; 7],
    pub(crate) encoding: Encoding,
}

/// Changes the rows of a trace that is made.
pub(crate) type Edit<'a> = &'a dyn Fn(&mut Vec<Vec<Val>>);

/// What somebody does to a row: they get its number, see [`Forger`].
pub(crate) type Act<'a, C> = &'a (dyn Fn(usize, &mut Draft<'_, C>) + Sync);

/// The chain steps of each pair, where they are not what the digits leave.
pub(crate) type Steps<'a> = &'a (dyn Fn(usize) -> Option<Vec<(usize, u8)>> + Sync);

/// What somebody changes about an honest case.
pub(crate) struct Change<'a, C> {
    /// What is done to each row.
    pub(crate) act: Act<'a, C>,
    /// What the cells before the first row are, where they are not the honest ones.
    pub(crate) start: Option<C>,
    /// How many pairs of chains there are, where not 39.
    pub(crate) pairs: Option<usize>,
    /// Chain steps other than those that digits leave.
    pub(crate) steps: Steps<'a>,
    /// Which signature the rest is about.
    pub(crate) position: usize,
    /// What is signed of a message digest, whose digits shall sum to a target.
    pub(crate) wanted: Wanted<'a>,
    /// Randomizer and digits that are signed, whatever the trace says.
    pub(crate) signed: Option<([Val; 7], Encoding)>,
    /// How many levels the tree of the key has, where not as many as it should.
    pub(crate) levels: Option<usize>,
    /// Where the rows of operations leave what these say.
    pub(crate) detour: Detour,
}

impl<'a, C> Change<'a, C> {
    /// Returns a change of rows and nothing else.
    pub(crate) fn rows(act: Act<'a, C>) -> Self {
        Self {
            act,
            start: None,
            pairs: None,
            steps: &|_| None,
            position: 0,
            wanted: &on_target,
            signed: None,
            levels: None,
            detour: Detour::default(),
        }
    }
}

/// Returns the number of a chain step: which step it is of its pair, and which pair of the trace.
pub(crate) const fn step_number(pair: usize, step: usize) -> usize {
    STEPS_OF_PAIR * pair + step
}

/// Returns the numbers of the rows of a kind, where `kinds` are those of all rows.
pub(crate) fn numbers(kinds: &[usize], kind: usize) -> Vec<usize> {
    let mut numbers = Vec::new();
    let (mut pair, mut step) = (0, 0);
    for &other in kinds {
        let is_step = other == Kind::Chain.place();
        if other == kind {
            let number = if is_step {
                step_number(pair, step)
            } else {
                numbers.len()
            };
            numbers.push(number);
        }
        step = if is_step { step + 1 } else { 0 };
        pair += usize::from(other == Kind::Ends.place());
    }
    numbers
}

const STEPS_OF_PAIR: usize = 16;

/// Numbers rows among those of their kind while a trace is made, and hands them to somebody. Chain steps
/// are numbered by [`step_number`], which stays where other digits are signed.
pub(crate) struct Forger<'a, C> {
    seen: [usize; MOST_KINDS],
    /// Steps of the present pair.
    step: usize,
    act: Act<'a, C>,
    pairs: Option<usize>,
    steps: Steps<'a>,
    detour: Detour,
}

/// No circuit has more kinds of rows.
const MOST_KINDS: usize = 40;

impl<'a, C> Forger<'a, C> {
    /// Returns one that has seen no rows.
    pub(crate) const fn new(change: &Change<'a, C>) -> Self {
        Self {
            seen: [0; MOST_KINDS],
            step: 0,
            act: change.act,
            pairs: change.pairs,
            steps: change.steps,
            detour: change.detour,
        }
    }
}

impl<C> Clone for Forger<'_, C> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<C> Meddle<C> for Forger<'_, C> {
    fn meddle(&mut self, draft: &mut Draft<'_, C>) {
        let mut number = self.seen[draft.kind];
        self.seen[draft.kind] += 1;
        if draft.kind == Kind::Chain.place() {
            number = step_number(self.seen[Kind::Ends.place()], self.step);
            self.step += 1;
        } else {
            self.step = 0;
        }
        (self.act)(number, draft);
    }

    fn pairs(&self) -> Option<usize> {
        self.pairs
    }

    fn steps(&self, pair: usize) -> Option<Vec<(usize, u8)>> {
        (self.steps)(pair)
    }

    fn detour(&self) -> Detour {
        self.detour
    }
}
