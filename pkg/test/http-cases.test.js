// The list of URLs and answers over HTTP that the clients of every language read.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";

import { LightClient } from "../node.js";
import { systemClock } from "../src/clock.js";
import { clientOptions } from "../src/options.js";
import { Transport } from "../src/transport.js";
import { listed, ours } from "./cases.js";
import { CHECKPOINT } from "./client.js";

const http = listed("http");

test("takes and refuses the URLs of the list", () => {
  for (const { url, base } of ours(http.urls)) {
    const read = () => clientOptions({ url, checkpoint: CHECKPOINT }).url;
    if (base === undefined) assert.throws(read, { name: "ConfigError", code: "bad-url" }, url);
    else assert.equal(read(), base, url);
  }
});

test("makes of every answer what the list says", async (t) => {
  const host = await provider(t);
  const transport = new Transport(host.url, { clock: systemClock, timeoutMs: GUARD_MS });
  const [answered, expected] = [[], []];
  for (const { name, wire, expect, max_bytes: maxBytes = 100 } of ours(http.answers)) {
    host.wire = wire;
    expected.push(`${name}: ${JSON.stringify(expect)}`);
    const got = transport.send("/", { maxBytes }).then(
      ({ status, retryAfterMs = null, body }) => {
        return { status, retry_after_ms: retryAfterMs, body_bytes: body.length };
      },
      ({ code }) => ({ fault: code }),
    );
    answered.push(`${name}: ${JSON.stringify(await got)}`);
  }
  assert.deepEqual(answered, expected);
});

test("waits for no answer longer than it may", async (t) => {
  const host = await provider(t, { stays: true });
  const transport = new Transport(host.url, { clock: systemClock, timeoutMs: 50 });
  for (const { name, wire } of ours(http.silences)) {
    host.wire = wire;
    await assert.rejects(transport.send("/", { maxBytes: 100 }), { code: "timeout" }, name);
  }
});

test("tells trouble from a refusal as the list does", async (t) => {
  const host = await provider(t);
  const [told, expected] = [[], []];
  for (const { name, wire, kind, code, passes, shown } of ours(http.problems)) {
    host.wire = wire;
    const client = await LightClient.start({ url: host.url, checkpoint: CHECKPOINT, timeoutMs: GUARD_MS });
    const [{ type, error }] = await first(client.events());
    await client.close();
    const said = kind === "problem" ? /\(([^)]*)\)$/.exec(error.message)?.[1] : undefined;
    told.push([name, type, error.name.toLowerCase(), error.code, said ?? ""].join(" "));
    expected.push([name, passes ? "unreachable" : "refused", `${kind}error`, code, shown ?? ""].join(" "));
  }
  assert.deepEqual(told, expected);
});

test("names why a host is unreachable", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  for (const { name, url, says } of ours(http.unreachable)) {
    const transport = new Transport(url.replace("PORT", port), { clock: systemClock, timeoutMs: GUARD_MS });
    const error = await transport.send("/", { maxBytes: 1 }).catch((thrown) => thrown);
    assert.equal(error.code, "unreachable", name);
    assert.match(error.message, new RegExp(says.join("|"), "i"), name);
  }
});

test("sends nothing of a user's, even after a cookie", async (t) => {
  const host = await provider(t);
  host.wire = ["HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"];
  const transport = new Transport(host.url, { clock: systemClock, timeoutMs: GUARD_MS });
  for (let asked = 0; asked < 2; asked += 1) await transport.send("/", { maxBytes: 100, accept: "a/b" });
  for (const request of host.requests) {
    const headers = request.toLowerCase().split("\r\n");
    assert.ok(headers.includes("accept: a/b"), request);
    for (const name of http.never_sent) assert.ok(!headers.some((line) => line.startsWith(`${name}:`)), name);
  }
  assert.equal(host.requests.length, 2);
});

/** Answers every request with `wire`, and then hangs up, unless it `stays`. */
async function provider(t, { stays = false } = {}) {
  const host = { wire: [], requests: [] };
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => {}).on("close", () => open.delete(socket)));
    let request = "";
    socket.on("data", (data) => {
      request += data.toString("latin1");
      if (!request.endsWith("\r\n\r\n")) return;
      host.requests.push(request);
      for (const part of host.wire) socket.write(bytesOf(part));
      if (!stays) socket.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return Object.assign(host, { url: `http://127.0.0.1:${server.address().port}` });
}

function bytesOf(part) {
  if (typeof part === "number") return Buffer.alloc(part, "x");
  if (typeof part === "string") return Buffer.from(part, "latin1");
  if (part.hex) return Buffer.from(part.hex, "hex");
  return Buffer.from(part.repeat.repeat(part.times), "latin1");
}

async function first(events) {
  for await (const event of events) return [event];
  return [];
}

// Against hangs only.
const GUARD_MS = 600_000;
