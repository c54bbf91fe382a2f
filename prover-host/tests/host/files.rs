//! Proof, block and chain files that were changed by hand, each refused with its code.

use rpp_prover_host::check::check_files;
use rpp_prover_host::clock::system_clock;
use rpp_verifier::{Header, HeaderWire};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{CHAIN, PROVEN, STARK, stark_or};

/// The three files of one block.
#[derive(Clone)]
struct Files {
    proof: Vec<u8>,
    block: Value,
    chain: Value,
}

impl Files {
    fn of(height: u32) -> Self {
        let json = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).unwrap() };
        let block = json(&CHAIN.block_file(height));
        let id = block["proofs"][0]["id"].as_str().unwrap();
        let proof = CHAIN.data.path().join("proofs").join(id);
        Self {
            proof: std::fs::read(proof).unwrap(),
            block,
            chain: json(&CHAIN.chain_file()),
        }
    }

    /// Returns the code, `verified` where there is none.
    fn code(&self) -> &'static str {
        let (block, chain) = (self.block.to_string(), self.chain.to_string());
        code(&self.proof, block.as_bytes(), chain.as_bytes())
    }
}

fn code(proof: &[u8], block: &[u8], chain: &[u8]) -> &'static str {
    let checked = check_files(proof, block, chain, system_clock());
    checked.map_or_else(|e| stark_or(e.code()), |_| "verified")
}

const OTHER: &str = "0100000002000000030000000400000005000000060000000700000008000000";

#[test]
fn accepts_the_files_of_every_block() {
    for height in 1..=PROVEN {
        assert_eq!(Files::of(height).code(), "verified");
    }
}

#[test]
fn rejects_a_changed_block_file() {
    let cases: [(&str, Value, &str); 24] = [
        ("/height", json!(6), "block-label"),
        ("/hash", json!(OTHER), "block-label"),
        ("/hash", json!(OTHER.to_uppercase()), "block-label"),
        ("/hash", json!("AB"), "bad-json"),
        ("/header/height", json!("5"), "bad-json"),
        ("/header/timestamp_ms", json!(5), "bad-json"),
        ("/header/timestamp_ms", json!("05"), "bad-json"),
        ("/header/timestamp_ms", json!("+5"), "bad-json"),
        ("/header/slot", json!(-1), "bad-json"),
        ("/header/randomness", json!("ff".repeat(32)), "bad-json"),
        ("/header/more", json!(1), "bad-json"),
        ("/parent", Value::Null, "block-incomplete"),
        ("/certificate", Value::Null, "block-incomplete"),
        ("/parent/header/chain_id", json!(8), "header-chain-id"),
        ("/parent/header/version", json!(2), "header-version"),
        ("/parent/header/height", json!(5), "header-not-ahead"),
        ("/parent/header/slot", json!(0), "header-parent-hash"),
        (
            "/parent/header/next_validator_set_root",
            json!(OTHER),
            "header-next-set",
        ),
        (
            "/parent/history_path/3",
            json!(OTHER),
            "header-parent-not-in-history",
        ),
        ("/certificate/set/n", json!(5), "header-set-opening"),
        (
            "/certificate/set/total_power",
            json!(1),
            "header-set-opening",
        ),
        ("/certificate/signed_power", json!(1), "header-signed-power"),
        ("/certificate/signed_power", json!(4_294_967_295_u32), STARK),
        ("/certificate/signers", json!(OTHER), STARK),
    ];
    for (pointer, value, expected) in cases {
        let mut files = Files::of(5);
        set(&mut files.block, pointer, value.clone());
        assert_eq!(files.code(), expected, "{pointer} = {value}");
    }
}

#[test]
fn rejects_a_changed_header_whose_hash_was_adjusted() {
    let slot = Files::of(5).block["header"]["slot"].as_u64().unwrap();
    let cases = [
        ("version", json!(2), "header-version"),
        ("chain_id", json!(8), "header-chain-id"),
        ("height", json!(6), "header-parent-height"),
        // The turn after the block's own, whichever slot that was: another validator's.
        ("slot", json!(slot + 1), "header-proposer"),
        ("proposer", json!(1000), "header-proposer"),
        ("timestamp_ms", json!("1"), "header-parent-timestamp"),
        ("timestamp_ms", json!("99999999999999"), "header-future"),
        ("parent_hash", json!(OTHER), "header-parent-hash"),
        ("state_root", json!(OTHER), STARK),
        ("tx_root", json!(OTHER), STARK),
        ("validator_set_root", json!(OTHER), "header-set"),
        ("next_validator_set_root", json!(OTHER), "header-next-set"),
        ("participation_root", json!(OTHER), STARK),
        ("history_root", json!(OTHER), "header-parent-not-in-history"),
        ("randomness", json!(OTHER), STARK),
    ];
    for (field, value, expected) in cases {
        let mut files = Files::of(5);
        set(&mut files.block, &format!("/header/{field}"), value.clone());
        set_hash(&mut files.block);
        assert_eq!(files.code(), expected, "{field} = {value}");
    }
}

#[test]
fn rejects_a_changed_chain_file() {
    let cases = [
        ("/chain_id", json!(8), "genesis-chain-id"),
        ("/epoch_length", json!(5), "genesis-params"),
        ("/epoch_length", json!(1), "epoch-length"),
        ("/genesis_hash", json!(OTHER), "genesis-hash"),
        ("/genesis/timestamp_ms", json!("1"), "genesis-hash"),
        ("/genesis", Value::Null, "bad-json"),
    ];
    for (pointer, value, expected) in cases {
        let mut files = Files::of(5);
        set(&mut files.chain, pointer, value.clone());
        assert_eq!(files.code(), expected, "{pointer} = {value}");
    }
}

#[test]
fn rejects_a_changed_proof_file() {
    let files = Files::of(5);
    let length = files.proof.len();
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = files.clone();
        change(&mut files.proof);
        files.code()
    };
    assert_eq!(changed(&|p| p.clear()), "truncated");
    assert_eq!(changed(&|p| p.truncate(length - 1)), "truncated");
    assert_eq!(changed(&|p| p.push(0)), "trailing-bytes");
    assert_eq!(changed(&|p| p.resize((1 << 20) + 1, 0)), "too-long");
    assert_eq!(changed(&|p| p[0] ^= 1), "bad-magic");
    // A sample of single bytes, over the whole file.
    for i in (0..length).step_by(length / 40) {
        assert_ne!(changed(&|p| p[i] ^= 1), "verified", "byte {i}");
    }
}

#[test]
fn rejects_the_proof_and_the_genesis_of_another_block() {
    let mut files = Files::of(5);
    files.proof = Files::of(6).proof;
    assert_ne!(files.code(), "verified");
    let refused = code(&files.proof, &CHAIN.block_file(0), &CHAIN.chain_file());
    assert_eq!(refused, "genesis-has-no-proof");
}

#[test]
fn rejects_json_that_is_cut_extended_or_too_long() {
    let files = Files::of(5);
    let (block, chain) = (files.block.to_string(), files.chain.to_string());
    let with = |block: &str, chain: &str| code(&files.proof, block.as_bytes(), chain.as_bytes());
    assert_eq!(with(&block[..block.len() - 1], &chain), "bad-json");
    assert_eq!(with(&block, &chain[..chain.len() - 1]), "bad-json");
    assert_eq!(with(&format!("{block}x"), &chain), "bad-json");
    assert_eq!(with(&block, &format!("{chain}{{}}")), "bad-json");
    assert_eq!(with("", &chain), "bad-json");
    assert_eq!(
        with(&format!("{block}{}", " ".repeat(40_000)), &chain),
        "too-long"
    );
    assert_eq!(
        with(&block, &format!("{chain}{}", " ".repeat(40_000))),
        "too-long"
    );
    assert_eq!(with(&"[".repeat(30_000), &chain), "bad-json");
    let twice = block.replacen("\"slot\"", "\"slot\":1,\"slot\"", 1);
    assert_eq!(with(&twice, &chain), "bad-json");
}

/// Sets what is at `pointer`, or adds the last field of it.
fn set(json: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(list) => list[field.parse::<usize>().unwrap()] = value,
        object => object[field] = value,
    }
}

/// The header of a block, whatever else is wrong with it.
#[derive(Deserialize)]
struct Named {
    #[serde(with = "HeaderWire")]
    header: Header,
}

/// Makes the block name the hash and the height of its header, as a careful forger would.
fn set_hash(block: &mut Value) {
    block["height"] = block["header"]["height"].clone();
    let Named { header } = Named::deserialize(&*block).unwrap();
    block["hash"] = json!(header.hash().to_string());
}
