// The corpus of vectors/v1/client, through the package in Node.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cases, verdictOf } from "./corpus.js";

test("gives every case of the corpus the verdict that it expects", async () => {
  const all = cases();
  assert.ok(all.length >= 40, `${all.length} cases`);
  for (const { name, expect, ...rest } of all) {
    assert.equal(await verdictOf({ entry: "@rpp/light-client", ...rest }), expect, name);
  }
});
