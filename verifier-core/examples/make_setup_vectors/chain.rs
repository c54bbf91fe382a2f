//! The chain file.

use rpp_verifier::{ListedFile, SetupBundle};

use super::Cases;
use super::corpus::Result;
use super::world::CHAIN;

/// The chain file, which circuits.json lists.
pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    let good = String::from_utf8(cases.world.chain.encode())?;
    let mut other = cases.honest();
    other.chain = good
        .replacen("\"epoch_length\":8", "\"epoch_length\":9", 1)
        .into_bytes();
    cases.one(
        "chain-exchanged",
        "another chain file than the listed one",
        other,
        "setup-digest",
    )?;
    let mut other = cases.honest();
    other.chain.pop();
    cases.one(
        "chain-truncated",
        "a chain file that is cut short",
        other,
        "setup-length",
    )?;
    let listed = |cases: &Cases, chain: Vec<u8>| {
        let mut file = cases.world.circuits(1);
        file.file.chain = ListedFile::of(&chain);
        SetupBundle {
            circuits: cases.circuits(&file),
            chain,
            ..cases.honest()
        }
    };
    for (name, note, chain, expect) in [
        (
            "chain-limits",
            "more operations in a block than this program takes",
            good.replacen("\"max_operations\":256", "\"max_operations\":257", 1),
            "setup-limits",
        ),
        (
            "chain-registrations",
            "more registrations in a block than this program takes",
            good.replacen("\"max_registrations\":16", "\"max_registrations\":17", 1),
            "setup-limits",
        ),
        (
            "chain-epoch-length",
            "epochs of one block",
            good.replacen("\"epoch_length\":8", "\"epoch_length\":1", 1),
            "setup-field-value",
        ),
        (
            "chain-of-another-id",
            "the file of another chain",
            good.replacen(&format!("\"chain_id\":{CHAIN}"), "\"chain_id\":8", 1),
            "setup-chain",
        ),
        (
            "chain-of-another-type",
            "a listed file of another type",
            good.replacen("\"type\":\"chain\"", "\"type\":\"root\"", 1),
            "setup-type",
        ),
        (
            "chain-unknown-field",
            "a field that nobody knows",
            good.replacen("\"spec\"", "\"more\":1,\"spec\"", 1),
            "setup-unknown-field",
        ),
    ] {
        let served = listed(cases, chain.into_bytes());
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}
