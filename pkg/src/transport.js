import { TransportError } from "./errors.js";

/** GET requests to one host; what comes back is bounded in bytes and in time. */
export class Transport {
  #base;
  #fetch;
  #timeoutMs;
  #clock;
  #begun = new Map();
  #started = false;

  constructor(base, { fetch = globalFetch, timeoutMs, clock }) {
    this.#base = base;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** Sends a request ahead: the next [`get`] of `path` takes its answer, unless it fails. */
  begin(path, { cache, accept }) {
    if (this.#started) return;
    const controller = new AbortController();
    const response = this.#ask(path, controller.signal, cache, accept);
    response.catch(() => {});
    this.#begun.set(path, { controller, response });
  }

  /** Ends the start: hangs up on what was begun and nobody has asked for, and begins no more. */
  started() {
    this.#started = true;
    for (const { controller } of this.#begun.values()) controller.abort();
    this.#begun.clear();
  }

  /**
   * Returns status, `Retry-After` and body, or throws a `TransportError`.
   *
   * `cache` is fetch's own, `accept` the media type to ask for. When `signal` aborts, its reason is thrown.
   */
  async get(path, { maxBytes, signal, cache, accept }) {
    const begun = this.#begun.get(path);
    this.#begun.delete(path);
    const controller = begun?.controller ?? new AbortController();
    const { signal: inner } = controller;
    const late = () => controller.abort(fault("timeout", `no answer in ${this.#timeoutMs} ms`));
    const timer = this.#clock.setTimeout(late, this.#timeoutMs);
    const cancel = () => controller.abort(signal.reason);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    try {
      // Raced: a fetch of the caller's may not heed its signal.
      const ask = () => this.#ask(path, inner, cache, accept);
      const response = begun?.response.catch(ask) ?? ask();
      return await Promise.race([aborted(inner), read(response, maxBytes)]);
    } catch (cause) {
      if (inner.aborted) throw inner.reason;
      if (cause instanceof TransportError) throw cause;
      throw fault("unreachable", `no answer: ${cause?.message ?? cause}`, cause);
    } finally {
      this.#clock.clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      controller.abort();
    }
  }

  async #ask(path, signal, cache, accept) {
    const headers = accept && { accept };
    return this.#fetch(this.#base + path, { ...request(signal, cache), headers });
  }
}

async function read(answer, maxBytes) {
  const { type, status, headers, body } = await answer;
  const seconds = headers.get("retry-after");
  const retryAfterMs = /^\d{1,6}$/.test(seconds ?? "") ? Number(seconds) * 1000 : undefined;
  if (Number(headers.get("content-length")) > maxBytes) throw tooLong(maxBytes);
  return {
    // A browser hides which redirect it was.
    status: type === "opaqueredirect" ? 302 : status,
    retryAfterMs,
    body: await capped(body, maxBytes),
  };
}

/** Returns the options of every request: no cookies, no redirects, no referrer. */
export function request(signal, cache) {
  const credentials = "omit";
  return { signal, cache, credentials, redirect: "manual", referrerPolicy: "no-referrer" };
}

/** Returns the global `fetch`, as one function of the module. */
export const globalFetch = (url, init) => fetch(url, init);

async function capped(stream, maxBytes) {
  if (!stream) return new Uint8Array();
  const reader = stream.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, length);
    length += value.length;
    if (length > maxBytes) {
      reader.cancel().catch(() => {});
      throw tooLong(maxBytes);
    }
    chunks.push(value);
  }
}

function joined(chunks, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Rejects with the signal's reason when it aborts. */
export function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

const fault = (code, message, cause) => new TransportError(code, message, { cause });
const tooLong = (maxBytes) => fault("too-long", `the answer has more than ${maxBytes} bytes`);
