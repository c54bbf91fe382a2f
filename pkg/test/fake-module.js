// A module with the session's interface and none of its rules: a head is whatever the host says.
// The bodies `bad` and `trap` are refused, and crash it. A state `state-unknown-key` or `upgrade-required` is refused with that code. What a head says was `seen` is what this session has seen of a setup.

/** Returns what stands for the glue; `made` counts instances. Each session asks `questions` at once. */
export function fakeModule(questions = 1) {
  const made = [];
  const make = () => {
    const instance = { dead: false, calledDead: 0, mostBytes: 0, questions };
    made.push(instance);
    return {
      Session: class extends FakeSession {
        constructor(checkpoint, everyMs, transitions, maxHeadAgeMs) {
          super({ checkpoint, everyMs, transitions, maxHeadAgeMs }, instance);
        }
      },
    };
  };
  return { make, made };
}

const CODES = ["state-unknown-key", "upgrade-required"];

export function bytesOf(text) {
  return new TextEncoder().encode(text);
}

export function refusal(kind, code, message = code) {
  const transient = kind === "transport" || code === "provider-busy";
  return Object.assign(new Error(message), { code, kind, transient });
}

class FakeSession {
  #config;
  #instance;
  #phase = "load";
  #head;
  #waitUntil = 0;
  #backoffMs = 250;
  #verdict;

  constructor(config, instance) {
    this.#config = config;
    this.#instance = instance;
    this.#head = { height: 0, timestamp: Number(this.#config.checkpoint.split(":")[2]) };
  }

  need(unix, uptime) {
    this.#alive();
    if (this.#instance.unsaved) return { need: "save" };
    if (uptime < this.#waitUntil) return { need: "wait", ms: this.#waitUntil - uptime };
    if (this.#phase !== "fetch") return { need: this.#phase };
    const head = { ticket: 1, provider: 0, path: "/v1/head", accept: "text/plain", maxBytes: 64 };
    const more = Array.from({ length: this.#instance.questions - 1 }, (_, i) => {
      return { ...head, ticket: 2 + i, path: `/v1/ancestors/${i}` };
    });
    return { need: "fetch", fetches: [head, ...more] };
  }

  loaded(unix, uptime, state) {
    this.#alive();
    this.#phase = "fetch";
    if (state === undefined) return undefined;
    this.#instance.mostBytes = Math.max(this.#instance.mostBytes, state.length);
    const text = new TextDecoder().decode(state);
    if (text === "trap") this.#trap();
    if (text === "upgrade-required") this.#head.height = null;
    if (CODES.includes(text)) throw refusal("state", text);
    if (!text.startsWith("{")) throw refusal("state", "truncated");
    this.#head = JSON.parse(text);
    return this.#toVerdict("stored");
  }

  answer(unix, uptime, ticket, status, retryAfterMs, body) {
    this.#alive();
    const text = new TextDecoder().decode(body);
    if (text === "trap") this.#trap();
    const late = status >= 500 && refusal("problem", "provider-busy");
    const other = status !== 200 && refusal("problem", "provider-refused");
    const error = late || other || (text === "bad" && refusal("verify", "opening"));
    if (error) this.#backOff(uptime, error, retryAfterMs);
    const head = JSON.parse(text);
    this.#backoffMs = 250;
    if (head.height === this.#head.height) return this.#rest(uptime);
    this.#head = head;
    this.#phase = "save";
    this.#verdict = this.#toVerdict("head");
  }

  failed(unix, uptime, ticket, code, detail) {
    this.#alive();
    this.#backOff(uptime, refusal("transport", code, detail));
  }

  seen() {
    this.#alive();
    return this.#head.seen ?? "";
  }

  join(unix, uptime, state) {
    this.#alive();
    const text = new TextDecoder().decode(state);
    if (text === "trap") this.#trap();
    if (!text.startsWith("{")) throw refusal("state", "truncated");
    const { seen = "" } = JSON.parse(text);
    if (seen <= this.seen()) return;
    this.#head.seen = seen;
    this.#phase = "save";
    this.#verdict = undefined;
  }

  /** Goes down to the checkpoint, whatever the choice. */
  choose() {
    this.#alive();
    this.#head.height = 0;
  }

  state() {
    return bytesOf(JSON.stringify(this.#head));
  }

  saved(unix, uptime, isWritten) {
    this.#alive();
    this.#instance.isWritten = isWritten;
    this.#instance.unsaved = false;
    if (this.#phase === "save") this.#rest(uptime);
    const verdict = this.#verdict;
    this.#verdict = undefined;
    return verdict;
  }

  status() {
    this.#alive();
    const spent = { bytes: 12345678901234567890n, requests: 1 };
    return { height: this.#head.height, ...(this.#instance.stopped && { stopped: true }), ...this.#times(), spent };
  }

  wake() {
    this.#alive();
    this.#waitUntil = 0;
  }

  /** A question whose value is the answer's text. */
  account(height, index) {
    this.#alive();
    let text;
    return {
      need: () => {
        this.#alive();
        if (text === "trap") this.#trap();
        const request = { path: `/v1/accounts/${index}`, accept: "text/plain", maxBytes: 64 };
        return text === undefined ? { request } : { value: { fields: { text }, header: text, document: text } };
      },
      answer: (status, retryAfterMs, body) => (text = new TextDecoder().decode(body)),
      free: () => this.#alive(),
    };
  }

  free() {
    this.#instance.freed = true;
  }

  #alive() {
    // What wasm-bindgen says of an object that was borrowed when its instance trapped.
    this.#instance.calledDead += Number(this.#instance.dead);
    if (this.#instance.dead) throw new Error("recursive use of an object detected");
  }

  #trap() {
    this.#instance.dead = true;
    throw new WebAssembly.RuntimeError("unreachable");
  }

  #rest(uptime) {
    this.#phase = "fetch";
    this.#waitUntil = uptime + (this.#config.everyMs ?? 1_000);
  }

  #backOff(uptime, error, retryAfterMs) {
    this.#phase = "fetch";
    this.#waitUntil = uptime + (retryAfterMs ?? this.#backoffMs);
    this.#backoffMs *= 2;
    throw error;
  }

  #toVerdict(step) {
    const { height } = this.#head;
    const spent = { bytes: 12345678901234567890n, requests: 1 };
    const statement = { kind: "consensus", chainId: 7, height };
    const spans = [{ firstEpoch: 0, lastEpoch: 1, lastHash: "5a".repeat(32), setupVersion: null, proofBytes: 9 }];
    return { step, statement, spans, ...this.#times(), spent };
  }

  #times() {
    const { timestamp } = this.#head;
    return { timestampMs: timestamp, staleAtMs: timestamp + this.#config.maxHeadAgeMs };
  }
}
