// The corpus of vectors/v1/client, through the package in Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cases, verdictOf } from "../../pkg/test/corpus.js";
import { barePage } from "./bare-page.mjs";

test("gives every case of the corpus the verdict that it expects", async (t) => {
  const page = await barePage(t);
  const entry = "/light-client/slim.js";
  const module = "/light-client/generated/rpp_wasm_bg.wasm";
  for (const { name, expect, ...rest } of cases()) {
    assert.equal(await page.evaluate(verdictOf, { entry, module, ...rest }), expect, name);
  }
});
