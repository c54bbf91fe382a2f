//! A devnet with a load: its accounts register, take from the faucet and pay each other.

use rpp_devnet::{FAUCET_ACCOUNT, Load, SUPPLY};
use rpp_prover_host::load::send;
use rpp_prover_host::prove::Witnesses;
use rpp_verifier::Accounts;
use tokio_util::sync::CancellationToken;

use crate::support::Opened;

/// Returns how many accounts of the load have paid.
fn paid(accounts: &Accounts) -> usize {
    let pays = |&(number, account): &(u32, &rpp_verifier::Account)| {
        // The nonce after a registration is 1.
        number > FAUCET_ACCOUNT && account.nonce > 1
    };
    accounts.iter().filter(pays).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_of_a_load_pays() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let stop = CancellationToken::new();
    let load = Load::new(opened.devnet.faucet().clone(), 200).with_key_height(5);
    let load = tokio::spawn(send(load, opened.host.clone(), stop.clone()));
    let pipeline = opened.pipeline(Witnesses::Drop);
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    let host = opened.host.clone();
    let all_paid = |_: &_| (paid(&host.newest_accounts().1) == Load::ACCOUNTS).then_some(());
    host.wait_for(all_paid).await;
    stop.cancel();
    load.await.unwrap();
    running.await.unwrap().unwrap();
    let (_, accounts) = host.newest_accounts();
    let supply: u64 = accounts.iter().map(|(_, account)| account.balance).sum();
    assert_eq!(supply, SUPPLY);
    host.database().close().await;
    opened.keys.close().await;
}
