// Prints what verifying the proof in RPP_FIXTURE costs in Node, as JSON: the first call of a fresh process, and the calls after it.
import { readFileSync } from "node:fs";

import { Verifier } from "../../pkg/slim.js";
import { ledgerProof } from "../../tests/browser/bench/ledger-proof.mjs";
import { summary } from "./timings.mjs";

const module = readFileSync(new URL("../../pkg/generated/rpp_wasm_bg.wasm", import.meta.url));
const { chainId, given, bytes } = ledgerProof(process.env.RPP_FIXTURE);
const inputs = { ...given, ...bytes };
const verifier = await Verifier.load({ chainId, module });
const all = [];
for (let call = 0; call < 100; call += 1) all.push((await verifier.verify(inputs)).verifyMs);
console.log(JSON.stringify({ verify_node_ms: summary(all) }));
