// Prints what it takes a client in Chromium to come back to the chain recorded in RPP_FIXTURE, as JSON.
import { readFileSync } from "node:fs";

import { median, percentile, rounded } from "./bench/figures.mjs";
import { launch } from "./browser.mjs";
import { required } from "./environment.mjs";
import { Relay } from "./relay.mjs";

const PROFILES = 5;
const CALLS = 60;
const ANSWERS = "/answers.json";

const recorded = readFileSync(required("RPP_FIXTURE"), "utf8");
const { answers, ways, ...chain } = JSON.parse(recorded);
const browser = await launch();
const relay = await new Relay().start();
relay.scripts[ANSWERS] = JSON.stringify(answers);
try {
  const figures = {};
  for (const [way, checkpoint] of Object.entries(ways)) {
    const runs = [];
    for (let run = 0; run < PROFILES; run += 1) runs.push(await visit({ checkpoint, ...chain }));
    const [{ spans, singles, bytes, requests }] = runs;
    const times = runs.map(({ ms }) => ms);
    const ms = { ms_p50: rounded(median(times)), ms_max: rounded(Math.max(...times)) };
    figures[`${way}_chromium`] = { spans, singles, bytes, requests, ...ms };
    const ancestors = runs.flatMap((run) => run.ancestors);
    figures[`${way}_ancestor_chromium`] = { ms_p50: rounded(median(ancestors)), ms_p95: rounded(percentile(ancestors, 95)) };
  }
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  await relay.close();
}

async function visit(inputs) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${relay.url}/icon.svg`);
  const run = await page.evaluate(measure, { ...inputs, answers: ANSWERS, calls: CALLS });
  await context.close();
  return run;
}

/**
 * Runs in the page: follows the chain from a checkpoint to its head, and asks for an ancestor of that. What is asked for is there at
 * once, so that the times are those of the checks.
 */
async function measure({ checkpoint, now_ms: now, head, ancestor, answers: path, calls }) {
  const { LightClient, MemoryStore } = await import("/light-client/slim.js");
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  const url = "http://recorded.test";
  const answers = await (await fetch(path)).json();
  for (const answer of Object.values(answers)) {
    answer.body = Uint8Array.from(answer.body.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  }
  const recorded = async (asked) => {
    const answer = answers[asked.slice(url.length)];
    if (!answer) throw new Error(`${asked} is not recorded`);
    const { status, type, body } = answer;
    return new Response(body, { status, headers: { "content-type": type } });
  };
  // A second after the newest block.
  Date.now = () => now;
  const options = { url, checkpoint, module: await WebAssembly.compileStreaming(fetch(module)), fetch: recorded, store: new MemoryStore() };
  const start = performance.now();
  const client = await LightClient.start(options);
  const run = { spans: 0, singles: 0, ancestors: [] };
  for await (const { statement, spans, spent } of client.heads()) {
    run.spans += spans.length;
    run.singles += 1;
    run.ms = performance.now() - start;
    Object.assign(run, { bytes: Number(spent.bytes), requests: spent.requests });
    if (statement.height === head) break;
  }
  for (let call = 0; call < calls; call += 1) {
    const begun = performance.now();
    await client.ancestor(ancestor);
    run.ancestors.push(performance.now() - begun);
  }
  await client.close();
  return run;
}
