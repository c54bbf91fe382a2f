//! A client that starts from a signed setup.

mod circuits;
mod reach;
mod renewal;
mod shared;
mod start;
mod stored;
mod thief;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rpp_light_client::{
    Clock, Config, Error, ErrorKind, Follow, LightClient, MemoryStore, RootPin, Step, Store,
};
use rpp_tests::provider::Provider;
use rpp_tests::setup::{Plan, pins};

use crate::support::*;

type TestClient = LightClient<Told, MemoryStore, TestClock>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Height of the header that the online checkpoint names.
const ONLINE: u32 = 9;

/// A chain whose validators have signed another branch from block 6 on.
static OTHER: LazyLock<Provider> = LazyLock::new(|| Provider::forked(4, TOP, EPOCH, 6));
/// A chain that was silent for 20 days before block 9.
static LATE: LazyLock<Provider> =
    LazyLock::new(|| Provider::paused(4, TOP, EPOCH, 9, 20 * DAY_MS.cast_unsigned()));

fn plan() -> Plan {
    Plan::of(&CHAIN, ONLINE)
}

/// Returns the pin of the first root file.
fn pin() -> RootPin {
    let [_, _, file] = pins();
    file
}

fn pinned() -> Config {
    Config::from_setup(pin()).follow(Follow::Every(Duration::from_secs(1)))
}

/// Returns an honest provider with a setup.
fn host(plan: &Plan) -> Arc<Teller> {
    let teller = Teller::honest(TOP);
    teller.serve(plan.sign());
    teller
}

/// Returns a provider of another chain, with a setup of it.
fn host_of(chain: &'static Provider, plan: &Plan) -> Arc<Teller> {
    let teller = host(plan);
    *teller.tell.lock().unwrap() = Box::new(move |request, answer| {
        let is_setup = request.path.starts_with("/v1/setup");
        Ok(if is_setup {
            answer
        } else {
            chain.get(&request.path, TOP)
        })
    });
    teller
}

fn new_client(teller: &Arc<Teller>, clock: &TestClock) -> TestClient {
    client_with(pinned(), teller, MemoryStore::default(), clock)
}

async fn kept(client: &TestClient) -> Vec<u8> {
    client.store().load().await.unwrap().unwrap()
}

/// Returns what a client stores that has followed `CHAIN` up to `height` under a setup.
async fn stored(plan: &Plan, height: u32) -> Vec<u8> {
    let teller = host(plan);
    teller.grow(height);
    let mut client = new_client(&teller, &TestClock::new());
    follow_to(&mut client, height).await.unwrap();
    kept(&client).await
}

/// Returns the next error's code, and the sentence.
async fn refusal(client: &mut TestClient) -> Error {
    loop {
        if let Err(error) = client.next().await {
            return error;
        }
    }
}

/// Returns the plan with a checkpoint file that was made now.
fn refreshed(clock: &TestClock) -> Plan {
    Plan {
        issued_ms: clock.now().unix_ms,
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan()
    }
}
