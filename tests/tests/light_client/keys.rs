//! A head moves under the key of its circuit and under no other.

use rpp_verifier::{
    Block, CIRCUITS, Document, HeadCircuit, HeaderError, Proof, Prover, StarkParameters,
    TrustedChain, VerifyingKey,
};

use crate::support::{CHAIN, TOP};

/// Moves a head to block 1 by a proof of it under `key`.
fn accept(key: VerifyingKey<HeadCircuit>) -> (TrustedChain, Result<(), HeaderError>) {
    let mut chain = CHAIN.checkpoint(0).start(CHAIN.header(0)).unwrap();
    let block = Block::from_bytes(&CHAIN.get("/v1/blocks/1", TOP).body).unwrap();
    let candidate = block.into_candidate(None).unwrap();
    let checked = chain.check(&candidate, u64::MAX).unwrap();
    let prover = Prover::with_key(key);
    let proof = prover.prove(CHAIN.witness(1)).unwrap().to_bytes();
    let proof = Proof::from_bytes(&proof, &CIRCUITS).unwrap();
    let verified = prover.key().verify(checked.statement().clone(), &proof);
    let accepted = chain.accept(checked, &verified.unwrap());
    (chain, accepted)
}

#[test]
fn accepts_a_proof_under_the_key_of_the_circuit() {
    let (chain, accepted) = accept(VerifyingKey::new(CHAIN.header(0).chain_id));
    assert_eq!((chain.head().height, accepted), (1, Ok(())));
}

/// Whatever was proven, the head moves to nothing else.
#[test]
fn rejects_a_true_proof_of_another_statement() {
    let mut chain = CHAIN.checkpoint(0).start(CHAIN.header(0)).unwrap();
    let candidate = |height| {
        let block = CHAIN.block(height);
        block.into_candidate(Some(CHAIN.ancestor(0, height).history_path))
    };
    let checked = |height| chain.check(&candidate(height).unwrap(), u64::MAX).unwrap();
    let (first, second) = (checked(1), checked(2));
    let proof = Proof::from_bytes(CHAIN.proof(1), &CIRCUITS).unwrap();
    let key = VerifyingKey::<HeadCircuit>::new(CHAIN.header(0).chain_id);
    let verified = key.verify(first.statement().clone(), &proof).unwrap();
    assert_eq!(chain.accept(second, &verified), Err(HeaderError::NotProven));
    assert_eq!(chain.head().height, 0);
    assert_eq!(chain.accept(first, &verified), Ok(()));
}

#[test]
fn rejects_a_true_proof_under_weaker_parameters() {
    let key = VerifyingKey::new(CHAIN.header(0).chain_id);
    let (chain, accepted) = accept(key.with_parameters(StarkParameters::TEST));
    let refused = Err(HeaderError::NotProven);
    assert_eq!((chain.head().height, accepted), (0, refused));
}
