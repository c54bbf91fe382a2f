//! A block on the accounts of the vectors, and a proof of each circuit about it.

use rpp_verifier::{
    Accounts, Header, IdentityWitness, Operation, Rekey, SetOpening, SignedOperation, StateWitness,
    TransactionWitness, Transfer, Validator, ValidatorSet, genesis,
};

use super::{Owners, PAYER, RECEIVER, TRANSFER, VACANT, register, state};
use crate::circuits::CHAIN;
use crate::{Result, digest};

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
