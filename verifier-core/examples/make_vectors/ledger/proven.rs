//! A block on the accounts of the vectors, and a proof of each circuit about it.

use std::fs;

use rpp_verifier::hazmat::{Provable, Witness};
use rpp_verifier::{
    Accounts, CIRCUITS, Header, IdentityWitness, Operation, Proof, Prover, Rekey, SetOpening,
    SignedOperation, StateWitness, TransactionWitness, Transfer, Validator, ValidatorSet,
    VerifyingKey, genesis,
};

use super::{CHAIN, Owners, PAYER, RECEIVER, TRANSFER, VACANT, over, register, state};
use crate::parts::{Bytes, Changed, Splice, folder};
use crate::{Result, VectorWriter, digest};

/// A genesis and its child.
pub(super) struct Proven {
    pub(super) accounts: Accounts,
    pub(super) parent: Header,
    pub(super) header: Header,
    pub(super) set: ValidatorSet,
    /// What is proven on the accounts of the parent.
    pub(super) transaction: TransactionWitness,
    /// What is proven on the accounts of the parent.
    pub(super) identity: IdentityWitness,
    /// What leads from the parent's accounts to the header's.
    pub(super) state: StateWitness,
}

impl Proven {
    pub(super) fn new(owners: &Owners) -> Result<Self> {
        let accounts = state(&owners.accounts());
        let members = [member(0, 5), member(1, VACANT), member(2, RECEIVER)];
        let set = ValidatorSet::new(members.to_vec())?;
        let set_root = set.set_root();
        let parent = genesis(CHAIN, 4, 1000, accounts.root(), set_root, digest(1));
        let registration = owners.newcomer.sign(5, register(&owners.newcomer, 5))?;
        let proposer = set.members()[2].account;
        let block = StateWitness::new(&accounts, CHAIN, &operations(owners)?, proposer)?;
        let header = Header {
            height: 1,
            slot: 5,
            proposer: 2,
            timestamp_ms: 2000,
            parent_hash: parent.hash().0,
            state_root: block.statement.after,
            tx_root: block.statement.tx_root,
            history_root: digest(2),
            ..parent.clone()
        };
        let transfer = owners.payer.transfer(TRANSFER)?;
        Ok(Self {
            transaction: TransactionWitness::new(&accounts, &transfer),
            identity: IdentityWitness::new(&accounts, &registration),
            state: block,
            accounts,
            parent,
            header,
            set,
        })
    }

    /// Returns the opening of the set that both headers name.
    pub(super) fn opening(&self) -> SetOpening {
        self.set.opening()
    }
}

/// A member with a made-up key.
pub(super) fn member(number: u32, account: u32) -> Validator {
    Validator {
        key_id: digest(70 + number),
        power: 10,
        account,
        start_slot: 0,
    }
}

/// One operation of each kind.
pub(super) fn operations(owners: &Owners) -> Result<Vec<SignedOperation>> {
    let Owners {
        payer, newcomer, ..
    } = owners;
    let transfer = Transfer {
        amount: 300,
        nonce: 2,
        ..TRANSFER
    };
    let rekey = Rekey {
        index: PAYER,
        new_key_id: newcomer.key_id(),
        fee: 50,
        nonce: 6,
    };
    Ok(vec![
        payer.transfer(transfer)?,
        newcomer.sign(5, register(newcomer, 5))?,
        payer.sign(6, Operation::Rekey(rekey))?,
    ])
}

/// Makes the proof of a witness, unless there is one. The grinding of a proof varies from run to run, and a
/// file that was written once does not change.
pub(super) fn store_proof<C: Provable>(writer: &VectorWriter, witness: &C::Witness) -> Result<()> {
    let name = format!("{}-proof.bin", C::ID.name());
    let path = folder().join("documents").join(&name);
    if !path.exists() {
        let proof = Prover::<C>::new(CHAIN).prove(witness)?;
        writer.document(&name, &proof.to_bytes())?;
    }
    let proof = Proof::from_bytes(&fs::read(&path)?, &CIRCUITS)?;
    let verified = VerifyingKey::<C>::new(CHAIN).verify(witness.statement().clone(), &proof);
    let verified = verified.map(drop);
    Ok(verified.map_err(|error| format!("{name} does not prove its statement: {error}"))?)
}

/// Returns the stored proof of a circuit with changes.
pub(super) fn proof(circuit: &str, splices: Vec<Splice>) -> Option<Bytes> {
    let file = format!("documents/{circuit}-proof.bin");
    Some(Bytes::Changed(Changed { file, splices }))
}

/// Returns the stored proof of a circuit, with another height of its trace.
pub(super) fn proof_of_height(circuit: &str, log_rows: u8) -> Result<Option<Bytes>> {
    let path = folder().join(format!("documents/{circuit}-proof.bin"));
    // Behind the height comes one element.
    let at = fs::read(path)?.len() - 5;
    Ok(proof(circuit, vec![over(at, &[log_rows])]))
}
