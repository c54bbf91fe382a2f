//! Blocks with operations: what they take, what they leave out, and that they are decided once.

use rpp_devnet::{FAUCET_ACCOUNT, Faucet, SUPPLY, SignedBlock, Step, Steps, Stopped};
use rpp_verifier::{Accounts, Operation, SignedOperation};

use crate::support::{CONFIG, Opened, connect};
use crate::wallet::Wallet;

fn stop_at(step: Step) -> Steps {
    Steps::watched(move |at| {
        let stopped = at == step;
        if stopped { Err(Stopped(at)) } else { Ok(()) }
    })
}

async fn open(data: &tempfile::TempDir) -> Opened {
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    opened.unwrap()
}

fn supply(state: &Accounts) -> u64 {
    state.iter().map(|(_, account)| account.balance).sum()
}

fn bytes(block: &SignedBlock) -> Vec<Vec<u8>> {
    let operations = block.operations.iter();
    operations.map(SignedOperation::to_bytes).collect()
}

#[tokio::test]
async fn the_genesis_has_an_account_for_each_seat_and_the_faucet() {
    let data = tempfile::tempdir().unwrap();
    let opened = open(&data).await;
    let accounts: Vec<_> = opened.state.iter().collect();
    let numbers: Vec<_> = accounts.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, FAUCET_ACCOUNT]);
    let balances: Vec<_> = accounts.iter().map(|(_, a)| a.balance).collect();
    assert_eq!(balances, [0, 0, 0, 0, SUPPLY]);
    assert_eq!(opened.devnet.genesis().state_root, opened.state.root());
    opened.close().await;
    let opened = open(&data).await;
    assert_eq!(opened.devnet.genesis().state_root, opened.state.root());
}

/// From nothing to an account that pays another, and the fees to whoever proposed.
#[tokio::test]
async fn an_account_registers_receives_and_pays() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = open(&data).await;
    let mut wallet = Wallet::new(70_000, 4);
    let block = opened.next_with(vec![wallet.register()]).await.unwrap();
    assert_eq!(block.operations.len(), 1);
    assert_eq!(wallet.account(&opened.state).key_id, wallet.key_id());
    let gift = opened.devnet.faucet().give(wallet.index).await.unwrap();
    let block = opened.next_with(vec![gift]).await.unwrap();
    assert_eq!(wallet.account(&opened.state).balance, Faucet::AMOUNT);
    let gifts = block.proposer().account;
    let before = opened.state.get(gifts).unwrap().balance;
    assert_eq!(before, Faucet::FEE);
    // Two in one block, each on what the one before left.
    let pool = vec![
        wallet.transfer(2, 10, 7),
        wallet.transfer(wallet.index, 5, 1),
    ];
    let block = opened.next_with(pool.clone()).await.unwrap();
    assert_eq!(block.operations, pool);
    let paid = Faucet::AMOUNT - 10 - 7 - 1;
    assert_eq!(wallet.account(&opened.state).balance, paid);
    assert_eq!(supply(&opened.state), SUPPLY);
    // The same again is in no other block.
    let block = opened.next_with(pool).await.unwrap();
    assert_eq!(block.operations, []);
    assert_eq!(block.header.state_root, block.parent.state_root);
}

#[tokio::test]
async fn what_the_state_does_not_allow_is_left_out() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = open(&data).await;
    let mut wallet = Wallet::new(70_000, 5);
    let mut stranger = Wallet::new(70_001, 4);
    opened.next_with(vec![wallet.register()]).await.unwrap();
    let gift = opened.devnet.faucet().give(wallet.index).await.unwrap();
    opened.next_with(vec![gift]).await.unwrap();
    let good = wallet.transfer(1, 1, 1);
    let mut changed = wallet.transfer(1, 2, 1);
    if let Operation::Transfer(transfer) = &mut changed.operation {
        transfer.amount += 1;
    }
    let mut elsewhere = wallet.transfer(1, 3, 1);
    elsewhere.chain_id += 1;
    let overdraft = wallet.transfer(1, Faucet::AMOUNT + 1, 0);
    let to_nobody = wallet.transfer(70_002, 1, 0);
    let unknown = stranger.transfer(1, 1, 1);
    let mut taken = Wallet::new(wallet.index, 6);
    let last = wallet.transfer(1, 4, 1);
    let pool = vec![
        elsewhere,
        changed,
        overdraft,
        to_nobody,
        unknown,
        taken.register(),
        good.clone(),
        good.clone(),
        last.clone(),
    ];
    let block = opened.next_with(pool).await.unwrap();
    assert_eq!(block.operations, [good, last]);
}

#[tokio::test]
async fn a_block_has_room_for_256_operations_and_16_registrations() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = open(&data).await;
    let mut wallet = Wallet::new(70_000, 9);
    opened.next_with(vec![wallet.register()]).await.unwrap();
    let gift = opened.devnet.faucet().give(wallet.index).await.unwrap();
    opened.next_with(vec![gift]).await.unwrap();
    let registrations: Vec<_> = (0..18)
        .map(|i| Wallet::new(80_000 + i, 4).register())
        .collect();
    let transfers: Vec<_> = (0..250).map(|_| wallet.transfer(3, 1, 1)).collect();
    let pool = [&registrations[..], &transfers].concat();
    let block = opened.next_with(pool).await.unwrap();
    let taken = [&registrations[..16], &transfers[..240]].concat();
    assert_eq!(block.operations, taken);
    let rest = [&registrations[16..], &transfers[240..]].concat();
    let block = opened.next_with(rest.clone()).await.unwrap();
    assert_eq!(block.operations, rest);
    assert_eq!(supply(&opened.state), SUPPLY);
}

#[tokio::test]
async fn rejects_accounts_that_are_not_those_of_the_parent() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = open(&data).await;
    let genesis = opened.state.clone();
    let gift = opened.devnet.faucet().give(2).await.unwrap();
    opened.next_with(vec![gift]).await.unwrap();
    opened.state = genesis;
    let error = opened.next().await.unwrap_err();
    assert_eq!(error.code(), Some("data-damaged"), "{error}");
    let other = matches!(error, rpp_devnet::DevnetError::OtherAccounts { height: 1 });
    assert!(other, "{error}");
}

/// Whatever the pool says at the next start.
#[tokio::test]
async fn a_decided_block_keeps_its_operations() {
    for step in [
        Step::ProposalSaved,
        Step::Marked,
        Step::Signed,
        Step::StatesSaved,
        Step::SecretsErased,
    ] {
        let data = tempfile::tempdir().unwrap();
        let mut opened = open(&data).await;
        let mut gifts = Vec::new();
        for to in 0..4 {
            gifts.push(opened.devnet.faucet().give(to).await.unwrap());
        }
        let first = opened.next_with(gifts[..2].to_vec()).await.unwrap();
        let state = opened.state.clone();
        opened.close().await;
        let reopen = async |steps, pool: &[SignedOperation]| {
            let tip = Some(first.header.clone());
            let opened = Opened::at(CONFIG, data.path(), tip, steps).await;
            let mut opened = opened.unwrap();
            opened.state = state.clone();
            opened.pool = pool.to_vec();
            opened
        };
        let mut killed = reopen(stop_at(step), &gifts[2..]).await;
        killed.next().await.unwrap_err();
        killed.close().await;
        let mut again = reopen(Steps::default(), &gifts[3..]).await;
        let block = again.next().await.unwrap();
        let expected: Vec<_> = gifts[2..].iter().map(SignedOperation::to_bytes).collect();
        assert_eq!(bytes(&block), expected, "{step:?}");
        again.close().await;
        // And once more, since nobody asked for its child.
        let mut again = reopen(Steps::default(), &[]).await;
        let repeated = again.next().await.unwrap();
        assert_eq!(repeated.header, block.header, "{step:?}");
        assert_eq!(bytes(&repeated), expected, "{step:?}");
        // With its child it is somebody else's to keep.
        let child = again.next().await.unwrap();
        assert_eq!(child.operations, []);
        again.close().await;
        let mut connection = connect(data.path()).await;
        let kept = sqlx::query_scalar("SELECT count(*) FROM operations");
        let kept: u32 = kept.fetch_one(&mut connection).await.unwrap();
        assert_eq!(kept, 0);
    }
}

#[tokio::test]
async fn a_block_that_was_not_saved_is_decided_anew_from_what_there_is() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, stop_at(Step::Proposed)).await;
    let mut opened = opened.unwrap();
    let gift = opened.devnet.faucet().give(1).await.unwrap();
    opened.next_with(vec![gift.clone()]).await.unwrap_err();
    opened.close().await;
    let mut opened = open(&data).await;
    assert_eq!(opened.next().await.unwrap().operations, []);
    let block = opened.next_with(vec![gift.clone()]).await.unwrap();
    assert_eq!(block.operations, [gift]);
}
