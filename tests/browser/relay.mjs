// A server between browser and host that serves the page, and behaves as badly as it is told to.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { once } from "node:events";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { required } from "./environment.mjs";

export class Relay {
  #server = createServer((asked, answer) => this.#answer(asked, answer));
  #frozen;
  #away = false;

  /** Where requests go. */
  host;
  /** What was asked for, in order. */
  paths = [];
  /** Returns what goes on in place of the body of a successful answer to a path; set by whoever wants a host that lies. */
  alter;
  /** Scripts of a test's own, by their paths. */
  scripts = {};

  constructor(host) {
    this.host = host;
  }

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** From here on the head is the one of this moment. */
  async freeze() {
    const accept = "application/vnd.rpp.block";
    const response = await fetch(`${this.host}/v1/head`, { headers: { accept } });
    this.#frozen = { type: accept, body: Buffer.from(await response.arrayBuffer()) };
    // Read after it, so that it is at least the frozen head's.
    const { block } = await (await fetch(`${this.host}/v1/head`)).json();
    return block.height;
  }

  thaw() {
    this.#frozen = undefined;
  }

  /** Takes no request any more, or takes them again. */
  away(away = true) {
    this.#away = away;
    if (away) this.#server.closeAllConnections();
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #answer(asked, answer) {
    this.paths.push(asked.url);
    if (this.#away && asked.url.startsWith("/v1/")) return asked.socket.destroy();
    if (Object.hasOwn(this.scripts, asked.url)) {
      answer.writeHead(200, { "content-type": "text/javascript", "content-security-policy": POLICY });
      return answer.end(this.scripts[asked.url]);
    }
    if (!asked.url.startsWith("/v1/")) return file(asked.url, answer);
    if (this.#frozen && asked.url === "/v1/head") {
      answer.writeHead(200, { ...CORS, "content-type": this.#frozen.type });
      return answer.end(this.#frozen.body);
    }
    const { accept = "*/*", "content-type": type } = asked.headers;
    const headers = { accept, ...(type && { "content-type": type }) };
    const passed = request(this.host + asked.url, { method: asked.method, headers }, async (from) => {
      const { statusCode, headers } = from;
      const alter = statusCode === 200 ? this.alter : undefined;
      if (!alter) {
        answer.writeHead(statusCode, headers);
        return from.pipe(answer);
      }
      const body = Buffer.concat(await from.toArray());
      const told = alter(asked.url, body) ?? body;
      // What is kept of a lie would be told for ever.
      answer.writeHead(statusCode, { ...headers, "content-length": told.length, "cache-control": "no-store" });
      answer.end(told);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  }
}

function file(url, answer) {
  const { pathname } = new URL(url, "http://relay");
  const name = normalize(pathname === "/" ? "/index.html" : pathname);
  const path = name.startsWith(PACKAGE) ? PACKAGED + name.slice(PACKAGE.length) : join(required("RPP_SITE"), name);
  if (!existsSync(path) || !statSync(path).isFile()) return answer.writeHead(404).end();
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  answer.writeHead(200, { "content-type": type, "content-security-policy": POLICY, "cache-control": "no-cache" });
  createReadStream(path).pipe(answer);
}

// The package as it is published, for tests that use it without the page.
const PACKAGE = "/light-client/";
const PACKAGED = fileURLToPath(new URL("../../pkg/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const CORS = { "access-control-allow-origin": "*", "cache-control": "no-cache" };
// As strict as the host's own.
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
  "connect-src *; worker-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
