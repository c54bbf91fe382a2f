// Errors, checkpoints and options.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { fromModule } from "../src/errors.js";
import { frozen } from "../src/frozen.js";
import { clientOptions, sessionConfig } from "../src/options.js";
import * as rpp from "../slim.js";
import { CHECKPOINT } from "./client.js";
import { refusal } from "./fake-module.js";

const KINDS = {
  config: rpp.ConfigError,
  transport: rpp.TransportError,
  problem: rpp.ProblemError,
  decode: rpp.DecodeError,
  header: rpp.HeaderError,
  verify: rpp.VerifyError,
  answer: rpp.AnswerError,
  state: rpp.StateError,
  floor: rpp.FloorError,
};

test("gives each kind of refusal its class", () => {
  for (const [kind, Class] of Object.entries(KINDS)) {
    const error = fromModule(refusal(kind, "some-code", "some words"));
    assert.ok(error instanceof Class && error instanceof rpp.RppError && error instanceof Error);
    assert.deepEqual(
      [error.constructor, error.name, error.code, error.message],
      [Class, Class.className, "some-code", "some words"],
    );
  }
  assert.ok(fromModule(refusal("config", "floor")) instanceof rpp.FloorError);
  assert.equal(fromModule(refusal("other", "later")).constructor, rpp.RppError);
});

test("takes whatever is no refusal for a crash", () => {
  const coded = Object.assign(new TypeError("invalid data"), { code: "ERR_ENCODING" });
  const crashes = [
    new WebAssembly.RuntimeError("unreachable"),
    new RangeError("Maximum call stack size exceeded"),
    new Error("recursive use of an object detected which would lead to unsafe aliasing in rust"),
    new Error("null pointer passed to rust"),
    coded,
    "text",
    undefined,
  ];
  for (const thrown of crashes) {
    const error = fromModule(thrown);
    assert.ok(error instanceof rpp.VerifierCrashError);
    assert.equal(error.code, "crash");
    assert.equal(error.cause, thrown);
  }
});

test("revives errors of every class after structured cloning", () => {
  for (const Class of [...Object.values(KINDS), rpp.VerifierCrashError, rpp.RppError]) {
    const plain = structuredClone(rpp.errorToPlain(new Class("some-code", "some words")));
    const revived = rpp.errorFromPlain(plain);
    assert.equal(revived.constructor, Class);
    assert.deepEqual(
      [revived.name, revived.code, revived.message],
      [Class.className, "some-code", "some words"],
    );
  }
  const stranger = rpp.errorFromPlain(rpp.errorToPlain(new TypeError("no")));
  assert.deepEqual([stranger.constructor, stranger.code], [rpp.RppError, "internal"]);
});

test("parses and formats checkpoints, and refuses any other spelling", () => {
  const checkpoint = rpp.parseCheckpoint(CHECKPOINT);
  assert.equal(checkpoint.timestampMs, 1_700_000_000_000n);
  assert.equal(rpp.formatCheckpoint(checkpoint), CHECKPOINT);
  const hash = "01".repeat(32);
  const largest = `4294967295:${hash}:18446744073709551615:4294967295`;
  assert.equal(rpp.formatCheckpoint(rpp.parseCheckpoint(largest)), largest);
  const others = [
    "",
    `01:${hash}:1:32`,
    `-1:${hash}:1:32`,
    `4294967296:${hash}:1:32`,
    `1:${hash.replace("01", "AB")}:1:32`,
    `1:${hash}0:1:32`,
    `1:${hash}:18446744073709551616:32`,
    `1:${hash}:1:0`,
    `1:${hash}:1:32:`,
    `1:${hash}:1:32\n`,
    undefined,
  ];
  for (const text of others) {
    assert.throws(() => rpp.parseCheckpoint(text), { name: "ConfigError", code: "bad-checkpoint" });
  }
  const number = { ...checkpoint, height: 1.5 };
  assert.throws(() => rpp.formatCheckpoint(number), { code: "bad-checkpoint" });
});

test("gives the session its configuration", () => {
  const config = (more) =>
    sessionConfig(clientOptions({ url: "http://h", checkpoint: CHECKPOINT, ...more }));
  assert.deepEqual(config({}), {
    checkpoint: CHECKPOINT,
    everyMs: 60_000,
    maxHeadAgeMs: 300_000,
    minStarkBits: 128,
    minHashBits: 123,
  });
  const more = {
    follow: { everyBlock: true },
    maxHeadAgeMs: 5,
    floor: { starkBits: 1, hashBits: 2 },
  };
  assert.deepEqual(config({ ...more, checkpoint: rpp.parseCheckpoint(CHECKPOINT) }), {
    checkpoint: CHECKPOINT,
    everyMs: undefined,
    maxHeadAgeMs: 5,
    minStarkBits: 1,
    minHashBits: 2,
  });
});

test("refuses options that are misspelt or of no use", () => {
  const rejects = (more, code) => {
    const options = { url: "http://h", checkpoint: CHECKPOINT, ...more };
    assert.throws(() => clientOptions(options), { name: "ConfigError", code });
  };
  rejects({ maxHeadAge: 1 }, "unknown-option");
  rejects({ floor: { starkbits: 1 } }, "unknown-option");
  rejects({ checkpoint: undefined }, "bad-checkpoint");
  rejects({ checkpoint: "latest" }, "bad-checkpoint");
  for (const url of [undefined, "/v1", "ftp://h", "http://h?x", "http://h#x", "http://u:p@h"]) {
    rejects({ url }, "bad-url");
  }
  for (const follow of [
    {},
    { everyMs: NaN },
    { everyMs: 1, everyBlock: true },
    { everyBlock: 1 },
  ]) {
    rejects({ follow }, "bad-follow");
  }
  for (const timeoutMs of [0, NaN, "x"]) rejects({ timeoutMs }, "bad-timeout");
  assert.equal(clientOptions({ url: "https://h/a/", checkpoint: CHECKPOINT }).url, "https://h/a");
});

test("freezes objects and what is in them", () => {
  const value = frozen({ timestampMs: 2n ** 64n - 1n, spent: { bytes: 1n }, epoch: null });
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.spent));
});

test("every code of the package is in its README or in the protocol", () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
  const documents = read("../README.md") + read("../../docs/PROTOCOL.md");
  const sources = readdirSync(new URL("../src", import.meta.url)).map((name) => `../src/${name}`);
  const thrown = /(?:Error|bad|fault)\(\s*"([a-z]+(?:-[a-z]+)+|closed|crash)"/g;
  const codes = [...sources, "../index.js"].flatMap((path) =>
    [...read(path).matchAll(thrown)].map(([, code]) => code),
  );
  assert.ok(new Set(codes).size > 15, `${new Set(codes).size} codes`);
  for (const code of codes) assert.ok(documents.includes(`\`${code}\``), code);
});
