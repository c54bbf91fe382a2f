// The lists of tests/cases, which the clients of every language read.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";

import { FileStore } from "../node.js";
import { systemClock } from "../src/clock.js";
import { clientOptions } from "../src/options.js";
import { Transport } from "../src/transport.js";
import { CHECKPOINT } from "./client.js";

const list = (name) =>
  JSON.parse(readFileSync(new URL(`../../tests/cases/${name}.json`, import.meta.url), "utf8"));
const http = list("http");

test("takes and refuses the URLs of the list", () => {
  for (const { url, base } of http.urls) {
    const read = () => clientOptions({ url, checkpoint: CHECKPOINT }).url;
    if (base === undefined) assert.throws(read, { name: "ConfigError", code: "bad-url" }, url);
    else assert.equal(read(), base);
  }
});

test("makes of every answer what the list says", async (t) => {
  let answer;
  const server = createServer((_, response) => {
    response.writeHead(answer.status, answer.headers).end(Buffer.alloc(answer.body_bytes));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => (server.closeAllConnections(), server.close()));
  const base = `http://127.0.0.1:${server.address().port}`;
  const transport = new Transport(base, { clock: systemClock, timeoutMs: 60_000 });
  for (answer of http.answers) {
    const { name, expect, max_bytes: maxBytes } = answer;
    const got = await transport.get("/", { maxBytes }).then(
      ({ status, retryAfterMs = null, body }) => {
        return { status, retry_after_ms: retryAfterMs, body_bytes: body.length };
      },
      ({ code }) => ({ fault: code }),
    );
    assert.deepEqual(got, expect, name);
  }
});

test("names why a host is unreachable", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  for (const { name, url, says } of http.unreachable) {
    const transport = new Transport(url.replace("PORT", port), { clock: systemClock, timeoutMs: 60_000 });
    const error = await transport.get("/", { maxBytes: 1 }).catch((thrown) => thrown);
    assert.equal(error.code, "unreachable", name);
    assert.match(error.message, new RegExp(says, "i"), name);
  }
});

const state = { height: 7, bytes: Uint8Array.of(1, 2, 3) };
const OTHER = "precious\n";

function put(there, path, other) {
  if (there === "folder") mkdirSync(path);
  if (there === "pipe") execFileSync("mkfifo", [path]);
  if (there === "link") symlinkSync(other, path);
  if (there.file === undefined) return;
  writeFileSync(path, "");
  truncateSync(path, there.file);
}

const outcome = (work) => work.then(() => "ok", () => "refused");

for (const { name, there, beside, load, save, ...options } of list("file-store").cases) {
  test(`FileStore and ${name}`, { skip: process.platform === "win32" }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "pkg-cases-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const [path, other] = [join(folder, "state"), join(folder, "other")];
    writeFileSync(other, OTHER);
    put(there, path, other);
    for (const ending of beside) symlinkSync(other, path + ending);
    const kind = lstatSync(path, { throwIfNoEntry: false })?.mode;
    const cwd = process.cwd();
    t.after(() => process.chdir(cwd));
    const store = new FileStore(options.relative ? relative(cwd, path) : path);
    if (options.relative) process.chdir("/");
    assert.equal(await outcome(store.load("key")), load, "load");
    assert.equal(await outcome(store.save("key", state)), save, "save");
    assert.equal(readFileSync(other, "latin1"), OTHER);
    const mode = lstatSync(path).mode;
    if (save === "refused") return assert.equal(mode, kind);
    assert.equal(mode & 0o777, 0o600);
    assert.ok(lstatSync(path).isFile());
    assert.deepEqual(await store.load("key"), state);
  });
}
