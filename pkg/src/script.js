import { bounded } from "./bounded.js";
import { reasonOf } from "./errors.js";

/**
 * Returns what can be found out about the script of the worker that `make` makes, for a message: no more is told of a
 * worker that does not start than that it failed.
 */
export async function seenOf(make) {
  const address = globalThis.Worker && addressOf(make);
  if (address === undefined) return "";
  try {
    const late = () => new Error("no answer");
    const { status, headers } = await bounded((signal) => fetch(address, { signal }), { timeoutMs: LOOK_MS, late });
    const [type, coep] = ["content-type", "cross-origin-embedder-policy"].map((name) => headers.get(name));
    return ` (${address} answers ${status}, ${type}, COEP ${coep})`;
  } catch (error) {
    return ` (${address}: ${reasonOf(error)})`;
  }
}

/**
 * Returns the address that `make` gives to `Worker`, without making another worker. It is in `make` alone: bundlers find
 * a worker only where its address is written out.
 */
function addressOf(make) {
  const { Worker } = globalThis;
  let address;
  try {
    globalThis.Worker = class extends EventTarget {
      constructor(script) {
        super();
        address = new URL(script, location.href).href;
      }
    };
    try {
      make();
    } finally {
      globalThis.Worker = Worker;
    }
  } catch {
    // What cannot be found out is left out.
  }
  return address;
}

const LOOK_MS = 1_000;
