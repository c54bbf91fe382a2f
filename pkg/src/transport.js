import { TransportError } from "./errors.js";

/** GET requests to one host; what comes back is bounded in bytes and in time. */
export class Transport {
  #base;
  #fetch;
  #timeoutMs;
  #clock;

  constructor(base, { fetch = globalFetch, timeoutMs, clock }) {
    this.#base = base;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /**
   * Returns status, `Retry-After` and body, or throws a `TransportError`.
   *
   * `cache` is fetch's own. When `signal` aborts, its reason is thrown.
   */
  async get(path, { maxBytes, signal, cache }) {
    const controller = new AbortController();
    const { signal: inner } = controller;
    const late = () => controller.abort(fault("timeout", `no answer in ${this.#timeoutMs} ms`));
    const timer = this.#clock.setTimeout(late, this.#timeoutMs);
    const cancel = () => controller.abort(signal.reason);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    try {
      // Raced: a fetch of the caller's may not heed its signal.
      return await Promise.race([aborted(inner), this.#read(path, maxBytes, inner, cache)]);
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

  async #read(path, maxBytes, signal, cache) {
    const response = await this.#fetch(this.#base + path, request(signal, cache));
    const { headers, body } = response;
    // A browser hides which redirect it was.
    const status = response.type === "opaqueredirect" ? 302 : response.status;
    const seconds = headers.get("retry-after");
    const retryAfterMs = /^\d{1,6}$/.test(seconds ?? "") ? Number(seconds) * 1000 : undefined;
    if (Number(headers.get("content-length")) > maxBytes) throw tooLong(maxBytes);
    return { status, retryAfterMs, body: await capped(body, maxBytes) };
  }
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

function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

const fault = (code, message, cause) => new TransportError(code, message, { cause });
const tooLong = (maxBytes) => fault("too-long", `answer of more than ${maxBytes} bytes`);
