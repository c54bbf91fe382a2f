// A host of the setups of vectors/v1/setup, whose chain nobody has proven: a client gets as far as its first block.
import { readFileSync } from "node:fs";

import { startWith } from "../src/client.js";
import { required as compile } from "../src/compile.js";
import { clientOptions } from "../src/options.js";
import { settled, TestClock } from "./clock.js";
import { setupCases } from "./setup-corpus.js";

const CASES = new Map(setupCases().map((one) => [one.name, one]));
export const MODULE = new WebAssembly.Module(readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url)));

/** Returns the case with this name: its `pin`, what a host answers at `nowMs`, and the code that is expected. */
export function setupCase(name) {
  const { pin, steps } = CASES.get(name);
  const [{ nowMs, body, expect }] = steps;
  return { root: rootOf(pin), nowMs, body: Buffer.from(body, "base64"), expect };
}

/** Returns all steps of the case with this name, and its pin. */
export function setupSteps(name) {
  const { pin, steps } = CASES.get(name);
  const read = ({ nowMs, body }) => ({ nowMs, body: Buffer.from(body, "base64") });
  return { pin: rootOf(pin), steps: steps.map(read) };
}

const rootOf = ({ text, file }) => text ?? Uint8Array.from(Buffer.from(file, "base64"));

/** Returns a `fetch` that answers for a setup with what `served` returns, and the paths that were asked for. */
export function setupHost(served) {
  const asked = [];
  const fetch = async (url, { headers, signal }) => {
    const path = url.slice("http://host.test".length);
    asked.push(path);
    const body = path.startsWith("/v1/setup") ? served() : undefined;
    // The first fault ends a round: that of the setup is to be heard.
    if (path === "/v1/head") await settled();
    signal.throwIfAborted();
    if (body === undefined) return new Response("{}", { status: 404 });
    return new Response(body, { headers: { "content-type": headers.accept } });
  };
  return { fetch, asked };
}

/** Starts a client on a host that serves what `served` returns, at the time of `nowMs`. */
export async function startPinned(t, { root, nowMs, served, ...more }) {
  const clock = new TestClock(nowMs);
  t.mock.method(Date, "now", () => clock.unix());
  const { fetch, asked } = setupHost(served);
  const options = clientOptions({ url: "http://host.test", root, module: MODULE, fetch, ...more });
  const client = await startWith({ ...options, compile }, undefined, clock);
  t.after(() => client.close());
  const events = [];
  (async () => {
    for await (const event of client.events()) events.push(event);
  })();
  await clock.advance(1_000);
  return { client, clock, asked, events };
}
