// Node, `import`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { LightClient, parseCheckpoint, Verifier, VerifyError } from "@rpp/light-client";
import { FileStore } from "@rpp/light-client/node";
import { IndexedDbStore, MemoryStore } from "@rpp/light-client/slim";

const read = (name) => readFileSync(new URL(`fixture/${name}`, import.meta.url));
const [header, parent] = [read("header.bin"), read("parent.bin")];
const [certificate, proof] = [read("certificate.bin"), read("proof.bin")];
const expected = JSON.parse(read("statement.json"));

const verifier = await Verifier.load({ chainId: expected.chain_id });
const { statement } = await verifier.verify({ header, parent, certificate, proof });
assert.equal(statement.headerHash, expected.header_hash);
proof[proof.length - 1] ^= 1;
await assert.rejects(verifier.verify({ header, parent, certificate, proof }), VerifyError);
await assert.rejects(LightClient.start({}), { code: "bad-checkpoint" });
assert.throws(() => parseCheckpoint("latest"), { name: "ConfigError" });
assert.ok(FileStore && IndexedDbStore && MemoryStore);
assert.ok(import.meta.resolve("@rpp/light-client/rpp.wasm").endsWith(".wasm"));
