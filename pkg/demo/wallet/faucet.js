// The faucet of a devnet. What it answers is the host's word; what it gave shows in a balance that is proven.
import { printable, ProblemError, TransportError } from "../../src/errors.js";

/** Asks the host's faucet for something; resolves to the hash of the operation that it says it has handed in. */
export async function askFaucet(host, account) {
  let answer, body;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const headers = { accept: "application/json" };
    answer = await fetch(`${host}/v1/faucet/${account}`, { method: "POST", headers, signal, redirect: "error" });
    body = JSON.parse(await textOf(answer));
  } catch (cause) {
    throw new TransportError("unreachable", "no whole answer came from the faucet", { cause });
  }
  const { hash, code, detail } = Object(body);
  if (answer.status === 202 && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash)) return hash;
  if (typeof code !== "string" || !/^[a-z-]{1,40}$/.test(code)) throw new ProblemError("foreign-answer", "something else answers in the host's place");
  const refused = new ProblemError("provider-refused", printable((typeof detail === "string" ? detail : code).slice(0, MOST_SHOWN)));
  throw Object.assign(refused, { hostCode: code });
}

/** Reads a short answer: a host may send one without end. */
async function textOf(answer) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > MOST_CHARACTERS) {
      await reader.cancel();
      throw new Error("the answer is too long");
    }
  }
}

const TIMEOUT_MS = 15_000;
const MOST_CHARACTERS = 8_192;
const MOST_SHOWN = 200;
