//! The fingerprint of an AIR: a hash of everything that Plonky3's transcript does not bind.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use p3_air::Air;
use p3_air::symbolic::{
    AirLayout, BaseEntry, BaseLeaf, SymbolicAirBuilder, SymbolicExpr, SymbolicExpression,
    get_symbolic_constraints,
};
use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::hash::{Digest, Domain, Val, hash};

/// Returns the hash of the width, the number of public values, the next-row columns, the degree
/// hint and the DAG of all constraints in order.
///
/// Equal subexpressions are one node, so the hash does not depend on how they are shared in memory.
/// AIRs of this suite have neither preprocessed nor periodic columns.
///
/// # Panics
///
/// If the AIR has preprocessed or periodic columns.
#[must_use]
pub fn fingerprint<A: Air<SymbolicAirBuilder<Val>>>(air: &A) -> Digest {
    assert_eq!(
        air.preprocessed_width() + air.num_periodic_columns(),
        0,
        "preprocessed and periodic columns are not supported"
    );
    let layout = AirLayout::from_air(air);
    let mut dag = Dag::default();
    dag.push_count(air.width());
    dag.push_count(air.num_public_values());
    let next = air.main_next_row_columns();
    dag.push_count(next.len());
    next.into_iter().for_each(|column| dag.push_count(column));
    dag.push_count(air.max_constraint_degree().unwrap_or(0));
    let constraints = get_symbolic_constraints(air, layout);
    dag.push_count(constraints.len());
    let roots: Vec<_> = constraints
        .iter()
        .map(|constraint| dag.node(constraint))
        .collect();
    dag.elements.extend(roots);
    hash(Domain::Fingerprint, &dag.elements)
}

type Expression = SymbolicExpression<Val>;

/// The nodes so far, children first: three elements each, operation and operands.
#[derive(Default)]
struct Dag {
    elements: Vec<Val>,
    /// Node numbers by content.
    nodes: BTreeMap<[u32; 3], Val>,
    /// Node numbers by address, so that a shared subexpression is walked once.
    seen: BTreeMap<*const Expression, Val>,
}

impl Dag {
    fn push_count(&mut self, count: usize) {
        self.elements.push(Val::from_usize(count));
    }

    fn node(&mut self, expression: &Expression) -> Val {
        let address: *const Expression = expression;
        if let Some(&number) = self.seen.get(&address) {
            return number;
        }
        let content = match expression {
            SymbolicExpr::Leaf(leaf) => leaf_content(leaf),
            SymbolicExpr::Add { x, y, .. } => [Val::from_u8(1), self.node(x), self.node(y)],
            SymbolicExpr::Sub { x, y, .. } => [Val::from_u8(2), self.node(x), self.node(y)],
            SymbolicExpr::Neg { x, .. } => [Val::from_u8(3), self.node(x), Val::ZERO],
            SymbolicExpr::Mul { x, y, .. } => [Val::from_u8(4), self.node(x), self.node(y)],
        };
        let next = Val::from_usize(self.nodes.len());
        let key = content.map(|element| element.as_canonical_u32());
        let number = *self.nodes.entry(key).or_insert_with(|| {
            self.elements.extend(content);
            next
        });
        self.seen.insert(address, number);
        number
    }
}

fn leaf_content(leaf: &BaseLeaf<Val>) -> [Val; 3] {
    let [kind, a, b] = match leaf {
        BaseLeaf::Constant(constant) => return [Val::from_u8(5), *constant, Val::ZERO],
        BaseLeaf::IsFirstRow => [6, 0, 0],
        BaseLeaf::IsLastRow => [7, 0, 0],
        BaseLeaf::IsTransition => [8, 0, 0],
        BaseLeaf::Variable(variable) => match variable.entry {
            BaseEntry::Main { offset } => [9, variable.index, offset],
            BaseEntry::Public => [10, variable.index, 0],
            BaseEntry::Preprocessed { offset } => [11, variable.index, offset],
            BaseEntry::Periodic => [12, variable.index, 0],
        },
    };
    [kind, a, b].map(Val::from_usize)
}
