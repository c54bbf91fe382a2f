// Prints what verifying the fixture costs in Node, as JSON: the first call of a fresh process,
// instantiation apart, and the calls after it.
import { fixture, load } from "./module.mjs";
import { timings } from "./timings.mjs";

const { header, parent, certificate, proof, statement } = fixture();
const start = performance.now();
const { ConsensusVerifier } = await load();
const verifier = new ConsensusVerifier(statement.chain_id);
const load_ms = Math.round((performance.now() - start) * 1000) / 1000;
const verify = () => verifier.verify(header, parent, certificate, proof);
console.log(JSON.stringify({ load_ms, verify_node_ms: timings(100, verify) }));
