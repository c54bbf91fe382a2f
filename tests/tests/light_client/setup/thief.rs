//! A host that keeps something back, a thief of the online key, and a machine that sleeps.

use rpp_light_client::{OfflineCheckpoint, TransportError, TransportFault};
use rpp_verifier::{
    Block, CheckpointFile, Document, Envelope, Header, NamedHeader, Parsed, Role, SetupSecret,
    SignedFile,
};

use super::*;

/// A newer setup was seen that revokes a circuit, and came to nothing.
#[tokio::test]
async fn a_ledger_takes_no_proof_where_no_setup_counts() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    let mut client = new_client(&teller, &clock);
    follow_to(&mut client, TOP).await.unwrap();
    let mut newer = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan()
    };
    newer
        .circuits
        .retain(|circuit| circuit.name.as_str() != "state");
    let mut signed = newer.sign();
    signed.tamper(|bundle| bundle.checkpoint.signatures.clear());
    teller.serve(signed);
    clock.sleep(DAY).await;
    assert_eq!(refusal(&mut client).await.code(), "setup-too-few-keys");
    assert!(client.setup().is_none());
    teller.take_asked();
    let ledger = client.ledger(CHAIN.header(TOP)).unwrap();
    let error = ledger.transition().await.unwrap_err();
    let asked = teller.take_asked();
    assert_eq!((error.code(), asked), ("circuit-not-listed", vec![]));
}

/// The same where the setup has expired.
#[tokio::test]
async fn a_ledger_takes_no_proof_where_the_setup_has_expired() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    let mut client = new_client(&teller, &clock);
    follow_to(&mut client, TOP).await.unwrap();
    clock.turn(100 * DAY_MS);
    teller.take_asked();
    let ledger = client.ledger(CHAIN.header(TOP)).unwrap();
    let error = ledger.transition().await.unwrap_err();
    let asked = teller.take_asked();
    assert!(asked.is_empty(), "{} {asked:?}", error.code());
}

/// Uptime stands still while a machine sleeps, on Linux and in browsers.
#[tokio::test]
async fn a_machine_that_slept_for_days_asks_for_a_setup() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    teller.grow(ONLINE);
    let mut client = new_client(&teller, &clock);
    follow_to(&mut client, ONLINE).await.unwrap();
    teller.take_asked();
    clock.turn(6 * DAY_MS);
    teller.grow(11);
    let _ = client.next().await;
    let asked = teller.take_asked();
    assert!(
        asked.iter().any(|path| path.starts_with("/v1/setup")),
        "{asked:?}"
    );
}

/// Signs a checkpoint file with the stolen checkpoint key.
fn stolen(header: &Header, version: u32, issued: u64, lasts: u64) -> SignedFile {
    let file = CheckpointFile {
        header: NamedHeader {
            height: header.height,
            hash: header.hash(),
            timestamp_ms: header.timestamp_ms,
        },
        circuits_version: 1,
        root_version: 1,
    };
    let chain_id = header.chain_id;
    let envelope = Envelope {
        chain_id,
        version,
        issued,
        expires: issued + lasts,
    };
    let content = Parsed { envelope, file }.encode();
    let secret = SetupSecret::generate([5; 72], Role::Checkpoint, chain_id, &|_| {});
    let signature = secret.unwrap().sign(&content).unwrap();
    SignedFile {
        content,
        signatures: vec![signature],
    }
}

/// A host that has the online checkpoint key dates files and headers ahead, by a day more with each answer: were one the measure of
/// the other, in the end no checkpoint could be valid any more, whoever signs it.
#[tokio::test]
async fn a_stolen_checkpoint_key_moves_the_time_by_no_more_than_a_day() {
    let clock = TestClock::new();
    let config = pinned().offline_checkpoint(OfflineCheckpoint::Waived);
    let teller = host(&plan());
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    let mut header = CHAIN.header(ONLINE).clone();
    let mut time = clock.now().unix_ms;
    for round in 0..10u32 {
        time += DAY_MS.cast_unsigned() - 1000;
        header.height += 4;
        header.timestamp_ms = time;
        let mut signed = plan().sign();
        let file = stolen(&header, 2 + round, time, 200_000);
        signed.tamper(|bundle| bundle.checkpoint = file);
        teller.serve(signed);
        let shown = header.clone();
        *teller.tell.lock().unwrap() = Box::new(move |request, answer| {
            if request.path == "/v1/head" {
                return Err(TransportError {
                    fault: TransportFault::Timeout,
                    detail: String::new(),
                    bytes: 0,
                });
            }
            if request.path.starts_with("/v1/blocks/") {
                let mut block: Block = CHAIN.block(ONLINE);
                block.header = shown.clone();
                let mut answer = CHAIN.get(&format!("/v1/blocks/{ONLINE}"), TOP);
                answer.body = block.to_bytes();
                return Ok(answer);
            }
            Ok(answer)
        });
        for _ in 0..12 {
            let error = client.next().await.unwrap_err();
            // The first is taken, and then none before the clock comes closer.
            let may_be = ["timeout", "setup-issued-ahead"];
            let codes = &may_be[..if round == 0 { 1 } else { 2 }];
            assert!(codes.contains(&error.code()), "round {round}: {error}");
            clock.sleep(Duration::from_secs(10)).await;
        }
    }
    let ahead = (time - clock.now().unix_ms) / DAY_MS.cast_unsigned();
    // The owners sign a checkpoint just now. It is valid, whatever time the thief has made up.
    header.height += 4;
    header.timestamp_ms = clock.now().unix_ms;
    let now = clock.now().unix_ms;
    let mut signed = plan().sign();
    let file = stolen(&header, 100, now, 7 * DAY_MS.cast_unsigned());
    signed.tamper(|bundle| bundle.checkpoint = file);
    teller.serve(signed);
    let mut codes = Vec::new();
    for _ in 0..12 {
        codes.push(client.next().await.unwrap_err().code());
        clock.sleep(Duration::from_secs(10)).await;
    }
    assert!(
        !codes.contains(&"setup-expired"),
        "{ahead} days ahead: {codes:?}"
    );
}
