//! Accounts and operations under a light client's head; and a host that lies about them.

use rpp_devnet::{FAUCET_ACCOUNT, Faucet, SUPPLY};
use rpp_light_client::{Answer, Error, OperationState};
use rpp_verifier::{
    Account, Ancestor, Block, Digest, KeyAccounts, Operation, OperationHash, Proposer,
    ServedAccount, TransactionStatus,
};

use crate::light_client::{CHAIN, Link, TOP, at_top, served};
use crate::support::{STARK, stark_or};

#[tokio::test]
async fn shows_balances_and_that_there_is_no_account() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let faucet = ledger.account(FAUCET_ACCOUNT).await.unwrap();
    let given = 3 * (Faucet::AMOUNT + Faucet::FEE);
    assert_eq!(faucet.balance(), Some(SUPPLY - given));
    assert_eq!((faucet.height(), faucet.index()), (TOP, FAUCET_ACCOUNT));
    assert_eq!(
        link.asked(),
        [format!("/v1/accounts/{FAUCET_ACCOUNT}?height={TOP}")]
    );
    assert_eq!(ledger.account(77_777).await.unwrap().account(), None);
    // The accounts of a key.
    let key_id = faucet.account().unwrap().key_id;
    let of_key = ledger.accounts_of(&key_id, 4).await.unwrap();
    assert_eq!((of_key.accounts, of_key.is_whole), (vec![faucet], true));
    let of_none = ledger.accounts_of(&Digest::ZERO, 4).await.unwrap();
    assert_eq!((of_none.accounts, of_none.is_whole), (Vec::new(), true));
    // As it was before the gifts.
    let before = ledger.at(0).await.unwrap();
    assert_eq!(
        before.account(FAUCET_ACCOUNT).await.unwrap().balance(),
        Some(SUPPLY)
    );
}

#[tokio::test]
async fn believes_no_account_that_the_header_does_not_show() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    type Lie = fn(&mut ServedAccount);
    let lies: [(Lie, &str); 5] = [
        (|served| account_of(served).balance += 1, "claim-account"),
        (|served| account_of(served).nonce += 1, "claim-account"),
        (|served| served.index += 1, "other-account"),
        (|served| served.height -= 1, "other-height"),
        (|served| served.opening.account = None, "claim-account"),
    ];
    for (lie, code) in lies {
        link.forge("/v1/accounts/", lie);
        let error = ledger.account(FAUCET_ACCOUNT).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false));
    }
    // An honest answer about an older state is a lie about this one.
    let older = served(&link, "/v1/accounts/0?height=1").await;
    link.tell(move |_, answer| Answer {
        body: older.clone(),
        ..answer
    });
    let error = ledger.account(0).await.unwrap_err();
    assert_eq!(error.code(), "other-height");
}

#[tokio::test]
async fn believes_no_list_of_accounts_that_does_not_end() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let faucet = ledger.account(FAUCET_ACCOUNT).await.unwrap();
    let key_id = faucet.account().unwrap().key_id;
    type Lie = fn(&mut KeyAccounts);
    let lies: [(Lie, &str); 6] = [
        (|page| page.key_id = Digest::ZERO, "other-key"),
        (|page| page.next = Some(0), "list-order"),
        (|page| page.accounts = vec![5, 5], "list-order"),
        (|page| page.accounts = vec![u32::MAX; 2], "list-order"),
        (
            |page| (page.accounts, page.next) = (vec![u32::MAX], Some(u32::MAX)),
            "list-order",
        ),
        (
            |page| (page.accounts, page.next) = (Vec::new(), Some(0)),
            "list-order",
        ),
    ];
    for (lie, code) in lies {
        link.forge("/v1/keys/", lie);
        let error = ledger.accounts_of(&key_id, 4).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    // Strangers may give their accounts this key: what was looked at is shown, and that there may be more.
    link.forge("/v1/keys/", |page: &mut KeyAccounts| {
        page.accounts.extend(FAUCET_ACCOUNT + 1..FAUCET_ACCOUNT + 5);
    });
    let some = ledger.accounts_of(&key_id, 4).await.unwrap();
    assert_eq!((some.accounts, some.is_whole), (vec![faucet], false));
    // One that is of another key is left out.
    link.forge("/v1/keys/", |page: &mut KeyAccounts| {
        page.accounts = vec![0, 1];
    });
    let none = ledger.accounts_of(&key_id, 4).await.unwrap();
    assert_eq!((none.accounts, none.is_whole), (Vec::new(), true));
    // Pages on which nothing is left end.
    link.forge("/v1/keys/", |page: &mut KeyAccounts| {
        (page.accounts, page.next) = (Vec::new(), Some(u32::MAX));
    });
    let error = ledger.accounts_of(&key_id, 4).await.unwrap_err();
    assert_eq!(error.code(), "list-order");
}

#[tokio::test]
async fn shows_that_an_operation_is_in_a_block_and_nothing_else() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let hash = CHAIN.gifts[1].hash();
    let OperationState::Included(included) = ledger.operation(&hash).await.unwrap() else {
        panic!("it is in a block")
    };
    assert_eq!(*included.operation(), hash);
    assert!((1..=TOP).contains(&included.height()));
    let unknown = ledger
        .operation(&OperationHash(Digest::ZERO))
        .await
        .unwrap();
    assert_eq!(unknown, OperationState::Unknown);
    type Lie = fn(&mut TransactionStatus);
    let lies: [(Lie, &str); 3] = [
        (
            |status| {
                if let TransactionStatus::Included { position, .. } = status {
                    *position += 1;
                }
            },
            "claim-inclusion",
        ),
        (
            |status| {
                if let TransactionStatus::Included { height, .. } = status {
                    *height = 5;
                }
            },
            "claim-inclusion",
        ),
        (
            |status| {
                if let TransactionStatus::Included { signed, .. } = status {
                    *signed = CHAIN.gifts[0].clone();
                }
            },
            "other-operation",
        ),
    ];
    for (lie, code) in lies {
        link.forge("/v1/transactions/", lie);
        let error = ledger.operation(&hash).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false));
    }
    // What is said to be above the header is nothing yet.
    link.forge("/v1/transactions/", |status: &mut TransactionStatus| {
        if let TransactionStatus::Included { height, .. } = status {
            *height = TOP + 1;
        }
    });
    let ahead = ledger.operation(&hash).await.unwrap();
    assert_eq!(ahead, OperationState::Ahead { height: TOP + 1 });
}

#[tokio::test]
async fn believes_no_header_that_is_not_in_the_history() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    for height in [0, 2, TOP - 1, TOP] {
        let header = ledger.ancestor(height).await.unwrap();
        assert_eq!(header.header().height, height);
    }
    let above = ledger.ancestor(TOP + 1).await.unwrap_err();
    assert_eq!(
        (above.code(), above.kind().name()),
        ("above-head", "config")
    );
    link.forge("/v1/blocks/", |block: &mut Block| {
        block.header.timestamp_ms += 1;
    });
    for (height, code) in [(2, "claim-not-ancestor"), (TOP - 1, "claim-not-parent")] {
        let error = ledger.ancestor(height).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    link.forge("/v1/ancestors/", |ancestor: &mut Ancestor| {
        ancestor.within -= 1
    });
    let error = ledger.ancestor(2).await.unwrap_err();
    assert_eq!(error.code(), "other-ancestor");
}

#[tokio::test]
async fn shows_what_one_block_did() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let shown = ledger.transition().await.unwrap();
    assert_eq!(shown.height(), TOP);
    let third = ledger.at(3).await.unwrap().transition().await.unwrap();
    assert_eq!(third.height(), 3);
    link.forge::<Proposer>("/v1/blocks/6/proposer", |proposer| {
        proposer.validator.account += 1;
    });
    let error = ledger.transition().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("state-proposer", false)
    );
    let other = served(&link, "/v1/blocks/5/proofs/state").await;
    link.tell(move |request, mut answer| {
        if request.path.ends_with("/proofs/state") {
            answer.body = other.clone();
        }
        answer
    });
    let error = ledger.transition().await.unwrap_err();
    assert_eq!(stark_or(error.code()), STARK);
}

#[tokio::test]
async fn hands_in_an_operation_once_or_twice_and_says_why_it_is_refused() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    // A host answers the same to the same bytes, also when they are in a block.
    let gift = &CHAIN.gifts[0];
    for _ in 0..2 {
        assert_eq!(client.submit(gift).await.unwrap(), gift.hash());
    }
    let mut other = gift.clone();
    if let Operation::Transfer(transfer) = &mut other.operation {
        transfer.amount += 1;
    }
    let refused = client.submit(&other).await.unwrap_err();
    let Error::Problem(problem) = &refused else {
        panic!("{refused}")
    };
    assert!(problem.provider_code.is_some(), "{problem}");
    assert_eq!(problem.code(), "provider-refused");
    // Another operation's hash, and what is no answer.
    let hash = CHAIN.gifts[2].hash();
    link.forge(
        "/v1/transactions",
        move |taken: &mut rpp_verifier::Submitted| taken.hash = hash,
    );
    assert_eq!(
        client.submit(gift).await.unwrap_err().code(),
        "other-operation"
    );
    link.tell(|_, answer| Answer {
        status: 200,
        ..answer
    });
    let refused = client.submit(gift).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.is_transient()),
        ("provider-refused", true)
    );
    drop(verdict);
}

fn account_of(served: &mut ServedAccount) -> &mut Account {
    served.opening.account.as_mut().unwrap()
}

#[tokio::test]
async fn calls_what_nothing_shows_the_providers_word() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let gift = &CHAIN.gifts[1];
    link.forge("/v1/transactions/", |status: &mut TransactionStatus| {
        let (signed, height) = (CHAIN.gifts[1].clone(), TOP);
        *status = TransactionStatus::Pending { signed, height };
    });
    let pending = ledger.operation(&gift.hash()).await.unwrap();
    assert_eq!(pending, OperationState::Pending { height: TOP });
    link.forge("/v1/transactions/", |status: &mut TransactionStatus| {
        *status = TransactionStatus::Dropped {
            hash: CHAIN.gifts[1].hash(),
            height: 4,
            code: "pool-full".parse().unwrap(),
        };
    });
    let dropped = ledger.operation(&gift.hash()).await.unwrap();
    let code = "pool-full".parse().unwrap();
    assert_eq!(dropped, OperationState::Dropped { height: 4, code });
    // About another one, neither is an answer.
    let other = ledger.operation(&CHAIN.gifts[0].hash()).await.unwrap_err();
    assert_eq!(other.code(), "other-operation");
}

#[tokio::test]
async fn takes_accounts_that_are_kept_no_longer_for_trouble() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    link.tell(|_, answer| Answer {
        status: 410,
        content_type: "application/problem+json".into(),
        body: br#"{"code":"state-gone"}"#.to_vec(),
        ..answer
    });
    let gone = ledger.account(FAUCET_ACCOUNT).await.unwrap_err();
    assert_eq!(
        (gone.code(), gone.is_transient()),
        ("provider-refused", true)
    );
    let Error::Problem(problem) = gone else {
        panic!("{gone}")
    };
    assert_eq!(problem.provider_code.as_deref(), Some("state-gone"));
}
