//! Accounts, keys, proposers and transactions, checked as a client checks them.

use rpp_verifier::{
    Block, Digest, KeyAccounts, Proposer, ServedAccount, TransactionStatus, Transactions, Transfer,
    is_vacant,
};

use crate::node::PROPOSER;
use crate::operations::{Chain, transfer};
use crate::support::{get_of, read};
use crate::wallet::Wallet;

const A: u32 = 3;
const B: u32 = u32::MAX;

async fn state_root(chain: &Chain, height: u32) -> Digest {
    let block: Block = read(&chain.host, &format!("/v1/blocks/{height}")).await;
    block.header.state_root
}

#[tokio::test]
async fn accounts_come_with_their_path_under_each_of_the_newest_headers() {
    let mut chain = Chain::new().await;
    for nonce in 0..3 {
        chain.take(&chain.a.transfer(transfer(100, 1, nonce))).await;
        chain.block().await;
    }
    for restarted in [false, true] {
        if restarted {
            chain = chain.restarted().await;
        }
        for height in 0..=3 {
            let path = format!("/v1/accounts/{B}?height={height}");
            let served: ServedAccount = read(&chain.host, &path).await;
            assert_eq!((served.height, served.index), (height, B));
            let root = state_root(&chain, height).await;
            let account = served.opening.account.unwrap();
            assert!(account.is_at(B, &served.opening.path, &root));
            assert_eq!(account.balance, 10 + 100 * u64::from(height));
        }
        let newest: ServedAccount = read(&chain.host, &format!("/v1/accounts/{A}")).await;
        let header = chain.host.ledger().latest_header().clone();
        assert_eq!((newest.height, newest.header_hash), (3, header.hash()));
        assert_eq!(newest.opening.root(A), header.state_root);
        let vacant: ServedAccount = read(&chain.host, "/v1/accounts/9").await;
        assert!(is_vacant(9, &vacant.opening.path, &header.state_root));
        assert_eq!(vacant.opening.account, None);
    }
}

#[tokio::test]
async fn accounts_under_old_headers_are_gone_from_memory_and_from_the_disk() {
    let mut chain = Chain::new().await;
    for nonce in 0..15 {
        chain.take(&chain.a.transfer(transfer(1, 0, nonce))).await;
        chain.block().await;
    }
    for _ in 15..270 {
        chain.block().await;
    }
    for restarted in [false, true] {
        if restarted {
            chain = chain.restarted().await;
        }
        let gone = get_of(&chain.host, &format!("/v1/accounts/{A}?height=14")).await;
        let code = (gone.status(), gone.problem_code());
        assert_eq!(code, (410, "state-gone".to_owned()));
        let oldest: ServedAccount = read(&chain.host, &format!("/v1/accounts/{A}?height=15")).await;
        assert_eq!(oldest.opening.root(A), state_root(&chain, 15).await);
        assert_eq!(oldest.opening.account.unwrap().balance, 985);
        let ahead = get_of(&chain.host, "/v1/accounts/3?height=271").await;
        assert_eq!(ahead.problem_code(), "unknown-block");
    }
    let path = chain.data.path().join("chain.db");
    chain.host.database().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options)
        .await
        .unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM accounts")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    // The proposer, A and B: nothing changed within the last 256 blocks.
    assert_eq!(rows, 3);
}

#[tokio::test]
async fn a_transaction_is_in_its_block_by_its_path() {
    let mut chain = Chain::new().await;
    let signed: Vec<_> = (0..5)
        .map(|nonce| chain.a.transfer(transfer(1, 1, nonce)))
        .collect();
    for signed in &signed {
        chain.take(signed).await;
    }
    chain.block().await;
    let header = chain.host.ledger().latest_header().clone();
    for (expected, sent) in (0..).zip(&signed) {
        let TransactionStatus::Included {
            signed,
            height,
            position,
            count,
            path,
        } = chain.state(sent).await
        else {
            panic!("it is included");
        };
        assert_eq!((&signed, height, position, count), (sent, 1, expected, 5));
        let hash = signed.hash();
        assert!(hash.is_in_block(position, &path, count, &header.tx_root));
    }
    let proposer: Proposer = read(&chain.host, "/v1/blocks/1/proposer").await;
    let block: Block = read(&chain.host, "/v1/blocks/1").await;
    let leaf = proposer.validator.leaf();
    let root = block.certificate.unwrap().set.root;
    assert_eq!(proposer.path.root(leaf, header.proposer), root);
    assert_eq!((proposer.height, proposer.validator.account), (1, PROPOSER));
    let path = format!("/v1/accounts/{PROPOSER}");
    let fees: ServedAccount = read(&chain.host, &path).await;
    assert_eq!(fees.opening.account.unwrap().balance, 5);
}

#[tokio::test]
async fn the_accounts_of_a_key_are_those_of_now() {
    let mut chain = Chain::new().await;
    let (new, other) = (Wallet::new(3), Wallet::new(4));
    let path = |of: &Wallet| format!("/v1/keys/{}", of.key_id());
    let none: KeyAccounts = read(&chain.host, &path(&new)).await;
    assert_eq!((none.accounts.len(), none.next), (0, None));
    // One for each leaf.
    for index in 100..116 {
        chain.take(&new.register(index, index - 100)).await;
        chain.block().await;
    }
    chain.take(&chain.a.rekey(A, &new, 0)).await;
    chain.block().await;
    let first: KeyAccounts = read(&chain.host, &path(&new)).await;
    let expected: Vec<u32> = std::iter::once(A).chain(100..115).collect();
    assert_eq!((first.accounts, first.next), (expected, Some(115)));
    let rest: KeyAccounts = read(&chain.host, &format!("{}?from=115", path(&new))).await;
    assert_eq!((rest.accounts, rest.next), (vec![115], None));
    let old: KeyAccounts = read(&chain.host, &path(&chain.a)).await;
    assert!(old.accounts.is_empty());
    let never: KeyAccounts = read(&chain.host, &path(&other)).await;
    assert_eq!((never.height, never.accounts.len()), (17, 0));
}

#[tokio::test]
async fn the_operations_of_an_account_come_in_pages_newest_first() {
    let mut chain = Chain::new().await;
    let (a, b) = (chain.a, chain.b);
    let mut expected = Vec::new();
    for nonce in 0..9 {
        let back = Transfer {
            from: B,
            to: A,
            amount: 1,
            fee: 0,
            nonce,
        };
        let own = Transfer {
            to: A,
            ..transfer(1, 1, nonce)
        };
        for signed in [a.transfer(own), b.transfer(back)] {
            chain.take(&signed).await;
            expected.insert(0, signed.hash());
        }
        chain.block().await;
    }
    // Made up to more than a page, by hand of the same wallet.
    for nonce in 9..15 {
        for (from, wallet) in [(A, a), (B, b)] {
            let transfer = Transfer {
                from,
                to: A,
                ..transfer(0, u64::from(from == A), nonce)
            };
            let signed = wallet.transfer(transfer);
            chain.take(&signed).await;
            expected.insert(0, signed.hash());
        }
        chain.block().await;
    }
    let third = Wallet::new(3);
    chain.take(&third.register(77, 0)).await;
    chain.block().await;
    for nonce in 1..6 {
        let transfer = Transfer {
            from: 77,
            to: A,
            amount: 0,
            fee: 0,
            nonce,
        };
        let signed = third.transfer(transfer);
        chain.take(&signed).await;
        expected.insert(0, signed.hash());
        chain.block().await;
    }
    let path = format!("/v1/accounts/{A}/transactions");
    let first: Transactions = read(&chain.host, &path).await;
    assert_eq!((first.account, first.transactions.len()), (A, 32));
    let next = first.next.unwrap();
    assert_eq!(next, first.transactions[31].place);
    let rest: Transactions = read(&chain.host, &format!("{path}?cursor={next}")).await;
    assert_eq!(rest.next, None);
    let listed = first.transactions.iter().chain(&rest.transactions);
    let listed: Vec<_> = listed.map(|listed| listed.hash).collect();
    assert_eq!(listed, expected);
    let none: Transactions = read(&chain.host, "/v1/accounts/9/transactions").await;
    assert_eq!((none.transactions.len(), none.next), (0, None));
    let registered: Transactions = read(&chain.host, "/v1/accounts/77/transactions").await;
    assert_eq!(registered.transactions.len(), 6);
}
