import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { systemClock } from "../src/clock.js";
import { Transport } from "../src/transport.js";
import { TestClock, settled } from "./clock.js";

let server;
let base;
let sent;

before(async () => {
  server = createServer((request, response) => {
    sent = request.headers;
    ROUTES[request.url](response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const ROUTES = {
  "/whole": (response) => response.end("whole"),
  "/empty": (response) => response.end(),
  "/busy": (response) => response.writeHead(503, { "retry-after": "7" }).end("{}"),
  "/busy-date": (response) => response.writeHead(503, { "retry-after": "Fri, 31 Dec 1999" }).end(),
  "/redirect": (response) => response.writeHead(302, { location: "/whole" }).end(),
  "/declared": (response) => response.writeHead(200, { "content-length": 1_000 }).write("x"),
  "/endless": (response) => {
    const more = () => response.writable && response.write(Buffer.alloc(65_536), more);
    more();
    response.on("close", () => (closed = true));
  },
  "/half": (response) => {
    response.writeHead(200, { "content-length": 10 });
    response.write("half", () => response.destroy());
  },
  "/hangs": () => {},
  "/hangs-halfway": (response) => response.write("half"),
};
let closed = false;

const get = (
  path,
  { maxBytes = 100, clock = systemClock, timeoutMs = 5_000, fetch, signal } = {},
) =>
  new Transport(base, { clock, timeoutMs, fetch }).send(path, {
    maxBytes,
    signal,
    cache: "default",
  });

const fails = (promise, code) => assert.rejects(promise, { name: "TransportError", code });

test("returns status, wait and body, and sends nothing that names a person", async () => {
  const { status, retryAfterMs, body } = await get("/whole");
  assert.deepEqual([status, retryAfterMs, Buffer.from(body).toString()], [200, undefined, "whole"]);
  assert.equal(sent.cookie ?? sent.referer ?? sent.authorization, undefined);
  const busy = await get("/busy");
  assert.deepEqual([busy.status, busy.retryAfterMs], [503, 7_000]);
  assert.equal((await get("/busy-date")).retryAfterMs, undefined);
  assert.equal((await get("/empty")).body.length, 0);
});

test("takes a body of exactly the most bytes, and none of one more", async () => {
  assert.equal((await get("/whole", { maxBytes: 5 })).body.length, 5);
  await fails(get("/whole", { maxBytes: 4 }), "too-long");
});

test("stops an endless body at its cap, and hangs up", async () => {
  await fails(get("/endless", { maxBytes: 200_000 }), "too-long");
  while (!closed) await settled();
});

test("refuses a declared length above the cap before reading", async () => {
  await fails(get("/declared"), "too-long");
});

test("hands on a redirect without following it", async () => {
  const { status } = await get("/redirect");
  assert.ok(status >= 300 && status < 400, `${status}`);
  const hidden = { type: "opaqueredirect", status: 0, headers: new Headers(), body: null };
  assert.equal((await get("/", { fetch: async () => hidden })).status, 302);
});

test("asks without cookies, redirects and a referrer, whatever fetch does by default", async () => {
  let asked;
  const fetch = async (_, init) => {
    asked = init;
    return new Response("whole");
  };
  await get("/", { fetch });
  const { credentials, redirect, referrerPolicy } = asked;
  assert.deepEqual([credentials, redirect, referrerPolicy], ["omit", "manual", "no-referrer"]);
});

test("refuses half a body and a host that is not there", async () => {
  await fails(get("/half"), "unreachable");
  await assert.rejects(get("/half"), { received: 4 });
  const nobody = new Transport("http://127.0.0.1:1", { clock: systemClock, timeoutMs: 5_000 });
  await fails(nobody.send("/", { maxBytes: 1 }), "unreachable");
});

test("bounds the time of the whole body", async () => {
  for (const path of ["/hangs", "/hangs-halfway"]) {
    const clock = new TestClock();
    const answer = fails(get(path, { clock, timeoutMs: 3_000 }), "timeout");
    await clock.advance(3_000);
    await answer;
  }
});

test("bounds the time of a fetch that does not heed its signal", async () => {
  const clock = new TestClock();
  const answer = fails(get("/", { clock, fetch: () => new Promise(() => {}) }), "timeout");
  await clock.advance(5_000);
  await answer;
});

/** Returns a transport whose host sends a byte a second, and what it sends. */
function drips(clock, count) {
  let sent = 0;
  const body = new ReadableStream({
    start(controller) {
      const send = () => {
        controller.enqueue(Uint8Array.of(sent));
        if ((sent += 1) === count) controller.close();
        else clock.setTimeout(send, 1_000);
      };
      clock.setTimeout(send, 1_000);
    },
  });
  return new Transport(base, { clock, timeoutMs: 3_000, fetch: async () => new Response(body) });
}

test("waits for an answer that keeps coming, though it takes longer than silence may", async () => {
  const clock = new TestClock();
  const answer = drips(clock, 20).send("/", { maxBytes: 400_000 });
  await clock.advance(20_000);
  assert.equal((await answer).body.length, 20);
  assert.equal(clock.pending, 0, "no timer is left");
});

test("waits for no answer that comes more slowly than is of use, and counts what came", async () => {
  const clock = new TestClock();
  const answer = drips(clock, 20).send("/", { maxBytes: 4_000 });
  const failed = assert.rejects(answer, { name: "TransportError", code: "timeout", received: 6 });
  await clock.advance(6_000);
  await failed;
});

test("throws the reason of a signal, before and during a request", async () => {
  const controller = new AbortController();
  const pending = get("/hangs", { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(pending, reason);
  await assert.rejects(get("/whole", { signal: controller.signal }), reason);
});

test("takes an answer that was asked for ahead once, and then asks anew", async () => {
  let asked = 0;
  const fetch = async () => new Response(`${(asked += 1)}`);
  const transport = new Transport(base, { clock: systemClock, timeoutMs: 5_000, fetch });
  transport.begin("/", { cache: "no-cache" });
  const next = async () => Buffer.from((await transport.send("/", { maxBytes: 5 })).body).toString();
  assert.deepEqual([await next(), await next()], ["1", "2"]);
  transport.begin("/other", { cache: "no-cache" });
  assert.equal(await next(), "4", "of its own path only");
});

test("asks again where the request sent ahead has failed", async () => {
  let asked = 0;
  const fetch = async () => {
    if ((asked += 1) === 1) throw new TypeError("fetch failed");
    return new Response("whole");
  };
  const transport = new Transport(base, { clock: systemClock, timeoutMs: 5_000, fetch });
  transport.begin("/", { cache: "no-cache" });
  assert.equal((await transport.send("/", { maxBytes: 5 })).status, 200);
  assert.equal(asked, 2);
});

test("bounds an answer that was asked for ahead as any other", async () => {
  const clock = new TestClock();
  const transport = new Transport(base, { clock, timeoutMs: 3_000 });
  for (const path of ["/whole", "/hangs", "/hangs-halfway"]) transport.begin(path, { cache: "default" });
  await fails(transport.send("/whole", { maxBytes: 4 }), "too-long");
  for (const path of ["/hangs", "/hangs-halfway"]) {
    const answer = fails(transport.send(path, { maxBytes: 100 }), "timeout");
    await clock.advance(3_000);
    await answer;
  }
});

test("sends nothing ahead once the start is over, and hangs up on what nobody took", async () => {
  const signals = [];
  const fetch = (_, { signal }) => (signals.push(signal), new Promise(() => {}));
  const transport = new Transport(base, { clock: systemClock, timeoutMs: 5_000, fetch });
  transport.begin("/", { cache: "no-cache" });
  transport.started();
  transport.begin("/", { cache: "no-cache" });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
});
