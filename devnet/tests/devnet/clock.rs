//! A clock that jumps: no header runs ahead of it, and the chain goes on when it is right again.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use rpp_devnet::{DevnetConfig, Steps};
use rpp_verifier::Header;
use tokio::task::yield_now;

use crate::support::{CONFIG, Opened, system_clock};

static SHIFT_MS: AtomicI64 = AtomicI64::new(0);
static READINGS: AtomicU32 = AtomicU32::new(0);

fn shifted() -> u64 {
    READINGS.fetch_add(1, Ordering::SeqCst);
    system_clock().saturating_add_signed(SHIFT_MS.load(Ordering::SeqCst))
}

fn assert_now(header: &Header) {
    assert!(header.timestamp_ms.abs_diff(system_clock()) < 20_000);
}

#[tokio::test]
async fn a_clock_that_jumps_for_a_while_leaves_no_header_of_its_time() {
    let data = tempfile::tempdir().unwrap();
    let config = DevnetConfig {
        clock: shifted,
        ..CONFIG
    };
    let opened = Opened::at(config, data.path(), None, Steps::default());
    let mut opened = opened.await.unwrap();
    opened.next().await.unwrap();
    let (hour, waits) = (3_600_000, opened.devnet.waits());
    let waits_for_the_clock = || {
        let says = waits.borrow().clone();
        says.is_some_and(|says| says.starts_with("no new block: the clock"))
    };
    for jump in [hour, -hour, i64::MIN] {
        SHIFT_MS.store(jump, Ordering::SeqCst);
        let before = READINGS.load(Ordering::SeqCst);
        let block = {
            let next = opened.next();
            tokio::pin!(next);
            // It reads the clock again and again, and makes no block meanwhile.
            while READINGS.load(Ordering::SeqCst) < before + 3 {
                tokio::select! {
                    biased;
                    made = &mut next => panic!("a block at a wrong time: {:?}", made.unwrap().header),
                    () = yield_now() => {}
                }
            }
            assert!(waits_for_the_clock());
            SHIFT_MS.store(0, Ordering::SeqCst);
            next.await.unwrap()
        };
        assert!(!waits_for_the_clock());
        assert_now(&block.header);
    }
    // The genesis and all of the first blocks were of the right time.
    assert_now(opened.devnet.genesis());
    opened.close().await;
    // A folder whose newest header is an hour ahead, as an earlier release left it.
    SHIFT_MS.store(hour, Ordering::SeqCst);
    let ahead = tempfile::tempdir().unwrap();
    let opened = Opened::at(config, ahead.path(), None, Steps::default());
    let mut opened = opened.await.unwrap();
    opened.next().await.unwrap();
    let tip = opened.close().await;
    SHIFT_MS.store(0, Ordering::SeqCst);
    let opened = Opened::at(config, ahead.path(), Some(tip.clone()), Steps::default());
    let mut opened = opened.await.unwrap();
    let before = READINGS.load(Ordering::SeqCst);
    let next = opened.next();
    tokio::pin!(next);
    while READINGS.load(Ordering::SeqCst) < before + 3 {
        tokio::select! {
            biased;
            made = &mut next => panic!("a block ahead of the clock: {:?}", made.unwrap().header),
            () = yield_now() => {}
        }
    }
}
