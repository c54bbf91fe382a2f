//! Which constraints a forgery needs.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_maybe_rayon::prelude::*;

use super::{
    Attempt, Finding, Forgeable, Forged, Forgery, Report, Tried, broken, constraint_names, verdict,
};
use crate::stark::VerifyError;

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

fn place(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|other| other == name)
}
