//! Prints how long keys, signatures and verifications take on this machine.

use std::io::{self, Write};
use std::time::Instant;

use rpp_verifier::hazmat::{Val, digest_of};
use rpp_verifier::{KeyPurpose, SecretKey};

const TREE_HEIGHT: u32 = 10;
const KEYS: u8 = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout();
    let mut times = Vec::new();
    let mut keys = Vec::new();
    for seed in 0..KEYS {
        let (seed, purpose) = ([seed; 32], KeyPurpose::Vote);
        let start = Instant::now();
        let key = SecretKey::generate(seed, purpose, 7, TREE_HEIGHT, &|_| {})?;
        times.push(start.elapsed());
        keys.push(key);
    }
    times.sort();
    let (fastest, median) = (times[0], times[times.len() / 2]);
    writeln!(
        out,
        "key of height {TREE_HEIGHT}: median {median:?}, fastest {fastest:?}"
    )?;

    let key = &mut keys[0];
    let message = |leaf| digest_of([Val::new(leaf); 8]);
    let leaves = 1 << TREE_HEIGHT;
    let start = Instant::now();
    let signatures: Vec<_> = (0..leaves)
        .map(|leaf| key.sign(leaf, &message(leaf)))
        .collect::<Result<_, _>>()?;
    writeln!(out, "signature: {:?}", start.elapsed() / leaves)?;

    let start = Instant::now();
    for (leaf, signature) in (0..).zip(&signatures) {
        key.public_key().verify(leaf, &message(leaf), signature)?;
    }
    writeln!(out, "verification: {:?}", start.elapsed() / leaves)?;
    Ok(())
}
