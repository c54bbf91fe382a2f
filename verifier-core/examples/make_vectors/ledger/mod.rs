//! Vectors for accounts, operations and blocks of them.

mod accounts;
mod blocks;
mod encodings;
mod operations;
mod proven;
mod served;
mod statements;
mod witnesses;

use rpp_verifier::{
    Account, Accounts, Digest, KeyPurpose, Operation, PublicKey, Register, SecretKey,
    SignedOperation, Transfer,
};

use self::proven::Proven;
use crate::circuits::CHAIN;
use crate::parts;
use crate::{Result, VectorWriter};

/// The account that pays, and the one that receives.
const PAYER: u32 = 0x0003_0005;
const RECEIVER: u32 = u32::MAX;
/// An account number that is vacant.
const VACANT: u32 = 0x8000_0001;

/// Writes all of them.
pub(crate) fn write_ledger(writer: &mut VectorWriter) -> Result<()> {
    let owners = Owners::new()?;
    accounts::write_accounts(writer, &owners)?;
    operations::write_operations(writer, &owners)?;
    operations::write_refusals(writer, &owners)?;
    encodings::write_encodings(writer, &owners)?;
    blocks::write_blocks(writer, &owners)?;
    blocks::write_inclusions(writer)?;
    served::write_served(writer, &owners)?;
    let proven = Proven::new(&owners)?;
    witnesses::write_witnesses(writer, &owners, &proven)?;
    statements::write_statements(writer, &owners, &proven)
}

/// An account key, made again for each signature: vectors sign more than once at a leaf, and no one's
/// money depends on them.
#[derive(Clone, Copy)]
struct Owner {
    seed: u8,
    public_key: PublicKey,
}

impl Owner {
    fn new(seed: u8) -> Result<Self> {
        let public_key = *secret(seed)?.public_key();
        Ok(Self { seed, public_key })
    }

    fn key_id(&self) -> Digest {
        self.public_key.key_id(KeyPurpose::Account, CHAIN)
    }

    fn account(&self, balance: u64) -> Account {
        Account {
            key_id: self.key_id(),
            balance,
            nonce: 0,
            key_offset: 0,
        }
    }

    fn sign(&self, leaf: u32, operation: Operation) -> Result<SignedOperation> {
        let signature = secret(self.seed)?.sign(leaf, &operation.hash(CHAIN).0)?;
        Ok(SignedOperation {
            chain_id: CHAIN,
            operation,
            public_key: self.public_key,
            signature,
        })
    }

    fn transfer(&self, transfer: Transfer) -> Result<SignedOperation> {
        self.sign(transfer.nonce, Operation::Transfer(transfer))
    }
}

fn secret(seed: u8) -> Result<SecretKey> {
    Ok(SecretKey::generate(
        [seed; 32],
        KeyPurpose::Account,
        CHAIN,
        4,
        &|_| (),
    )?)
}

/// Who the accounts belong to.
struct Owners {
    payer: Owner,
    receiver: Owner,
    newcomer: Owner,
}

impl Owners {
    fn new() -> Result<Self> {
        Ok(Self {
            payer: Owner::new(41)?,
            receiver: Owner::new(42)?,
            newcomer: Owner::new(43)?,
        })
    }

    /// The payer with 1,000 and nonce 2, and the receiver with 2^32.
    fn accounts(&self) -> Vec<(u32, Account)> {
        let payer = Account {
            nonce: 2,
            ..self.payer.account(1000)
        };
        vec![(PAYER, payer), (RECEIVER, self.receiver.account(1 << 32))]
    }
}

const TRANSFER: Transfer = Transfer {
    from: PAYER,
    to: RECEIVER,
    amount: 900,
    fee: 7,
    nonce: 3,
};

fn register(newcomer: &Owner, leaf: u32) -> Operation {
    Operation::Register(Register {
        index: VACANT,
        key_id: newcomer.key_id(),
        leaf,
    })
}

fn state(accounts: &[(u32, Account)]) -> Accounts {
    let list = accounts.iter();
    list.fold(Accounts::default(), |state, (index, account)| {
        state.with(*index, *account)
    })
}

fn part(index: u32, account: &Account) -> parts::Account {
    parts::Account {
        index,
        key_id: account.key_id.to_hex(),
        balance: account.balance.to_string(),
        nonce: account.nonce,
        key_offset: account.key_offset,
    }
}

fn parts(accounts: &[(u32, Account)]) -> Vec<parts::Account> {
    accounts
        .iter()
        .map(|(index, account)| part(*index, account))
        .collect()
}

fn hex_digests(digests: &[Digest]) -> Vec<String> {
    digests.iter().map(Digest::to_hex).collect()
}
