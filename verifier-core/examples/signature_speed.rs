//! Prints how long keys, signatures and verifications take on this machine.

use std::time::Instant;

use rpp_verifier::digest::Digest;
use rpp_verifier::field::Val;
use rpp_verifier::signature::{KeyPurpose, SecretKey};

const TREE_HEIGHT: u32 = 10;
const KEYS: u8 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut keys = Vec::new();
    for seed in 0..KEYS {
        let generate = SecretKey::generate;
        keys.push(generate(
            [seed; 32],
            KeyPurpose::Vote,
            7,
            TREE_HEIGHT,
            &|_| {},
        )?);
    }
    let per_key = start.elapsed() / u32::from(KEYS);
    println!("key of height {TREE_HEIGHT}: {per_key:?}");

    let key = &mut keys[0];
    let message = |leaf| Digest([Val::new(leaf); 8]);
    let leaves = 1 << TREE_HEIGHT;
    let start = Instant::now();
    let signatures: Vec<_> = (0..leaves)
        .map(|leaf| key.sign(leaf, &message(leaf)))
        .collect::<Result<_, _>>()?;
    println!("signature: {:?}", start.elapsed() / leaves);

    let start = Instant::now();
    for (leaf, signature) in (0..).zip(&signatures) {
        key.public_key().verify(leaf, &message(leaf), signature)?;
    }
    println!("verification: {:?}", start.elapsed() / leaves);
    Ok(())
}
