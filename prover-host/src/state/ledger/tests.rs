//! What a ledger says after each change.

use rpp_verifier::{CircuitId, Digest, SetOpening, genesis};

use super::*;

pub(in crate::state) fn ledger(blocks: u32) -> Ledger {
    let mut ledger = Ledger::new(genesis(7, 4, 0, Digest::ZERO, Digest::ZERO, Digest::ZERO));
    let (root, n, total_power) = (Digest::ZERO, 1, 1);
    let certificate = Certificate {
        signed_power: 1,
        signers: Digest::ZERO,
        set: SetOpening {
            root,
            n,
            total_power,
        },
    };
    for _ in 0..blocks {
        let mut header = ledger.latest_header().clone();
        header.parent_hash = header.hash().0;
        header.height += 1;
        ledger.append(header, certificate).unwrap();
        ledger.add_due(key(ledger.latest_height()), ledger.latest_height());
    }
    ledger
}

const SIGNED: CircuitId = CircuitId::new(1, "signed");
const STATE: CircuitId = CircuitId::new(2, "state");

pub(in crate::state) fn key(height: u32) -> ProofKey {
    ProofKey {
        circuit: SIGNED,
        subject: Subject::Height(height),
    }
}

pub(in crate::state) fn proof(height: u32) -> ProofFile {
    let id = ProofId::of(&height.to_le_bytes());
    ProofFile { id, bytes: 4 }
}

#[test]
fn rejects_a_block_that_does_not_follow() {
    let mut ledger = ledger(2);
    let certificate = ledger.block(2).unwrap().certificate.unwrap();
    let (latest, got) = (2, 2);
    let again = ledger.append(ledger.latest_header().clone(), certificate);
    assert_eq!(again, Err(NotNextError { latest, got }));
    let mut stranger = ledger.latest_header().clone();
    stranger.height = 3;
    let got = 3;
    let stranger = ledger.append(stranger, certificate);
    assert_eq!(stranger, Err(NotNextError { latest, got }));
}

#[test]
fn a_missing_proof_is_to_be_made_again_and_the_head_is_the_one_before() {
    let mut ledger = ledger(3);
    (1..=3).for_each(|height| ledger.add_proof(&key(height), proof(height)));
    assert_eq!((ledger.proven_height(), ledger.jobs()), (Some(3), 0));
    ledger.set_missing(&key(2), Provable::WitnessLost);
    assert_eq!((ledger.proven_height(), ledger.jobs()), (Some(3), 0));
    ledger.set_missing(&key(3), Provable::Yes);
    assert_eq!((ledger.proven_height(), ledger.unproven()), (Some(1), 1));
    assert_eq!(ledger.keys_of(proof(3).id), []);
    assert!(ledger.block(3).unwrap().proofs.is_empty());
    assert_eq!(ledger.status(&key(2)), ProofStatus::Lost);
    assert_eq!(ledger.next_job(Lane::Head), Some(key(3)));
    ledger.add_proof(&key(3), proof(4));
    assert_eq!(ledger.keys_of(proof(4).id), [key(3)]);
    assert_eq!((ledger.proven_height(), ledger.jobs()), (Some(3), 0));
}

#[test]
fn the_head_never_waits_for_what_else_is_due_about_it() {
    let mut ledger = ledger(2);
    let about = |circuit, subject| ProofKey { circuit, subject };
    let state = about(STATE, Subject::Height(1));
    ledger.add_due(state, 1);
    assert_eq!(ledger.next_job(Lane::Head), Some(key(1)));
    assert_eq!(ledger.next_job(Lane::Rest), Some(state));
    ledger.add_proof(&state, proof(9));
    assert_eq!(ledger.proven_height(), None);
    ledger.set_missing(&state, Provable::Yes);
    ledger.add_proof(&key(1), proof(1));
    assert_eq!(
        (ledger.is_proven(1), ledger.proven_height()),
        (false, Some(1))
    );
    let waiting = [Lane::Head, Lane::Rest].map(|lane| ledger.block_jobs(lane));
    assert_eq!(waiting, [1, 1]);
    ledger.add_proof(&state, proof(9));
    assert_eq!(
        (ledger.is_proven(1), ledger.proven_height()),
        (true, Some(1))
    );
    let kinds: Vec<_> = ledger
        .block(1)
        .unwrap()
        .proofs
        .iter()
        .map(|(key, _)| key.circuit)
        .collect();
    assert_eq!(kinds, [SIGNED, STATE]);
    assert!(!ledger.is_proven(0) && !ledger.is_proven(7));
}

#[test]
fn jobs_come_by_the_height_at_which_they_were_due_whatever_they_are_about() {
    let mut ledger = ledger(2);
    let of = |subject| ProofKey {
        circuit: STATE,
        subject,
    };
    let range = of(Subject::Range { first: 0, last: 1 });
    let operation = of(Subject::Operation(Digest::ZERO));
    ledger.add_due(operation, 1);
    ledger.add_due(range, 1);
    assert_eq!((ledger.requests(), ledger.next_job(Lane::Rest)), (2, None));
    let mut order = Vec::new();
    while let Some(job) = ledger.next_job(Lane::Requested) {
        order.push(job);
        ledger.add_proof(&job, proof(order.len().try_into().unwrap()));
    }
    assert_eq!(order, [range, operation]);
    assert_eq!(ledger.requests(), 0);
    let oldest = (range, proof(1).id);
    assert_eq!(ledger.requested_beyond(1), [oldest]);
    assert_eq!(
        ledger.requested_beyond(0),
        [oldest, (operation, proof(2).id)]
    );
    assert_eq!(ledger.due_height(&operation), Some(1));
    assert_eq!(ledger.next_job(Lane::Head), Some(key(1)));
    assert_eq!(ledger.status(&of(Subject::Height(1))), ProofStatus::NotDue);
}

#[test]
fn pages_follow_each_other_to_the_newest_block() {
    let ledger = ledger(6);
    let heights = |(blocks, next): (Vec<StoredBlock>, Option<u32>)| {
        let heights: Vec<u32> = blocks.iter().map(|b| b.header.height).collect();
        (heights, next)
    };
    assert_eq!(heights(ledger.page(0, 3)), (vec![0, 1, 2], Some(3)));
    assert_eq!(heights(ledger.page(3, 4)), (vec![3, 4, 5, 6], None));
    assert_eq!(heights(ledger.page(6, 64)), (vec![6], None));
    assert_eq!(heights(ledger.page(u32::MAX, 64)), (vec![], None));
}
