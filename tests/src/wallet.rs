//! What a wallet's key, its key file and its signatures take.

use std::path::Path;

use rpp_light_client::{
    AccountKey, Entropy, FileSignerStore, MemorySignerStore, Passphrase, Payment, Signer,
    SignerStore, SystemRandom,
};
use rpp_verifier::{
    Account, Accounts, Checkpoint, Digest, Header, ServedAccount, VerifiedAccount, genesis,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::timings::Timings;

/// Times the making of `keys` keys for 1,024 signatures each, opening a key file with its passphrase, and
/// `signatures` signatures, to their bytes: with the key file in memory, and with one in `folder`.
///
/// # Panics
///
/// Panics if `folder` cannot be written, or there are more signatures than a key has leaves for.
#[must_use]
pub fn measure(keys: usize, signatures: u32, folder: &Path) -> Value {
    let runtime = Runtime::new().expect("a runtime");
    let passphrase = Passphrase::new("a passphrase");
    let (mut made, mut opened) = (Timings::default(), Timings::default());
    let mut key = None;
    for _ in 0..keys.max(1) {
        let entropy = Entropy::draw(&SystemRandom).expect("random bytes");
        let new = made.time(|| {
            AccountKey::generate(entropy, CHAIN, AccountKey::DEFAULT_TREE_HEIGHT, &|_| ())
        });
        key = Some(new.expect("a key"));
    }
    let key = key.expect("at least one");
    let account = Account {
        key_id: key.key_id(),
        balance: 1 << 40,
        nonce: 0,
        key_offset: 0,
    };
    let store = MemorySignerStore::default();
    let created = Signer::create(store, SystemRandom, key, &passphrase);
    let mut signer = runtime.block_on(created).expect("a new key file");
    let in_memory = sign(&runtime, &mut signer, account, signatures);
    let file = runtime.block_on(signer.copy()).expect("a key file");
    let path = folder.join("bench.key");
    std::fs::write(&path, &file).expect("the folder can be written");
    let store = FileSignerStore::open(&path).expect("the key file");
    let opening = Signer::open(store, SystemRandom, &passphrase);
    let signer = opened.time(|| runtime.block_on(opening));
    let mut signer = signer.expect("the passphrase");
    let account = Account {
        nonce: signatures,
        ..account
    };
    let in_file = sign(&runtime, &mut signer, account, signatures);
    std::fs::remove_file(path).expect("the key file");
    json!({
        "key_generation_native_ms": made.to_json(),
        "key_open_native_ms": opened.to_json(),
        "sign_native_ms": in_memory.to_json(),
        "sign_native_file_ms": in_file.to_json(),
        "key_file_bytes": file.len(),
    })
}

/// Signs transfers, each as if a block had taken the one before.
fn sign<S: SignerStore>(
    runtime: &Runtime,
    signer: &mut Signer<S, SystemRandom>,
    account: Account,
    signatures: u32,
) -> Timings {
    let (to, amount, fee) = (5, 1, 1);
    let payment = Payment { to, amount, fee };
    let mut timings = Timings::default();
    for nonce in account.nonce..account.nonce + signatures {
        let seen = see(Account { nonce, ..account });
        runtime.block_on(signer.settle(&seen)).expect("it settles");
        let signing = signer.transfer(&seen, &payment);
        let signed = timings.time(|| runtime.block_on(signing));
        let _ = signed.expect("a signature");
    }
    let nonce = account.nonce + signatures;
    let seen = see(Account { nonce, ..account });
    runtime.block_on(signer.settle(&seen)).expect("it settles");
    timings
}

/// Returns a header of chain 7 after whose block `account` is at number 5 and nothing else is anywhere, and what a host
/// serves of that number.
///
/// # Panics
///
/// Never, since the account is one.
#[must_use]
pub fn shown(account: Account) -> (Header, ServedAccount) {
    let accounts = Accounts::genesis([(INDEX, account)]).expect("a genesis");
    let none = Digest::ZERO;
    // A genesis shows nothing to who does not know its chain.
    let header = Header {
        height: 1,
        ..genesis(CHAIN, 4, 1_700_000_000_000, accounts.root(), none, none)
    };
    let served = ServedAccount {
        height: header.height,
        header_hash: header.hash(),
        index: INDEX,
        opening: accounts.open(INDEX),
    };
    (header, served)
}

fn see(account: Account) -> VerifiedAccount {
    let (header, served) = shown(account);
    let checkpoint = Checkpoint::of(&header, 4);
    let chain = checkpoint.start(&header).expect("a chain");
    let trusted = chain.trusted(&header).expect("its head");
    let seen = trusted.account(INDEX, &served.opening);
    seen.expect("the account")
}

const INDEX: u32 = 5;
const CHAIN: u32 = 7;
