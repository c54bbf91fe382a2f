// Prints what verifying a setup costs in Chromium, as JSON: the case that the native figure is about.
import { setupCases } from "../../pkg/test/setup-corpus.js";
import { median, percentile, rounded } from "./bench/figures.mjs";
import { launch } from "./browser.mjs";
import { Relay } from "./relay.mjs";

const PROFILES = 7;
const CALLS = 60;

const { pin, steps } = setupCases().find(({ name }) => name === "accept-rotation");
const [{ nowMs, body }] = steps;
const browser = await launch();
const relay = await new Relay().start();
try {
  const runs = [];
  for (let run = 0; run < PROFILES; run += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${relay.url}/icon.svg`);
    runs.push(await page.evaluate(measure, { pin, nowMs, body, calls: CALLS }));
    await context.close();
  }
  const rest = runs.flatMap((run) => run.rest);
  const times = {
    first: rounded(median(runs.map(({ first }) => first))),
    p50: rounded(percentile(rest, 50)),
    p95: rounded(percentile(rest, 95)),
  };
  console.log(JSON.stringify({ setup_verify_chromium_ms: times }));
} finally {
  await browser.close();
  await relay.close();
}

/** Runs in the page: all that a client does with an answer. */
async function measure({ pin, nowMs, body, calls }) {
  const { instantiate } = await import("/light-client/generated/setup-glue.js");
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  const { SetupVerifier } = instantiate(await WebAssembly.compileStreaming(fetch(module)));
  const bytes = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  const file = pin.file && Uint8Array.from(atob(pin.file), (char) => char.charCodeAt(0));
  const verify = () => {
    const start = performance.now();
    const verifier = new SetupVerifier(pin.text, file);
    verifier.verify(bytes, nowMs);
    const ms = performance.now() - start;
    verifier.free();
    return ms;
  };
  const first = verify();
  const rest = Array.from({ length: calls }, verify);
  return { first, rest };
}
