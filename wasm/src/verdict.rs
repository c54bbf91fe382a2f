//! The verdict as JSON.

use rpp_verifier::statement::Statement;
use rpp_verifier::verify::VerifiedStatement;

/// Returns the verdict: numbers below 2^32 and lower-case hexadecimal, so that nothing needs to
/// be escaped.
pub(crate) fn to_json(verified: &VerifiedStatement) -> String {
    let Statement::Consensus(statement) = verified.statement() else {
        unreachable!("a consensus statement was verified");
    };
    let numbers = [
        ("chain_id", statement.chain_id),
        ("height", statement.height),
        ("slot", statement.slot),
        ("proposer", statement.proposer),
        ("signed_power", statement.signed_power),
        ("total_power", statement.set.total_power),
        ("stark_bits", verified.stark_bits()),
        ("hash_bits", verified.hash_bits()),
    ];
    let digests = [
        ("header_hash", statement.header_hash.0),
        ("validator_set_root", statement.set.set_root()),
        ("signers", statement.signers),
        ("randomness", statement.randomness),
        ("key_digest", *verified.key_digest()),
    ];
    let numbers = numbers.map(|(name, x)| format!("\"{name}\":{x}"));
    let digests = digests.map(|(name, x)| format!("\"{name}\":\"{}\"", x.to_hex()));
    let circuit = format!("\"circuit\":\"{}\"", verified.circuit().name());
    format!("{{{circuit},{},{}}}", numbers.join(","), digests.join(","))
}
