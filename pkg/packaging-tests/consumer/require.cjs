// Node, `require`.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const rpp = require("@rpp/light-client");

const read = (name) => readFileSync(join(__dirname, "fixture", name));

async function main() {
  const { VerifyError } = await rpp.load();
  const expected = JSON.parse(read("statement.json"));
  const verifier = await rpp.Verifier.load({ chainId: expected.chain_id });
  const [header, parent] = [read("header.bin"), read("parent.bin")];
  const [certificate, proof] = [read("certificate.bin"), read("proof.bin")];
  const { statement } = await verifier.verify({ header, parent, certificate, proof });
  assert.equal(statement.headerHash, expected.header_hash);
  const short = proof.subarray(1);
  await assert.rejects(verifier.verify({ header, parent, certificate, proof: short }), VerifyError);
  assert.ok(require.resolve("@rpp/light-client/rpp.wasm").endsWith(".wasm"));
}

main();
