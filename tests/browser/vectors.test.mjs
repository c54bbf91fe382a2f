// The corpus of vectors/v1/client, through the package in Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cases, verdictOf } from "../../pkg/test/corpus.js";
import { launch } from "./browser.mjs";
import { Relay } from "./relay.mjs";

test("gives every case of the corpus the verdict that it expects", async (t) => {
  const relay = await new Relay().start();
  t.after(() => relay.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${relay.url}/icon.svg`);
  const entry = "/light-client/slim.js";
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  for (const { name, expect, ...rest } of cases()) {
    assert.equal(await page.evaluate(verdictOf, { entry, module, ...rest }), expect, name);
  }
});
