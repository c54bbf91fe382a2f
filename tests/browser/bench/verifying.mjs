// What one verification takes in a page, and how much memory its instance has at the end.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { required } from "../environment.mjs";
import { median, rounded } from "./figures.mjs";

/** Times the first call of fresh profiles, and the calls after it. */
export async function verifying(browser, relay) {
  const parts = ["header", "parent", "certificate", "proof"];
  const read = (name) => [...readFileSync(join(required("RPP_FIXTURE"), `${name}.bin`))];
  const block = Object.fromEntries(parts.map((name) => [name, read(name)]));
  const statement = JSON.parse(readFileSync(join(required("RPP_FIXTURE"), "statement.json")));
  const runs = [];
  for (let run = 0; run < PROFILES; run += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${relay.url}/icon.svg`);
    runs.push(await page.evaluate(measure, { block, chainId: statement.chain_id, calls: CALLS }));
    await context.close();
  }
  const sorted = runs.flatMap(({ rest }) => rest).toSorted((a, b) => a - b);
  const rank = (percent) => sorted[Math.ceil((sorted.length * percent) / 100) - 1];
  return {
    consensus_verify_chromium_ms_first: rounded(median(runs.map(({ first }) => first))),
    consensus_verify_chromium_ms_p50: rounded(rank(50)),
    consensus_verify_chromium_ms_p95: rounded(rank(95)),
    wasm_peak_memory_bytes: Math.max(...runs.map(({ memory }) => memory)),
  };
}

/** Runs in the page. A memory never shrinks: what it has at the end is the most that it had. */
async function measure({ block, chainId, calls }) {
  const memories = [];
  const Instance = WebAssembly.Instance;
  WebAssembly.Instance = function (module, imports) {
    const instance = new Instance(module, imports);
    memories.push(instance.exports.memory);
    return instance;
  };
  const { Verifier } = await import("/light-client/slim.js");
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  const inputs = Object.entries(block).map(([name, bytes]) => [name, Uint8Array.from(bytes)]);
  const verifier = await Verifier.load({ chainId, module });
  const verify = async () => (await verifier.verify(Object.fromEntries(inputs))).verifyMs;
  const first = await verify();
  const rest = [];
  for (let call = 0; call < calls; call += 1) rest.push(await verify());
  return { first, rest, memory: memories[0].buffer.byteLength };
}

const PROFILES = 7;
const CALLS = 60;
