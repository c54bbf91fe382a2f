//! What stands beside the permutations of a trace, and the rows that are written of it.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::columns::{self, Kind, WIDTH};
use super::trace::VotePlan;
use crate::chain::Bitmap;
use crate::gadget::permutation;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::{Domain, Val, permute, u32_limbs};

/// Columns beside the permutation.
pub(super) const SIDE: usize = WIDTH - permutation::COLUMNS;
/// Kinds of the signature check and of the circuit together, in the order of their columns.
const SIGNATURE_KINDS: usize = crate::gadget::signature::KINDS;

pub(super) type State = [Val; 16];

/// The columns beside the permutation as they stand at a row.
#[derive(Clone, Debug)]
pub(super) struct Registers {
    pub(super) parameter: [Val; 5],
    pub(super) leaf: Val,
    pub(super) state: State,
    pub(super) digest: [Val; 6],
    pub(super) digit_bits: [Val; 4],
    pub(super) bit: Val,
    pub(super) quad: Val,
    pub(super) quint: Val,
    pub(super) count: Val,
    pub(super) weight: Val,
    pub(super) sum: Val,
    pub(super) digit_sum: Val,
    pub(super) half: Val,
    pub(super) mid: Val,
    pub(super) end: Val,
    pub(super) signers: State,
    pub(super) index: Val,
    pub(super) block: u32,
    pub(super) reveals: Val,
    pub(super) power: [Val; 2],
}

impl Registers {
    pub(super) fn new() -> Self {
        let mut signers = [Val::ZERO; 16];
        signers[8] = Domain::Signers.tag();
        signers[9] = Val::from_usize(Bitmap::LIMBS);
        Self {
            parameter: [Val::ZERO; 5],
            leaf: Val::ZERO,
            state: [Val::ZERO; 16],
            digest: [Val::ZERO; 6],
            digit_bits: [Val::ZERO; 4],
            bit: Val::ZERO,
            quad: Val::ZERO,
            quint: Val::ZERO,
            count: Val::ZERO,
            weight: Val::ZERO,
            sum: Val::ZERO,
            digit_sum: Val::ZERO,
            half: Val::ZERO,
            mid: Val::ZERO,
            end: Val::ZERO,
            signers,
            index: Val::NEG_ONE,
            block: 0,
            reveals: Val::ZERO,
            power: [Val::ZERO; 2],
        }
    }

    /// Does to the bitmap's sponge what the Signers rows before block `block` do.
    pub(super) fn absorb_until(&mut self, block: u32) {
        while self.block < block {
            permute(&mut self.signers);
            self.block += 1;
        }
    }

    /// Does to what is carried between votes what the rows of `plan` do.
    pub(super) fn count(&mut self, plan: &VotePlan) {
        self.parameter = plan.vote.public_key.parameter;
        self.leaf = Val::from_u32(plan.leaf);
        self.index = Val::from_u32(plan.vote.index);
        self.reveals += Val::from_bool(plan.reveal.is_some());
        self.count_member(plan);
    }

    pub(super) fn count_member(&mut self, plan: &VotePlan) {
        let index = plan.vote.index;
        let lane = usize::try_from(index / 16 % 8).expect("below 8");
        self.signers[lane] += Val::from_u32(1 << (index % 16));
        for (sum, limb) in self
            .power
            .iter_mut()
            .zip(u32_limbs(plan.vote.validator.power))
        {
            *sum += limb;
        }
    }

    pub(super) fn write(&self, kind: usize, side: &mut Vec<Val>) {
        let start = side.len();
        side.resize(start + SIDE, Val::ZERO);
        let mut rest = &mut side[start..];
        let mut put = |values: &[Val]| {
            let (head, tail) = core::mem::take(&mut rest).split_at_mut(values.len());
            head.copy_from_slice(values);
            rest = tail;
        };
        let mut kinds = [Val::ZERO; SIGNATURE_KINDS + columns::KINDS];
        if let Some(selector) = kinds.get_mut(kind) {
            *selector = Val::ONE;
        }
        put(&kinds[..SIGNATURE_KINDS]);
        put(&self.parameter);
        put(&[self.leaf]);
        put(&self.state);
        put(&self.digest);
        put(&self.digit_bits);
        put(&[self.bit, self.quad, self.quint]);
        put(&[
            self.count,
            self.weight,
            self.sum,
            self.digit_sum,
            self.half,
            self.mid,
            self.end,
        ]);
        put(&kinds[SIGNATURE_KINDS..]);
        put(&self.signers);
        put(&[self.index, Val::from_u32(self.block), self.reveals]);
        put(&self.power);
    }

    /// Sets `quad` and `quint` to the base-4 digits of `x`, at most 19.
    pub(super) fn set_small(&mut self, x: u32) {
        self.quad = Val::from_u32(x % 4);
        self.quint = Val::from_u32(x / 4);
    }

    /// Sets `state` to the bits of `x`.
    pub(super) fn set_bits(&mut self, x: u32) {
        self.state = core::array::from_fn(|i| Val::from_u32(x >> i & 1));
    }
}

/// A run of rows.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) inputs: Vec<State>,
    pub(super) side: Vec<Val>,
}

impl Rows {
    /// Adds a row of the signature check and returns the permutation's output.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a fieldless enum"
    )]
    pub(super) fn push_signature(
        &mut self,
        kind: SignatureKind,
        input: State,
        registers: &Registers,
    ) -> State {
        self.push(kind as usize, input, registers)
    }

    /// Adds a row of the circuit's own and returns the permutation's output.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a fieldless enum"
    )]
    pub(super) fn push_own(&mut self, kind: Kind, input: State, registers: &Registers) -> State {
        self.push(SIGNATURE_KINDS + kind as usize, input, registers)
    }

    pub(super) fn push(&mut self, kind: usize, input: State, registers: &Registers) -> State {
        self.inputs.push(input);
        registers.write(kind, &mut self.side);
        let mut output = input;
        permute(&mut output);
        output
    }
}
