//! What a wallet does: register, receive, send, change its key.

use rpp_light_client::{MemorySignerStore, Payment, Settled, Signer, SignerError, Standing};
use rpp_verifier::{Operation, Transfer};

use crate::support::{
    CHAIN, Chain, Cut, CutStore, Drawn, NOW_MS, OTHER, Oracle, code, create, create_for_5,
    give_to_6, key, open, passphrase, see,
};

const PAYMENT: Payment = Payment {
    to: OTHER,
    amount: 10,
    fee: 2,
};

/// A signer of account 5, which holds 1,000.
async fn signer() -> (Chain, Signer<MemorySignerStore, Drawn>) {
    let key = key(1, 5);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let store = MemorySignerStore::default();
    let signer = create_for_5(store, &Drawn::default(), key).await;
    (chain, signer)
}

#[tokio::test]
async fn registers_sends_and_changes_its_key() {
    let (oracle, mut chain) = (Oracle::default(), Chain::new());
    let first = key(1, 5);
    let key_id = first.key_id();
    let store = MemorySignerStore::default();
    let mut signer = Signer::create(store, Drawn::default(), first, &passphrase())
        .await
        .unwrap();
    let status = signer.status().await.unwrap();
    assert_eq!((status.account, status.key_id), (None, key_id));
    assert_eq!((status.next_leaf, status.next_nonce), (0, None));
    assert_eq!((status.chain_id, status.standing), (CHAIN, Standing::Whole));

    let outgoing = signer.register().await.unwrap();
    oracle.saw(&outgoing, 0);
    let Operation::Register(register) = outgoing.signed().operation else {
        panic!("{outgoing:?}");
    };
    let index = register.index;
    assert_eq!((register.leaf, register.key_id), (0, key_id));
    assert_eq!(
        signer.settle(&chain.see(index)).await.unwrap(),
        Settled::Vacant
    );
    chain.take(&outgoing.to_bytes()).unwrap();
    let settled = signer.settle(&chain.see(index)).await.unwrap();
    assert_eq!(settled, Settled::Spent(*outgoing.hash()));
    let status = signer.status().await.unwrap();
    assert_eq!(status.account, Some(index));
    assert_eq!((status.next_leaf, status.next_nonce), (1, Some(1)));
    assert_eq!(code(signer.register().await), "signer-registered");

    let funds = chain.accounts.get(index).copied().unwrap();
    chain.accounts = chain.accounts.with(
        index,
        rpp_verifier::Account {
            balance: 500,
            ..funds
        },
    );
    for nonce in 1..4 {
        let seen = chain.see(index);
        let outgoing = signer.transfer(&seen, &PAYMENT).await.unwrap();
        oracle.saw(&outgoing, 0);
        assert_eq!(outgoing.signed().operation.nonce(), nonce);
        chain.take(&outgoing.to_bytes()).unwrap();
        let settled = signer.settle(&chain.see(index)).await.unwrap();
        assert_eq!(settled, Settled::Spent(*outgoing.hash()));
        assert_eq!(
            signer.settle(&chain.see(index)).await.unwrap(),
            Settled::Nothing
        );
        assert_eq!(signer.pending().await.unwrap(), None);
    }
    assert_eq!(chain.see(index).balance(), Some(500 - 3 * 12));

    let second = key(2, 5);
    let second_id = second.key_id();
    let outgoing = signer
        .rekey(&chain.see(index), second, 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&outgoing, 0);
    chain.take(&outgoing.to_bytes()).unwrap();
    let settled = signer.settle(&chain.see(index)).await.unwrap();
    assert_eq!(settled, Settled::Rekeyed(Some(*outgoing.hash())));
    let status = signer.status().await.unwrap();
    assert_eq!((status.key_id, status.pending), (second_id, None));
    assert_eq!((status.next_leaf, status.next_nonce), (0, Some(5)));
    let outgoing = signer.transfer(&chain.see(index), &PAYMENT).await.unwrap();
    oracle.saw(&outgoing, 5);
    assert_eq!(outgoing.signed().operation.nonce(), 5);
    chain.take(&outgoing.to_bytes()).unwrap();
    assert_eq!(oracle.count(), 6);
}

#[tokio::test]
async fn a_lost_answer_sends_the_same_bytes_again() {
    let (chain, mut signer) = signer().await;
    let seen = chain.see(5);
    let sent = signer.transfer(&seen, &PAYMENT).await.unwrap();
    for _ in 0..2 {
        assert_eq!(signer.pending().await.unwrap().as_ref(), Some(&sent));
    }
    // The same one again is the same bytes; one like it would be a second payment.
    let Operation::Transfer(transfer) = sent.signed().operation else {
        panic!("{sent:?}");
    };
    assert_eq!(signer.transfer_at(&seen, transfer).await.unwrap(), sent);
    let refused = signer.transfer(&seen, &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "signer-pending");
    assert!(refused.to_string().contains(&sent.hash().to_string()));
    let rekey = signer.rekey(&seen, key(2, 4), 1, NOW_MS).await;
    assert_eq!(code(rekey), "signer-pending");
    // It is still there after a restart.
    let mut again = open(signer.store().clone(), &Drawn::default()).await;
    assert_eq!(again.pending().await.unwrap(), Some(sent));
}

#[tokio::test]
async fn rejects_a_second_message_at_a_used_leaf() {
    let (mut chain, mut signer) = signer().await;
    let transfer = |nonce, amount| Transfer {
        from: 5,
        to: OTHER,
        amount,
        fee: 1,
        nonce,
    };
    let seen = chain.see(5);
    let sent = signer.transfer_at(&seen, transfer(103, 1)).await.unwrap();
    for (nonce, amount) in [(103, 2), (102, 1), (100, 1)] {
        let refused = signer.transfer_at(&seen, transfer(nonce, amount)).await;
        assert_eq!(code(refused), "signer-leaf-used", "nonce {nonce}");
    }
    for nonce in [99, 0] {
        let refused = signer.transfer_at(&seen, transfer(nonce, 1)).await;
        assert_eq!(code(refused), "signer-nonce-used", "nonce {nonce}");
    }
    let refused = signer.transfer_at(&seen, transfer(u32::MAX, 1)).await;
    assert_eq!(code(refused), "signer-nonce-past-end");
    // Given up, its leaf is gone; taken, as well, and then the very same transfer is too.
    signer.abandon(sent.hash()).await.unwrap();
    for amount in [1, 2] {
        let refused = signer.transfer_at(&seen, transfer(103, amount)).await;
        assert_eq!(code(refused), "signer-leaf-used");
    }
    chain = chain.used(5, 1);
    let seen = chain.see(5);
    let sent = signer.transfer_at(&seen, transfer(104, 1)).await.unwrap();
    chain.take(&sent.to_bytes()).unwrap();
    let refused = signer.transfer_at(&chain.see(5), transfer(104, 1)).await;
    assert_eq!(code(refused), "signer-unsettled");
    signer.settle(&chain.see(5)).await.unwrap();
    let refused = signer.transfer_at(&chain.see(5), transfer(104, 1)).await;
    assert_eq!(code(refused), "signer-leaf-used");
    assert_eq!(signer.pending().await.unwrap(), None);
}

/// At leaf 0 of a key that has signed nothing, a nonce from before the key would be a second message.
#[tokio::test]
async fn rejects_a_nonce_from_before_the_key() {
    let (chain, mut signer) = signer().await;
    for nonce in [99, 0] {
        let transfer = Transfer {
            from: 5,
            to: OTHER,
            amount: 1,
            fee: 0,
            nonce,
        };
        let refused = signer.transfer_at(&chain.see(5), transfer).await;
        assert_eq!(code(refused), "signer-nonce-used");
    }
    assert_eq!(signer.status().await.unwrap().pending, None);
}

/// The answer was lost, a block has taken it, and the button is pressed again with the account of that block.
#[tokio::test]
async fn a_payment_that_was_taken_is_not_made_again_before_its_owner_is_told() {
    let (mut chain, mut signer) = signer().await;
    let lost = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    chain.take(&lost.to_bytes()).unwrap();
    let seen = chain.see(5);
    let Operation::Transfer(same) = lost.signed().operation else {
        panic!("{lost:?}");
    };
    for _ in 0..2 {
        let refused = [
            signer.transfer(&seen, &PAYMENT).await,
            signer.transfer_at(&seen, same).await,
            signer.rekey(&seen, key(2, 4), 1, NOW_MS).await,
            signer.rekey_again(&seen, 1, NOW_MS).await,
        ];
        for refused in refused {
            match refused {
                Err(SignerError::Unsettled { operation }) => assert_eq!(operation, *lost.hash()),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(signer.pending().await.unwrap().as_ref(), Some(&lost));
    let settled = signer.settle(&seen).await.unwrap();
    assert_eq!(settled, Settled::Spent(*lost.hash()));
    assert_eq!(settled.operation(), Some(lost.hash()));
    let mut again = open(signer.store().clone(), &Drawn::default()).await;
    let status = again.status().await.unwrap();
    assert_eq!((status.pending, status.last), (None, Some(*lost.hash())));
    let _ = again.transfer(&seen, &PAYMENT).await.unwrap();
}

#[tokio::test]
async fn rejects_the_present_key_as_the_new_one() {
    let (chain, mut signer) = signer().await;
    let refused = signer.rekey(&chain.see(5), key(1, 5), 1, NOW_MS).await;
    assert_eq!(code(refused), "signer-same-key");
    assert_eq!(signer.status().await.unwrap().pending, None);
}

/// Somebody registers the drawn number first, and gives the account to the key that asked for it.
#[tokio::test]
async fn a_number_that_was_registered_by_another_key_is_taken_whoever_has_it_then() {
    let store = MemorySignerStore::default();
    let drawn = Drawn::default();
    let mut signer = create(store, &drawn, key(1, 5)).await.unwrap();
    let asked = signer.register().await.unwrap();
    let index = asked.signed().operation.signer();
    let given = Chain::new().with(index, key(1, 5).key_id(), 1);
    let settled = signer.settle(&given.see(index)).await.unwrap();
    assert_eq!(settled, Settled::Taken(*asked.hash()));
    let status = signer.status().await.unwrap();
    assert_eq!((status.account, status.last), (None, Some(*asked.hash())));
    // Nor is it the key's account afterwards, unless its owner says so.
    let refused = signer.settle(&given.see(index)).await;
    assert_eq!(code(refused), "signer-account-unproven");
    let second = signer.register().await.unwrap();
    let refused = signer.settle(&given.see(index)).await;
    assert_eq!(code(refused), "signer-other-account");
    // One that the key has registered shows that by itself.
    let mut chain = Chain::new();
    chain.take(&second.to_bytes()).unwrap();
    let index = second.signed().operation.signer();
    let settled = signer.settle(&chain.see(index)).await.unwrap();
    assert_eq!(settled, Settled::Spent(*second.hash()));
    assert_eq!(signer.status().await.unwrap().account, Some(index));
    assert_eq!(
        code(signer.vouch_for_account(5).await),
        "signer-other-account"
    );
}

/// A file that was set back has registered the number before: whichever was taken, it is the key's.
#[tokio::test]
async fn a_registration_ends_where_the_key_has_registered_the_number_before() {
    use rpp_verifier::Account;

    let store = MemorySignerStore::default();
    let mut signer = create(store, &Drawn::default(), key(1, 5)).await.unwrap();
    let first = signer.register().await.unwrap();
    let index = first.signed().operation.signer();
    let taken = Chain::new().with(index, key(2, 4).key_id(), 1);
    signer.settle(&taken.see(index)).await.unwrap();
    let second = signer.register().await.unwrap();
    let index = second.signed().operation.signer();
    let account = Account {
        key_id: key(1, 5).key_id(),
        balance: 0,
        nonce: 1,
        key_offset: 0,
    };
    let mut chain = Chain::new();
    chain.accounts = chain.accounts.with(index, account);
    let settled = signer.settle(&chain.see(index)).await.unwrap();
    assert_eq!(settled, Settled::Spent(*second.hash()));
}

#[tokio::test]
async fn rejects_what_the_account_cannot_pay_before_a_leaf_is_spent() {
    let (chain, mut signer) = signer().await;
    let (to, seen) = (OTHER, chain.see(5));
    for (amount, fee) in [(1000, 1), (0, 1001), (u64::MAX, u64::MAX)] {
        let payment = Payment { to, amount, fee };
        let refused = signer.transfer(&seen, &payment).await;
        assert_eq!(code(refused), "signer-balance");
    }
    let refused = signer.rekey(&seen, key(2, 4), 1001, NOW_MS).await;
    assert_eq!(code(refused), "signer-balance");
    let (amount, fee) = (999, 1);
    let payment = Payment { to, amount, fee };
    let sent = signer.transfer(&seen, &payment).await.unwrap();
    assert_eq!(sent.signed().operation.nonce(), 100);
}

#[tokio::test]
async fn draws_again_where_the_number_is_taken() {
    let store = MemorySignerStore::default();
    let mut signer = Signer::create(store, Drawn::default(), key(1, 4), &passphrase())
        .await
        .unwrap();
    let first = signer.register().await.unwrap();
    assert_eq!(code(signer.register().await), "signer-pending");
    let index = first.signed().operation.signer();
    let mut chain = Chain::new().with(index, key(3, 4).key_id(), 1);
    assert_eq!(
        signer.settle(&chain.see(index)).await.unwrap(),
        Settled::Taken(*first.hash())
    );
    let second = signer.register().await.unwrap();
    let Operation::Register(register) = second.signed().operation else {
        panic!("{second:?}");
    };
    assert_eq!(register.leaf, 1);
    assert_ne!(register.index, index);
    chain.take(&second.to_bytes()).unwrap();
    let settled = signer.settle(&chain.see(register.index)).await.unwrap();
    assert_eq!(settled, Settled::Spent(*second.hash()));
}

#[tokio::test]
async fn rejects_accounts_that_are_not_its_own() {
    let (chain, mut signer) = signer().await;
    // An account with its key makes it the signer's.
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Nothing
    );
    assert_eq!(
        code(signer.settle(&chain.see(OTHER)).await),
        "signer-other-account"
    );
    let stranger = chain.clone().with(5, key(3, 4).key_id(), 1);
    assert_eq!(
        code(signer.settle(&stranger.see(5)).await),
        "signer-other-key"
    );
    let elsewhere = see(&chain.accounts, CHAIN + 1, 5, NOW_MS);
    assert_eq!(code(signer.settle(&elsewhere).await), "signer-chain-id");
    let from = |from| Transfer {
        from,
        to: 5,
        amount: 1,
        fee: 0,
        nonce: 100,
    };
    let refused = signer.transfer_at(&chain.see(5), from(OTHER)).await;
    assert_eq!(code(refused), "signer-other-account");
    assert!(signer.transfer_at(&chain.see(5), from(5)).await.is_ok());

    // One without an account has none to sign for.
    let store = MemorySignerStore::default();
    let mut signer = Signer::create(store, Drawn::default(), key(4, 4), &passphrase())
        .await
        .unwrap();
    let vacant = chain.see(77);
    assert_eq!(
        code(signer.transfer(&vacant, &PAYMENT).await),
        "signer-no-account"
    );
    let stranger = chain.see(OTHER);
    assert_eq!(
        code(signer.transfer(&stranger, &PAYMENT).await),
        "signer-other-key"
    );
}

#[tokio::test]
async fn rejects_a_new_key_of_another_chain() {
    let (chain, mut signer) = signer().await;
    let entropy = rpp_light_client::Entropy::from_fresh_bytes([8; 32]);
    let foreign = rpp_light_client::AccountKey::generate(entropy, CHAIN + 1, 4, &|_| ()).unwrap();
    let refused = signer.rekey(&chain.see(5), foreign, 1, NOW_MS).await;
    assert_eq!(code(refused), "signer-chain-id");
}

#[tokio::test]
async fn a_change_of_key_is_signed_again_for_another_fee_and_never_given_up() {
    let (mut chain, mut signer) = signer().await;
    let oracle = Oracle::default();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Nothing
    );
    assert_eq!(
        code(signer.rekey_again(&chain.see(5), 2, NOW_MS).await),
        "signer-nothing-pending"
    );
    let new_key = key(2, 4);
    let new_id = new_key.key_id();
    let first = signer
        .rekey(&chain.see(5), new_key, 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&first, 100);
    let refused = signer.abandon(first.hash()).await;
    assert_eq!(code(refused), "signer-rekey-pending");
    let refused = signer.rekey(&chain.see(5), key(3, 4), 1, NOW_MS).await;
    assert_eq!(code(refused), "signer-rekey-pending");
    let second = signer.rekey_again(&chain.see(5), 2, NOW_MS).await.unwrap();
    oracle.saw(&second, 100);
    assert_eq!(oracle.count(), 2);
    assert_eq!(second.signed().operation.fee(), 2);
    // Either is taken: here the first, although the second is under way.
    let old = chain.clone();
    chain.take(&first.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*second.hash()))
    );
    assert_eq!(signer.status().await.unwrap().key_id, new_id);
    // What is behind that is refused, and changes nothing.
    assert_eq!(code(signer.settle(&old.see(5)).await), "signer-other-key");
    let payment = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    oracle.saw(&payment, 101);
    chain.take(&payment.to_bytes()).unwrap();
}

#[tokio::test]
async fn a_store_with_a_key_is_not_overwritten() {
    let (_, signer) = signer().await;
    let store = signer.store().clone();
    let refused = Signer::create(store.clone(), Drawn::default(), key(2, 4), &passphrase()).await;
    assert_eq!(code(refused), "signer-exists");
    let empty = MemorySignerStore::default();
    let refused = Signer::open(empty, Drawn::default(), &passphrase()).await;
    assert_eq!(code(refused), "signer-no-key");
    assert!(
        Signer::open(store, Drawn::default(), &passphrase())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_changed_passphrase_locks_out_the_old_one_and_other_handles() {
    use rpp_light_client::{Cost, Passphrase, SignerStore};

    let (chain, mut signer) = signer().await;
    let store = signer.store().clone();
    let mut other = open(store.clone(), &Drawn::default()).await;
    let before = store.load().await.unwrap();
    let new = Passphrase::new("another").cost(Cost::new(2048, 1).unwrap());
    signer.change_passphrase(&new).await.unwrap();
    assert_ne!(store.load().await.unwrap(), before);
    let refused = Signer::open(store.clone(), Drawn::default(), &passphrase()).await;
    assert_eq!(code(refused), "key-file-passphrase");
    assert_eq!(
        code(other.transfer(&chain.see(5), &PAYMENT).await),
        "key-file-relocked"
    );
    assert!(signer.transfer(&chain.see(5), &PAYMENT).await.is_ok());
    let mut again = Signer::open(store, Drawn::default(), &new).await.unwrap();
    assert!(again.pending().await.unwrap().is_some());
}

/// Written, and then nobody is told: the file has the new passphrase.
#[tokio::test]
async fn a_passphrase_that_may_be_changed_is_either() {
    use rpp_light_client::{Cost, Passphrase};

    for cut in [Cut::Before, Cut::After] {
        let store = CutStore::default();
        let mut signer = create_for_5(store.clone(), &Drawn::default(), key(1, 4)).await;
        let new = Passphrase::new("another").cost(Cost::new(1024, 1).unwrap());
        store.cut(0, cut);
        let refused = signer.change_passphrase(&new).await;
        assert_eq!(code(refused), "storage-failed");
        let old = Signer::open(store.clone(), Drawn::default(), &passphrase()).await;
        let new = Signer::open(store, Drawn::default(), &new).await;
        let opened = signer.status().await.map(|status| status.account);
        match cut {
            Cut::Before => {
                assert_eq!(opened.unwrap(), Some(5));
                assert_eq!((old.is_ok(), code(new)), (true, "key-file-passphrase"));
            }
            Cut::After => {
                assert_eq!(code(opened), "key-file-relocked");
                assert_eq!((code(old), new.is_ok()), ("key-file-passphrase", true));
            }
        }
    }
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?} {:?}", key(1, 4), passphrase());
    assert!(!printed.contains("a passphrase"));
    assert!(!printed.contains("state"));
}

/// Two registrations of one key would be two accounts.
#[tokio::test]
async fn a_registration_is_not_given_up_before_its_number_is_taken() {
    let store = MemorySignerStore::default();
    let drawn = Drawn::default();
    let mut signer = create(store, &drawn, key(1, 5)).await.unwrap();
    let first = signer.register().await.unwrap();
    for _ in 0..2 {
        let refused = signer.abandon(first.hash()).await;
        assert_eq!(code(refused), "signer-registration-pending");
        assert_eq!(code(signer.register().await), "signer-pending");
        assert_eq!(signer.pending().await.unwrap().as_ref(), Some(&first));
        signer = open(signer.store().clone(), &drawn).await;
    }
    let index = first.signed().operation.signer();
    let taken = Chain::new().with(index, key(3, 4).key_id(), 1);
    let settled = signer.settle(&taken.see(index)).await.unwrap();
    assert_eq!(settled, Settled::Taken(*first.hash()));
    assert!(signer.register().await.is_ok());
}

/// The owner named a stranger's account, to which somebody gave the key.
#[tokio::test]
async fn a_wrong_number_can_be_put_right_until_a_leaf_was_given_out_for_it() {
    let (chain, mut signer) = signer().await;
    let chain = give_to_6(&chain, key(1, 5).key_id());
    signer.vouch_for_account(6).await.unwrap();
    assert_eq!(
        signer.settle(&chain.see(6)).await.unwrap(),
        Settled::Nothing
    );
    signer.vouch_for_account(5).await.unwrap();
    let mut signer = open(signer.store().clone(), &Drawn::default()).await;
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Nothing
    );
    let sent = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(code(signer.vouch_for_account(6).await), "signer-pending");
    signer.abandon(sent.hash()).await.unwrap();
    // Whoever vouches for the same one again has not taken that back.
    for _ in 0..2 {
        let refused = signer.vouch_for_account(6).await;
        assert_eq!(code(refused), "signer-other-account");
        signer.vouch_for_account(5).await.unwrap();
    }
}
