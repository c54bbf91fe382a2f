import { bounded } from "./bounded.js";
import { ConfigError, reasonOf, RppError, TransportError } from "./errors.js";

/**
 * Requests to one host; what comes back is bounded in bytes, and in time by silence: an answer that keeps
 * coming may take longer, but no less than 2 KiB a second.
 */
export class Transport {
  #base;
  #fetch;
  #timeoutMs;
  #clock;
  #begun = new Map();
  #started = false;
  #refusal;

  constructor(base, { fetch = globalFetch, timeoutMs, clock }) {
    this.#base = base;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** Sends a request ahead: the next [`send`] of `path` takes its answer, unless it fails. */
  begin(path, { cache, accept }) {
    if (this.#started) return;
    const controller = new AbortController();
    const response = this.#ask(path, controller.signal, { cache, accept });
    response.catch(() => {});
    this.#begun.set(path, { controller, response });
  }

  /** Throws where `fetch` did not take what was begun: that is not the host's fault, and does not pass. */
  check() {
    if (this.#refusal) throw this.#refusal;
  }

  /** Ends the start: hangs up on what was begun and nobody has asked for, and begins no more. */
  started() {
    this.#started = true;
    for (const { controller } of this.#begun.values()) controller.abort();
    this.#begun.clear();
  }

  /**
   * Returns status, `Retry-After`, type and body, or throws a `TransportError` with the bytes that were `received`.
   *
   * `cache` is fetch's own, `accept` the media type to ask for; with a `body` it is a `POST` of that `contentType`. When
   * `signal` aborts, its reason is thrown.
   */
  async send(path, { maxBytes, signal, ...rest }) {
    const begun = this.#begun.get(path);
    this.#begun.delete(path);
    const [timeoutMs, clock, controller] = [this.#timeoutMs, this.#clock, begun?.controller];
    const end = clock.uptime() + timeoutMs + maxBytes / SLOWEST_BYTES_PER_MS;
    const late = () => fault("timeout", `no answer in ${timeoutMs} ms`);
    let received = 0;
    const work = (inner, expect) => {
      const heard = (bytes = 0) => {
        received += bytes;
        if (clock.uptime() > end) throw late();
        expect();
      };
      const ask = () => this.#ask(path, inner, rest);
      return read(begun?.response.catch(ask) ?? ask(), maxBytes, heard);
    };
    try {
      return await bounded(work, { timeoutMs, clock, controller, late, signal });
    } catch (cause) {
      if (cause instanceof ConfigError || signal?.aborted) throw cause;
      const unreachable = () => fault("unreachable", `no answer: ${reasonOf(cause)}`, cause);
      throw Object.assign(cause instanceof RppError ? cause : unreachable(), { received });
    }
  }

  async #ask(path, signal, { cache, accept, contentType, body }) {
    const headers = accept && { accept };
    const asked = { ...request(signal, cache), headers };
    if (body) Object.assign(asked, { method: "POST", headers: { ...headers, "content-type": contentType }, body });
    let answer;
    try {
      answer = this.#fetch(this.#base + path, asked);
    } catch (cause) {
      // What fails on the way to the host is a promise that rejects.
      throw (this.#refusal = badFetch(`fetch refuses to ask: ${reasonOf(cause)}`, cause));
    }
    return answer;
  }
}

async function read(answer, maxBytes, heard) {
  const { type, status, headers, body } = (await answer) ?? {};
  if (typeof headers?.get !== "function" || (body && typeof body.getReader !== "function")) {
    throw badFetch("what fetch returned is not a Response with a stream");
  }
  heard();
  const seconds = headers.get("retry-after");
  const retryAfterMs = /^\d{1,19}$/.test(seconds ?? "") ? Number(seconds) * 1000 : undefined;
  const isDeclared = Number(headers.get("content-length")) > maxBytes;
  const bytes = isDeclared ? undefined : await capped(body, maxBytes, heard);
  // Of a problem the status counts, however long its page is.
  if (!bytes && (status === 200 || status === 202)) throw fault("too-long", `the answer has more than ${maxBytes} bytes`);
  return {
    // A browser hides which redirect it was.
    status: type === "opaqueredirect" ? 302 : status,
    retryAfterMs,
    contentType: headers.get("content-type") ?? "",
    body: bytes ?? new Uint8Array(),
  };
}

/** Returns the options of every request: no cookies, no redirects, no referrer. */
export function request(signal, cache) {
  const credentials = "omit";
  return { signal, cache, credentials, redirect: "manual", referrerPolicy: "no-referrer" };
}

/** Calls the global `fetch`; throws, and does not reject, where that takes no such request. */
export function globalFetch(url, init) {
  // Some runtimes lack an option, and some test environments bring an `AbortSignal` of their own.
  if (globalThis.Request) new Request(url, init);
  return fetch(url, init);
}

/** Returns the body, or `undefined` where it is longer. */
async function capped(stream, maxBytes, heard) {
  if (!stream) return new Uint8Array();
  const reader = stream.getReader();
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes.slice(0, length);
    heard(value.length);
    if (length + value.length > maxBytes) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    bytes.set(value, length);
    length += value.length;
  }
}

const SLOWEST_BYTES_PER_MS = 2;

const fault = (code, message, cause) => new TransportError(code, message, { cause });
const badFetch = (message, cause) => new ConfigError("bad-fetch", message, { cause });
