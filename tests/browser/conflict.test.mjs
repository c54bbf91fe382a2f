// A chain that splits, in Chromium: what a client keeps in IndexedDB over a reload of its page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cases } from "../../pkg/test/corpus.js";
import { launch } from "./browser.mjs";
import { Relay } from "./relay.mjs";

test("stops at two heads, stays stopped over a reload, and goes on as its owner chooses", async (t) => {
  const relay = await new Relay().start();
  t.after(() => relay.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  const fork = cases().find(({ name }) => name === "reject-conflicting-headers");
  const visit = async (choice, given = fork) => {
    await page.goto(`${relay.url}/icon.svg`);
    return page.evaluate(session, { ...given, choice });
  };
  const first = await visit();
  assert.deepEqual(first.seen, ["verified stored", "stopped conflicting-headers"]);
  const again = await visit(undefined, { ...fork, state: undefined });
  assert.deepEqual(again.seen, ["stopped conflicting-headers"]);
  assert.deepEqual(again.evidence, first.evidence);
  const chosen = await visit("conflicting", { ...fork, state: undefined });
  assert.deepEqual(chosen.seen, ["stopped conflicting-headers", "chosen", "verified stored"]);
  const after = await visit(undefined, { ...fork, state: undefined });
  assert.deepEqual(after.seen, ["verified stored"]);
  assert.deepEqual(after.evidence, first.evidence);
  assert.notEqual(after.hash, first.hash);
});

/** Runs in the page: stores `state`, follows until there is nothing more to wait for, and chooses. */
async function session({ answers, checkpoint, state, choice, now_ms: nowMs }) {
  const { IndexedDbStore, LightClient } = await import("/light-client/slim.js");
  Date.now = () => Number(nowMs);
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const store = new IndexedDbStore();
  if (state !== undefined) await store.save(checkpoint, { height: 3, bytes: bytesOf(state) });
  const url = "https://provider.example";
  const fetch = async (asked, { headers }) => {
    const body = answers[asked.slice(url.length)];
    if (body === undefined) return new Response("", { status: 404 });
    return new Response(bytesOf(body), { headers: { "content-type": headers.accept } });
  };
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  const client = await LightClient.start({ url, checkpoint, fetch, module, store });
  const seen = [];
  for await (const { type, verdict, error } of client.events()) {
    seen.push([type, verdict?.step ?? error?.code].filter(Boolean).join(" "));
    if (type === "stopped") {
      if (choice === undefined) break;
      await client.choose(choice);
    }
    // The stored head of a client that is not stopped by what its provider shows.
    if (type === "verified" && (state === undefined || seen.length > 2)) break;
  }
  const evidence = [...((await client.evidence()) ?? [])].slice(0, 2_000);
  const { headerHash: hash } = await client.status();
  await client.close();
  return { seen, evidence, hash };
}
