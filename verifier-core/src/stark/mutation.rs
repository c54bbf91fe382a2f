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

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_air::symbolic::{AirLayout, SymbolicAirBuilder};
use p3_air::{Air, AirBuilder, BaseAir, DebugConstraintBuilder};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrixView;
use p3_matrix::stack::VerticalPair;
use p3_maybe_rayon::prelude::*;
use p3_uni_stark::prove;

use super::{Provable, StarkParameters, Trace, VerifyError, VerifyingKey};
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

/// Deletes each constraint of `C` in turn and runs the forgeries.
///
/// # Panics
///
/// If the search makes a trace of another width than the circuit's, which is a fault of it.
#[must_use]
pub fn mutate<C: Forgeable>() -> Report {
    let names = constraint_names::<C>();
    let mut faults = Vec::new();
    let mut findings: BTreeMap<usize, Finding> = BTreeMap::new();
    let follow = C::REDUNDANT.iter().copied().flatten().map(|r| (r, true));
    let out_of_reach = C::INFEASIBLE.iter().copied().flatten();
    for (listed, follows) in follow.chain(out_of_reach.map(|r| (r, false))) {
        let because = listed.because;
        for name in listed.names() {
            let finding = match follows {
                true => Finding::Redundant { because },
                false => Finding::Infeasible { because },
            };
            match place(&names, &name) {
                Some(constraint) => drop(findings.insert(constraint, finding)),
                None => faults.push(format!("no constraint {name}")),
            }
        }
    }
    let written: Vec<_> = C::forgeries()
        .into_par_iter()
        .map(|forgery| (forgery, check::<C>(&names, &forgery)))
        .collect();
    for (forgery, checked) in written {
        match checked {
            Ok(constraint) => {
                let needed = Finding::Needed {
                    forgery: forgery.name.into(),
                    refused: forgery.refused,
                    written: true,
                };
                let listed = findings.get(&constraint);
                if let Some(Finding::Redundant { .. } | Finding::Infeasible { .. }) = listed {
                    let name = forgery.constraint;
                    faults.push(format!("{name} is on the list: {}", forgery.name));
                }
                // The first forgery of a constraint is the one that is shown.
                if !matches!(findings.get(&constraint), Some(Finding::Needed { .. })) {
                    findings.insert(constraint, needed);
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    let (found, holes) = search::<C>(&findings, names.len());
    faults.extend(holes);
    let confirmed: Vec<_> = found
        .into_par_iter()
        .map(|(constraint, attempt)| {
            let forged = (attempt.forge)();
            let confirmed = confirm::<C>(constraint, &forged).map(|()| forged.refused);
            (constraint, attempt.name, attempt.written, confirmed)
        })
        .collect();
    for (constraint, forgery, written, confirmed) in confirmed {
        let name = &names[constraint];
        match (findings.get(&constraint), confirmed) {
            (_, Err(fault)) => faults.push(format!("{name}, {forgery}: {fault}")),
            (Some(Finding::Redundant { .. } | Finding::Infeasible { .. }), Ok(_)) => {
                faults.push(format!("{name} is on the list: {forgery}"));
            }
            (_, Ok(refused)) => {
                let needed = Finding::Needed {
                    forgery,
                    refused,
                    written,
                };
                findings.insert(constraint, needed);
            }
        }
    }
    let constraints = names.into_iter().enumerate();
    let constraints = constraints.map(|(i, name)| {
        let finding = findings.remove(&i).unwrap_or(Finding::Uncovered);
        (name, finding)
    });
    Report {
        constraints: constraints.collect(),
        faults,
    }
}

/// Checks that `forgery` breaks its constraint and no other, is accepted without it, and rejected
/// with it; returns the constraint's number.
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn check_forgery<C: Forgeable>(forgery: &Forgery) -> Result<usize, String> {
    check::<C>(&constraint_names::<C>(), forgery)
}

fn check<C: Forgeable>(names: &[String], forgery: &Forgery) -> Result<usize, String> {
    let forged = (forgery.forge)();
    let broken = broken::<C>(&forged, usize::MAX);
    let broken_names: Vec<_> = broken.iter().map(|&i| names[i].as_str()).collect();
    if broken_names != [forgery.constraint] {
        let expected = forgery.constraint;
        let name = forgery.name;
        return Err(format!("{name} breaks {broken_names:?}, not {expected}"));
    }
    if forged.refused != forgery.refused {
        let (name, got, expected) = (forgery.name, forged.refused, forgery.refused);
        return Err(format!("{name}: the oracle says {got:?}, not {expected:?}"));
    }
    let constraint = broken.first().copied().unwrap_or(usize::MAX);
    confirm::<C>(constraint, &forged).map_err(|fault| format!("{}: {fault}", forgery.name))?;
    Ok(constraint)
}

/// Returns what the attempts of the search whose name contains `word` break, and what the oracle
/// says of them.
#[must_use]
pub fn try_attempts<C: Forgeable>(word: &str) -> Vec<Tried> {
    let names = constraint_names::<C>();
    let written = C::forgeries().into_iter().map(|forgery| Attempt {
        name: forgery.name.into(),
        written: true,
        round: 0,
        glance: None,
        forge: Box::new(forgery.forge),
    });
    let attempts: Vec<_> = written.chain(C::search()).collect();
    let attempts = attempts
        .into_par_iter()
        .filter(|attempt| attempt.name.contains(word));
    let tried = attempts.map(|attempt| {
        let forged = (attempt.forge)();
        let broken = broken::<C>(&forged, usize::MAX);
        let broken = broken
            .into_iter()
            .map(|constraint| names[constraint].clone());
        let refused = forged.refused.map(|code| format!("({code})"));
        (attempt.name, broken.chain(refused).collect())
    });
    tried.collect()
}

/// Returns, for each constraint that is not needed yet, the first attempt that breaks it alone;
/// and the attempts that break none and still say something false. A round is left out once the
/// rounds before it leave no constraint out.
fn search<C: Forgeable>(
    known: &BTreeMap<usize, Finding>,
    constraints: usize,
) -> (Vec<(usize, Attempt)>, Vec<String>) {
    let mut rounds: BTreeMap<usize, Vec<Attempt>> = BTreeMap::new();
    for attempt in C::search() {
        rounds.entry(attempt.round).or_default().push(attempt);
    }
    // One that makes the statement false is preferred.
    let mut found: BTreeMap<usize, (bool, Attempt)> = BTreeMap::new();
    let mut holes = Vec::new();
    for attempts in rounds.into_values() {
        let is_known = |i: usize| known.contains_key(&i) || found.contains_key(&i);
        if (0..constraints).all(is_known) {
            break;
        }
        let mut attempts = attempts.into_iter();
        loop {
            let batch: Vec<_> = attempts.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let is_done = |constraint: usize| {
                let is_false = found
                    .get(&constraint)
                    .is_some_and(|&(is_false, _)| is_false);
                is_false || matches!(known.get(&constraint), Some(Finding::Needed { .. }))
            };
            for (constraint, is_false, attempt) in of_use::<C>(batch, &is_done) {
                let Some(constraint) = constraint else {
                    holes.push(format!(
                        "a false statement breaks nothing: {}",
                        attempt.name
                    ));
                    continue;
                };
                let better = match found.get(&constraint) {
                    Some(&(before, _)) => is_false && !before,
                    None => !matches!(known.get(&constraint), Some(Finding::Needed { .. })),
                };
                if better {
                    found.insert(constraint, (is_false, attempt));
                }
            }
        }
    }
    let found = found.into_iter();
    let found = found.map(|(constraint, (_, attempt))| (constraint, attempt));
    (found.collect(), holes)
}

/// Returns the attempts that break one constraint, or none and say something false; with the
/// constraint, and whether what they say is false. One that at a glance breaks only constraints that
/// are done is not made.
fn of_use<C: Forgeable>(
    attempts: Vec<Attempt>,
    is_done: &(impl Fn(usize) -> bool + Sync),
) -> Vec<(Option<usize>, bool, Attempt)> {
    let attempts = attempts.into_par_iter().filter_map(|attempt| {
        if let Some(glance) = &attempt.glance {
            let broken = glance();
            if !broken.is_empty() && broken.into_iter().all(is_done) {
                return None;
            }
        }
        let forged = (attempt.forge)();
        let broken = broken::<C>(&forged, 1);
        let is_false = forged.refused.is_some();
        let constraint = broken.first().copied();
        let is_of_use = broken.len() == 1 || (broken.is_empty() && is_false);
        is_of_use.then_some((constraint, is_false, attempt))
    });
    attempts.collect()
}

/// How many attempts are made before it is looked which constraints are left.
const BATCH: usize = 256;

/// Proves a forgery without `constraint`, which is accepted, and with it, which is rejected.
fn confirm<C: Forgeable>(constraint: usize, forged: &Forged) -> Result<(), String> {
    let without = verdict::<C>(Some(constraint), forged);
    let with = verdict::<C>(None, forged);
    match (without, with) {
        (Ok(()), Err(VerifyError::ConstraintMismatch)) => Ok(()),
        (without, with) => Err(format!(
            "without the constraint {without:?}, with it {with:?}"
        )),
    }
}

/// Proves `forged` under the AIR without `dropped`, and returns what Plonky3's verifier says of it
/// under the same AIR.
pub(crate) fn verdict<C: Forgeable>(
    dropped: Option<usize>,
    forged: &Forged,
) -> Result<(), VerifyError> {
    let key = VerifyingKey::<C>::new(1).with_parameters(StarkParameters::TEST);
    let config = key.parameters().config(&key.transcript_seed());
    let air = Without::<C> {
        air: C::Air::default(),
        dropped,
    };
    let proof = prove(&config, &air, forged.trace.clone(), &forged.public_values)
        .map_err(|_| VerifyError::MalformedPayload)?;
    key.check_stark(&air, &forged.public_values, &proof)
}

/// Returns the constraints that do not hold somewhere in the trace; the rest of the rows is left
/// out once there are more than `enough`.
#[must_use]
pub fn broken<C: Forgeable>(forged: &Forged, enough: usize) -> BTreeSet<usize> {
    broken_where::<C>(forged, enough, |_| true)
}

/// [`broken`] where all constraints hold in `honest`: only rows that are not the same in it are looked at.
#[must_use]
pub fn broken_beside<C: Forgeable>(forged: &Forged, honest: &Forged) -> BTreeSet<usize> {
    let is_other = |(a, b): (&[Val], &[Val])| a != b;
    let [values, others] = [forged, honest].map(|f| f.trace.values.chunks(f.trace.width));
    let others: Vec<_> = values.zip(others).map(is_other).collect();
    let height = forged.trace.height();
    let are_others =
        forged.public_values != honest.public_values || honest.trace.height() != height;
    let next = |row: usize| (row + 1) % height;
    broken_where::<C>(forged, usize::MAX, |row| {
        are_others || others[row] || others[next(row)]
    })
}

fn broken_where<C: Forgeable>(
    forged: &Forged,
    enough: usize,
    is_looked_at: impl Fn(usize) -> bool,
) -> BTreeSet<usize> {
    let air = Without::<C>::nothing();
    let Forged {
        trace,
        public_values,
        ..
    } = forged;
    let mut broken = BTreeSet::new();
    for row in (0..trace.height()).filter(|&row| is_looked_at(row)) {
        broken.extend(broken_in(&air, trace, row, public_values));
        if broken.len() > enough {
            break;
        }
    }
    broken
}

/// Returns the constraints that do not hold in `row`, looking at it and the next one.
///
/// # Panics
///
/// If the trace has no such row.
pub(crate) fn broken_in<A>(air: &A, trace: &Trace, row: usize, public_values: &[Val]) -> Vec<usize>
where
    A: for<'a> Air<DebugConstraintBuilder<'a, Val>>,
{
    let (height, width) = (trace.height(), trace.width());
    let cells = |row: usize| &trace.values[row * width..(row + 1) * width];
    let pair = VerticalPair::new(
        RowMajorMatrixView::new_row(cells(row)),
        RowMajorMatrixView::new_row(cells((row + 1) % height)),
    );
    let none = || RowMajorMatrixView::new(&[], 0);
    let mut builder = DebugConstraintBuilder::new(
        row,
        pair,
        VerticalPair::new(none(), none()),
        public_values,
        Val::from_bool(row == 0),
        Val::from_bool(row == height - 1),
        Val::from_bool(row != height - 1),
        &[],
    );
    air.eval(&mut builder);
    let failures = builder.into_failures();
    failures
        .into_iter()
        .map(|failure| failure.constraint)
        .collect()
}

/// Returns the names of all constraints, in their order.
#[must_use]
pub fn constraint_names<C: Forgeable>() -> Vec<String> {
    let air = C::Air::default();
    let mut builder = SymbolicAirBuilder::<Val>::new(AirLayout::from_air::<Val>(&air));
    let mut groups = Vec::new();
    C::eval_phases(&air, &mut builder, &mut |builder, name| {
        groups.push((name, builder.base_constraints().len()));
    });
    let end = builder.base_constraints().len();
    let ends = groups.iter().skip(1).map(|&(_, start)| start).chain([end]);
    let sizes = ends
        .zip(&groups)
        .map(|(end, &(name, start))| (name, end - start));
    sizes
        .flat_map(|(name, size)| (0..size).map(move |i| format!("{name}.{i}")))
        .collect()
}

fn place(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|other| other == name)
}

/// The AIR of `C` without one of its constraints.
pub(crate) struct Without<C: Forgeable> {
    air: C::Air,
    dropped: Option<usize>,
}

impl<C: Forgeable> Without<C> {
    /// Returns the whole AIR.
    pub(crate) fn nothing() -> Self {
        Self {
            air: C::Air::default(),
            dropped: None,
        }
    }
}

impl<C: Forgeable> BaseAir<Val> for Without<C> {
    fn width(&self) -> usize {
        self.air.width()
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        self.air.main_next_row_columns()
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        self.air.max_constraint_degree()
    }

    fn num_public_values(&self) -> usize {
        self.air.num_public_values()
    }

    fn periodic_columns(&self) -> Cow<'_, [Vec<Val>]> {
        self.air.periodic_columns()
    }
}

impl<C: Forgeable, AB: AirBuilder<F = Val>> Air<AB> for Without<C> {
    fn eval(&self, builder: &mut AB) {
        let Some(dropped) = self.dropped else {
            return C::eval_phases(&self.air, builder, &mut |_, _| {});
        };
        let mut builder = Dropping {
            inner: builder,
            dropped,
            asserted: 0,
        };
        C::eval_phases(&self.air, &mut builder, &mut |_, _| {});
    }
}

/// A builder that leaves out one constraint.
struct Dropping<'a, AB> {
    inner: &'a mut AB,
    dropped: usize,
    asserted: usize,
}

impl<AB: AirBuilder> AirBuilder for Dropping<'_, AB> {
    type F = AB::F;
    type Expr = AB::Expr;
    type Var = AB::Var;
    type PreprocessedWindow = AB::PreprocessedWindow;
    type MainWindow = AB::MainWindow;
    type PublicVar = AB::PublicVar;
    type PeriodicVar = AB::PeriodicVar;

    fn main(&self) -> Self::MainWindow {
        self.inner.main()
    }

    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        self.inner.preprocessed()
    }

    fn is_first_row(&self) -> Self::Expr {
        self.inner.is_first_row()
    }

    fn is_last_row(&self) -> Self::Expr {
        self.inner.is_last_row()
    }

    fn is_transition(&self) -> Self::Expr {
        self.inner.is_transition()
    }

    fn assert_zero<I: Into<Self::Expr>>(&mut self, x: I) {
        if self.asserted != self.dropped {
            self.inner.assert_zero(x);
        }
        self.asserted += 1;
    }

    fn public_values(&self) -> &[Self::PublicVar] {
        self.inner.public_values()
    }

    fn periodic_values(&self) -> &[Self::PeriodicVar] {
        self.inner.periodic_values()
    }
}
