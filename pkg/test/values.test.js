// Errors, checkpoints and options.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { fromModule } from "../src/errors.js";
import { frozen } from "../src/frozen.js";
import { clientOptions } from "../src/options.js";
import * as rpp from "../slim.js";
import { CHECKPOINT } from "./client.js";
import { refusal } from "./fake-module.js";

const KINDS = {
  config: rpp.ConfigError,
  transport: rpp.TransportError,
  problem: rpp.ProblemError,
  decode: rpp.DecodeError,
  setup: rpp.SetupError,
  header: rpp.HeaderError,
  verify: rpp.VerifyError,
  claim: rpp.ClaimError,
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
  assert.equal(checkpoint.timestampMs, 1_700_000_000_000);
  assert.equal(rpp.formatCheckpoint(checkpoint), CHECKPOINT);
  const hash = "01".repeat(32);
  const largest = `4294967295:${hash}:9007199254740991:4294967295`;
  assert.equal(rpp.formatCheckpoint(rpp.parseCheckpoint(largest)), largest);
  const others = [
    "",
    `01:${hash}:1:32`,
    `-1:${hash}:1:32`,
    `4294967296:${hash}:1:32`,
    `1:${hash.replace("01", "AB")}:1:32`,
    `1:${hash}0:1:32`,
    `1:${hash}:9007199254740992:32`,
    `1:${hash}:1:0`,
    `1:${hash}:1:32:`,
    `1:${hash}:1:32\n`,
    // Not eight elements of the field, so no header's.
    `1:${"ff".repeat(32)}:1:32`,
    `1:${"01000078".repeat(8)}:1:32`,
    undefined,
    null,
    Symbol("checkpoint"),
  ];
  rpp.parseCheckpoint(`1:${"00000078".repeat(8)}:1:32`);
  for (const text of others) {
    assert.throws(() => rpp.parseCheckpoint(text), { name: "ConfigError", code: "bad-checkpoint" });
  }
  const number = { ...checkpoint, height: 1.5 };
  for (const other of [number, undefined, null, { ...checkpoint, hash: Symbol("hash") }]) {
    assert.throws(() => rpp.formatCheckpoint(other), { name: "ConfigError", code: "bad-checkpoint" });
  }
});

test("gives the session its configuration", () => {
  const config = (more) =>
    clientOptions({ url: "http://h", checkpoint: CHECKPOINT, ...more }).config;
  const pinned = [14 * 86_400_000, undefined, false];
  assert.deepEqual(config({}), [CHECKPOINT, 60_000, false, 300_000, 128, 123, ...pinned]);
  const more = {
    follow: { everyBlock: true },
    transitions: true,
    maxHeadAgeMs: 5,
    floor: { starkBits: 1, hashBits: 2 },
  };
  const checkpoint = rpp.parseCheckpoint(CHECKPOINT);
  assert.deepEqual(config({ ...more, checkpoint }), [CHECKPOINT, undefined, true, 5, 1, 2, ...pinned]);
  assert.deepEqual(config({ floor: { hashBits: 2 } }).slice(4, 6), [128, 2]);
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
  for (const timeoutMs of [0, NaN, "x", "5", 5n, null]) rejects({ timeoutMs }, "bad-timeout");
  for (const maxHeadAgeMs of [Infinity, -1, 0.5, NaN, "5", 5n, null, 2 ** 32]) {
    rejects({ maxHeadAgeMs }, "bad-config");
  }
  for (const starkBits of [Infinity, "128", null]) rejects({ floor: { starkBits } }, "bad-config");
  rejects({ follow: { everyMs: 2 ** 32 } }, "bad-follow");
  for (const store of [null, {}, 5, { load() {} }]) rejects({ store }, "bad-option");
  for (const signal of [null, {}, 5, { aborted: false }]) rejects({ signal }, "bad-option");
  for (const fetch of [null, "fetch", {}]) rejects({ fetch }, "bad-option");
  for (const flag of [null, 1, "yes"]) {
    rejects({ hints: flag }, "bad-option");
    rejects({ transitions: flag }, "bad-option");
  }
  assert.equal(clientOptions({ url: "https://h/a/", checkpoint: CHECKPOINT }).url, "https://h/a");
});

test("reads options once, into values that can be posted", () => {
  let read = 0;
  const counted = { get everyMs() { return (read += 1); } };
  const given = new Proxy(
    { url: "http://h", checkpoint: CHECKPOINT, follow: counted, floor: new Proxy({ starkBits: 5 }, {}) },
    {},
  );
  const options = clientOptions(given);
  assert.equal(read, 1);
  assert.deepEqual(structuredClone(options).config, [CHECKPOINT, 1, false, 300_000, 5, 123, 14 * 86_400_000, undefined, false]);
  const none = clientOptions({ url: "http://h", checkpoint: CHECKPOINT, follow: undefined });
  assert.equal(none.config[1], 60_000);
});

test("blames the caller for options that cannot be read", async () => {
  const throwing = { get url() { throw new Error("no such store"); } };
  const trapped = new Proxy({}, { ownKeys() { throw new TypeError("revoked"); } });
  for (const given of [throwing, trapped]) {
    for (const start of [rpp.LightClient.start, rpp.LightClient.once, rpp.Verifier.load]) {
      const promise = start.call(rpp.LightClient, given);
      await assert.rejects(promise, { name: "ConfigError" }, String(start));
    }
  }
});

test("leaves no promise unhandled where an option is refused", () => {
  const script = `
    import * as rpp from "./node.js";
    const outcome = (work) => work.then(() => "ok", ({ name }) => name);
    const module = () => Promise.reject(new Error("no module"));
    const url = "http://127.0.0.1:1";
    const names = [
      await outcome(rpp.LightClient.start({ url, checkpoint: "latest", module: module() })),
      await outcome(rpp.LightClient.start({ unknown: 1, module: module() })),
      await outcome(rpp.LightClient.start({ url, checkpoint: "${CHECKPOINT}", module: module() })),
      await outcome(rpp.Verifier.load({ chainId: -1, module: module() })),
      await outcome(rpp.Verifier.load({ chainId: 1, module: module() })),
    ];
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log(names.join());
  `;
  assert.equal(evaluated(script), Array(5).fill("ConfigError").join());
});

test("makes errors where the platform's prototypes are frozen", () => {
  const script = `
    import * as rpp from "./node.js";
    Object.freeze(Error.prototype);
    const error = await rpp.LightClient.start({}).catch((thrown) => thrown);
    console.log(error.name, error.code, rpp.errorFromPlain(rpp.errorToPlain(error)).name);
  `;
  assert.equal(evaluated(script), "ConfigError bad-checkpoint ConfigError");
});

test("says what is missing where CommonJS cannot import, as in Jest", () => {
  const script = `
    import { readFileSync } from "node:fs";
    import vm from "node:vm";
    const code = readFileSync("./node.cjs", "utf8");
    const run = vm.runInNewContext("(function (exports) {" + code + "})", { Error, Object });
    const exports = {};
    run(exports);
    const error = await exports.LightClient.start({}).catch((thrown) => thrown);
    console.log(error.name, error.code, error.message.includes("--experimental-vm-modules"));
  `;
  assert.equal(evaluated(script), "ConfigError no-esm true");
});

/** Runs a module in a process of its own, which an unhandled rejection would end. */
function evaluated(script) {
  const options = { cwd: new URL("..", import.meta.url), encoding: "utf8" };
  const args = ["--input-type=module", "--eval", script];
  return execFileSync(process.execPath, args, options).trim();
}

test("freezes objects and what is in them", () => {
  const value = frozen({ timestampMs: 1, spent: { bytes: 1n }, epoch: null });
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.spent));
});

test("every code of the package is in its README or in the protocol", () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
  const documents = read("../README.md") + read("../../docs/PROTOCOL.md");
  const names = readdirSync(new URL("../src", import.meta.url), { recursive: true });
  const sources = names.filter((name) => name.endsWith(".js")).map((name) => `../src/${name}`);
  sources.push("../index.js", "../node.js");
  const thrown = /(?:Error|bad|fault)\(\s*"([a-z]+(?:-[a-z]+)+|closed|crash)"/g;
  const codes = sources.flatMap((path) =>
    [...read(path).matchAll(thrown)].map(([, code]) => code),
  );
  assert.ok(new Set(codes).size > 15, `${new Set(codes).size} codes`);
  for (const code of codes) assert.ok(documents.includes(`\`${code}\``), code);
});
