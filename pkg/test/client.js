import { startWith } from "../src/client.js";
import { required as compile } from "../src/compile.js";
import { listen } from "../src/hints.js";
import { clientOptions } from "../src/options.js";
import { TestClock } from "./clock.js";
import { fakeModule } from "./fake-module.js";

export const EPOCH_MS = 1_700_000_000_000;
export const CHECKPOINT = `0:${"01".repeat(32)}:${EPOCH_MS}:32`;

// The smallest module there is: the fake one needs none.
export const EMPTY = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

/**
 * Starts a client with a fake module and clock on `host`, which answers each request but the one for the
 * checkpoint's block: the fake session does not ask for it. The time of day is the clock's.
 */
export async function startFake(t, host, { questions, ...more } = {}, Client) {
  const clock = new TestClock();
  // What tells the freshness of a verdict, wherever it is read.
  t.mock.method(Date, "now", () => clock.unix());
  const { make, made } = fakeModule(questions);
  const requests = [];
  const blocks = [];
  const fetch = async (url, init) => {
    if (url.includes("/v1/blocks/")) {
      blocks.push({ url, ...init });
      return new Promise(() => {});
    }
    requests.push({ url, ...init });
    return host(requests.length, url, init);
  };
  const options = {
    url: "http://host.test",
    checkpoint: CHECKPOINT,
    module: EMPTY,
    fetch,
    ...more,
  };
  const client = await startWith({ ...clientOptions(options), compile, listen }, Client, clock, make);
  const events = [];
  (async () => {
    for await (const event of client.events()) events.push(event);
    events.push({ type: "ended" });
  })();
  t.after(() => client.close());
  return { client, clock, events, made, requests, blocks };
}

/** Returns the answer of a host whose head is at `height`, one second for each. */
export function head(height, timestamp = EPOCH_MS + 1_000 * height) {
  return new Response(JSON.stringify({ height, timestamp }));
}

/** Returns what a session whose head is at `height` keeps. */
export const stateAt = (height) =>
  JSON.stringify({ height, timestamp: EPOCH_MS + 1_000 * height });

export const summary = (events) =>
  events.map(({ type, verdict, error }) => {
    const what = verdict ? `${verdict.step} ${verdict.statement.height}` : (error?.code ?? "");
    return `${type} ${what}`.trim();
  });
