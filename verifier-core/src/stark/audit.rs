//! `Audit`: what the constants of a key must be, computed from the AIR that runs.

use alloc::collections::BTreeSet;
use core::ops::RangeInclusive;

use p3_air::symbolic::{
    AirLayout, BaseEntry, BaseLeaf, SymbolicAirBuilder, SymbolicExpr, SymbolicExpression,
    get_max_constraint_degree, get_symbolic_constraints,
};
use p3_air::{Air, BaseAir};
use p3_field::coset::TwoAdicMultiplicativeCoset;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_security::grinding::GrindingSites;
use p3_uni_stark::{OpeningShape, ProvenSecurity, StarkGenericConfig, StarkSecurityParams};

use super::{COMMITMENT_COLLISION_BITS, Challenge, Circuit, StarkParameters, fingerprint, widen};
use crate::hash::{Digest, Val};

/// An AIR whose constraints can be evaluated as symbolic expressions.
pub trait SymbolicAir:
    Air<SymbolicAirBuilder<Val>> + Air<SymbolicAirBuilder<Val, Challenge>>
{
}
impl<A> SymbolicAir for A where
    A: Air<SymbolicAirBuilder<Val>> + Air<SymbolicAirBuilder<Val, Challenge>>
{
}

/// What the constants of a circuit's key must be. A test compares them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audit {
    /// The fingerprint of the AIR.
    pub fingerprint: Digest,
    /// Maximum degree of a constraint.
    pub degree: usize,
    /// Columns that a constraint reads in the next row.
    pub next_row_columns: BTreeSet<usize>,
    /// Proven soundness at the weakest allowed height, in bits.
    pub stark_bits: u32,
    /// The same at the smallest and at the largest allowed height.
    pub stark_bits_at: [u32; 2],
    /// How many public values the AIR reads.
    pub public_values: usize,
}

impl Audit {
    /// Computes everything for the circuit `C`.
    #[must_use]
    pub fn of<C: Circuit<Air: SymbolicAir>>() -> Self {
        let air = C::Air::default();
        let layout = AirLayout::from_air(&air);
        let rows = C::KEY.min_log_rows..=C::KEY.max_log_rows;
        let bits = rows.map(|log_rows| proven_bits::<C>(&C::KEY.parameters, log_rows));
        Self {
            fingerprint: fingerprint(&air),
            degree: get_max_constraint_degree(&air, layout, 1 << C::KEY.min_log_rows),
            next_row_columns: next_row_columns(&air),
            stark_bits: bits.min().unwrap_or(0),
            stark_bits_at: [C::KEY.min_log_rows, C::KEY.max_log_rows]
                .map(|log_rows| proven_bits::<C>(&C::KEY.parameters, log_rows)),
            public_values: air.num_public_values(),
        }
    }
}

/// Returns the bits of soundness that `p3-security` proves, by list decoding, for a trace of
/// 2^`log_rows` rows.
///
/// # Panics
///
/// If the height is beyond the field's two-adicity.
#[must_use]
pub fn proven_bits<C: Circuit<Air: SymbolicAir>>(
    parameters: &StarkParameters,
    log_rows: u32,
) -> u32 {
    let config = parameters.config(&Digest::ZERO);
    let fri = parameters.fri(());
    let air = C::Air::default();
    let domain = TwoAdicMultiplicativeCoset::<Val>::new(Val::ONE, widen(log_rows));
    let grinding = GrindingSites {
        out_of_domain: config.ood_proof_of_work_bits(),
        ..fri.grinding_sites()
    };
    // Rounded down: the field has between 2^154 and 2^155 elements.
    let modulus_bits = <Challenge as Field>::bits() - 1;
    let params = StarkSecurityParams::from_air::<Val, Challenge, _>(
        fri.security_regime(),
        &air,
        AirLayout::from_air::<Val>(&air),
        domain.expect("a height within the two-adicity"),
        modulus_bits,
        COMMITMENT_COLLISION_BITS,
        2,
        OpeningShape::TwoAdic,
        grinding,
    );
    let security = ProvenSecurity::compute_from_proof(widen(log_rows), &params);
    u32::try_from(security.list_decoding_bits).expect("a small number")
}

/// Returns the minimum number of queries that gives at least `bits` at each of the heights
/// `log_rows`, with all other parameters unchanged; `None` if 256 are not enough.
#[must_use]
pub fn least_queries<C: Circuit<Air: SymbolicAir>>(
    parameters: &StarkParameters,
    log_rows: RangeInclusive<u32>,
    bits: u32,
) -> Option<u32> {
    (1..=256).find(|&num_queries| {
        let parameters = StarkParameters {
            num_queries,
            ..*parameters
        };
        let mut heights = log_rows.clone();
        heights.all(|log_rows| proven_bits::<C>(&parameters, log_rows) >= bits)
    })
}

fn next_row_columns(air: &impl SymbolicAir) -> BTreeSet<usize> {
    let mut next = NextColumns::default();
    for constraint in &get_symbolic_constraints::<Val, _>(air, AirLayout::from_air(air)) {
        next.walk(constraint);
    }
    next.used
}

/// Columns read in the next row; a shared subexpression is walked once.
#[derive(Default)]
struct NextColumns {
    used: BTreeSet<usize>,
    seen: BTreeSet<*const SymbolicExpression<Val>>,
}

impl NextColumns {
    fn walk(&mut self, expression: &SymbolicExpression<Val>) {
        if !self.seen.insert(expression) {
            return;
        }
        match expression {
            SymbolicExpr::Leaf(BaseLeaf::Variable(variable)) => {
                if let BaseEntry::Main { offset: 1 } = variable.entry {
                    self.used.insert(variable.index);
                }
            }
            SymbolicExpr::Leaf(_) => {}
            SymbolicExpr::Neg { x, .. } => self.walk(x),
            SymbolicExpr::Add { x, y, .. }
            | SymbolicExpr::Sub { x, y, .. }
            | SymbolicExpr::Mul { x, y, .. } => {
                self.walk(x);
                self.walk(y);
            }
        }
    }
}
