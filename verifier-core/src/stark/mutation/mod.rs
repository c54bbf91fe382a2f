//! Constraint deletion: which constraints of a circuit does a forgery need?
//!
//! A forgery is a trace that breaks one constraint and no other. Under an AIR without that
//! constraint its proof is accepted; under the circuit's own AIR it is rejected. A constraint that
//! no forgery needs is untested, or follows from others: then it is on the circuit's list of
//! redundant constraints, with the proof. Apart from these are the constraints whose forgery would
//! take a collision, or more tries than are made for a test: they do not follow, and are not redundant.
//!
//! Constraints are numbered in the order in which `eval` asserts them, and named by the group that
//! asserts them with their place in it: `assert_key.3`.

mod broken;
mod deletion;
mod without;

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_air::AirBuilder;

#[cfg(test)]
pub(crate) use self::broken::broken_in;
pub use self::broken::{broken, broken_beside, constraint_names};
pub use self::deletion::{check_forgery, mutate, try_attempts};
pub(crate) use self::without::{Without, verdict};
use super::{Provable, Trace};
use crate::hash::Val;

/// A circuit whose constraints can be deleted one by one.
pub trait Forgeable: Provable<Air: Sync> {
    /// Evaluates the constraints, and calls `phase` before each group of them with its name.
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &Self::Air,
        builder: &mut AB,
        phase: &mut impl FnMut(&AB, &'static str),
    );

    /// Returns the forgeries that somebody wrote, each for the one constraint that it names.
    fn forgeries() -> Vec<Forgery>;

    /// Returns the changes that a search tries, for constraints that no forgery names.
    fn search() -> Vec<Attempt>;

    /// The constraints that follow from others.
    const REDUNDANT: &'static [&'static [Redundant]];

    /// The constraints that no forgery can be made for, though they do not follow from others.
    const INFEASIBLE: &'static [&'static [Redundant]] = &[];
}

/// A trace, and the public values that it is about.
#[derive(Clone, Debug)]
pub struct Forged {
    /// The trace.
    pub trace: Trace,
    /// The public values.
    pub public_values: Vec<Val>,
    /// What the circuit's native oracle says of the claim and what is behind it: the code of what is
    /// false, or nothing where only the trace is wrong.
    pub refused: Option<&'static str>,
}

/// Makes a forgery.
pub type Forge = fn() -> Forged;

/// A forgery that somebody wrote.
#[derive(Clone, Copy, Debug)]
pub struct Forgery {
    /// Its name.
    pub name: &'static str,
    /// The constraint that it breaks.
    pub constraint: &'static str,
    /// What the oracle says of it.
    pub refused: Option<&'static str>,
    /// Makes it.
    pub forge: Forge,
}

/// A change that a search tries.
pub struct Attempt {
    /// What is changed.
    pub name: String,
    /// Somebody wrote it, for what a change of one cell does not reach.
    pub written: bool,
    /// It is tried only where attempts of an earlier round leave a constraint uncovered.
    pub round: usize,
    /// Returns what the change breaks before anything is made to agree with it, where that takes long.
    pub glance: Option<Box<dyn Fn() -> BTreeSet<usize> + Send + Sync>>,
    /// Makes the trace with the change.
    pub forge: Box<dyn Fn() -> Forged + Send + Sync>,
}

impl Attempt {
    /// Returns one that somebody wrote.
    pub fn by_hand(
        name: impl core::fmt::Display,
        forge: impl Fn() -> Forged + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: format!("by hand: {name}"),
            written: true,
            round: 0,
            glance: None,
            forge: Box::new(forge),
        }
    }
}

/// A constraint that follows from others, or whose forgery is out of reach; or some in a row that do so for
/// one reason.
#[derive(Clone, Copy, Debug)]
pub struct Redundant {
    /// The constraint, or the first and the last of them: `assert_old.0-59`.
    pub constraint: &'static str,
    /// Why each trace that satisfies the others satisfies it, or why no other one is found.
    pub because: &'static str,
}

impl Redundant {
    /// Returns the names of the constraints.
    ///
    /// # Panics
    ///
    /// If the numbers are none.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let (group, numbers) = self
            .constraint
            .split_once('.')
            .unwrap_or((self.constraint, ""));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let number = |number: &str| number.parse::<u32>().expect("the number of a constraint");
        (number(first)..=number(last)).map(move |number| format!("{group}.{number}"))
    }
}

/// Name of an attempt, and what it breaks; in brackets what the oracle says of it.
pub type Tried = (String, Vec<String>);

/// A circuit whose constraints can be deleted, without its type.
#[derive(Clone, Copy, Debug)]
pub struct Mutations {
    /// Name of the circuit.
    pub circuit: &'static str,
    /// [`mutate`].
    pub mutate: fn() -> Report,
    /// [`try_attempts`].
    pub try_attempts: fn(&str) -> Vec<Tried>,
}

impl Mutations {
    /// Returns the entry of `C` in a registry.
    #[must_use]
    pub const fn of<C: Forgeable>() -> Self {
        Self {
            circuit: C::ID.name(),
            mutate: mutate::<C>,
            try_attempts: try_attempts::<C>,
        }
    }
}

/// What was found about one constraint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// A forgery breaks it alone, and is accepted without it.
    Needed {
        /// The forgery.
        forgery: String,
        /// What the oracle says of it: the code of what is false that verifies without the
        /// constraint, or nothing where only the trace is wrong.
        refused: Option<&'static str>,
        /// Somebody wrote it; else a search found it.
        written: bool,
    },
    /// It follows from others.
    Redundant {
        /// The proof.
        because: &'static str,
    },
    /// It does not follow from others, but a forgery would take a collision of the state hash, or more
    /// tries than are made for a test.
    Infeasible {
        /// What it would take.
        because: &'static str,
    },
    /// Nothing is known to need it.
    Uncovered,
}

/// What was found about the constraints of a circuit, in their order, by name.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name and finding of each constraint.
    pub constraints: Vec<(String, Finding)>,
    /// What is wrong with forgeries that are written.
    pub faults: Vec<String>,
}
