// What one verification takes in a page, and how much memory its instance has at the end.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { required } from "../environment.mjs";
import { median, percentile, rounded } from "./figures.mjs";

/** Times the proof of the block in RPP_FIXTURE. */
export async function verifying(browser, relay) {
  const parts = ["header", "parent", "certificate", "proof"];
  const read = (name) => [...readFileSync(join(required("RPP_FIXTURE"), `${name}.bin`))];
  const bytes = Object.fromEntries(parts.map((name) => [name, read(name)]));
  const statement = JSON.parse(readFileSync(join(required("RPP_FIXTURE"), "statement.json")));
  const { memory, ...times } = await timed(browser, relay, { chainId: statement.chain_id, given: {}, bytes });
  const named = Object.entries(times).map(([name, ms]) => [`consensus_verify_chromium_ms_${name}`, ms]);
  return { ...Object.fromEntries(named), wasm_peak_memory_bytes: memory };
}

/** Times the first call of fresh profiles, and the calls after it: `bytes` are what of the inputs is bytes. */
export async function timed(browser, relay, inputs) {
  const runs = [];
  for (let run = 0; run < PROFILES; run += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${relay.url}/icon.svg`);
    runs.push(await page.evaluate(measure, { ...inputs, calls: CALLS }));
    await context.close();
  }
  const rest = runs.flatMap((run) => run.rest);
  return {
    first: rounded(median(runs.map(({ first }) => first))),
    p50: rounded(percentile(rest, 50)),
    p95: rounded(percentile(rest, 95)),
    memory: Math.max(...runs.map(({ memory }) => memory)),
  };
}

/** Runs in the page. A memory never shrinks: what it has at the end is the most that it had. */
async function measure({ chainId, given, bytes, calls }) {
  const memories = [];
  const Instance = WebAssembly.Instance;
  WebAssembly.Instance = function (module, imports) {
    const instance = new Instance(module, imports);
    memories.push(instance.exports.memory);
    return instance;
  };
  const { Verifier } = await import("/light-client/slim.js");
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  const parts = Object.entries(bytes).map(([name, values]) => [name, Uint8Array.from(values)]);
  const inputs = { ...given, ...Object.fromEntries(parts) };
  const verifier = await Verifier.load({ chainId, module });
  const verify = async () => (await verifier.verify(inputs)).verifyMs;
  const first = await verify();
  const rest = [];
  for (let call = 0; call < calls; call += 1) rest.push(await verify());
  return { first, rest, memory: memories[0].buffer.byteLength };
}

const PROFILES = 7;
const CALLS = 60;
