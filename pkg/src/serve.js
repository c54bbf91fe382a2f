import { ASK } from "./ask.js";
import { toPlain } from "./errors.js";
import { IndexedDbStore } from "./indexeddb-store.js";
import { Peer } from "./peer.js";

/**
 * Serves a page over `port` with one client or one verifier, made by what is given: the other half of index.js, which
 * has read the options. Who serves clients only need not bundle verifiers.
 */
export function serve(port, { start, load }) {
  let held;
  let take;
  const asked = new Map();
  const module = new Promise((resolve) => (take = resolve));
  const peer = new Peer(port, {
    async start({ store, ...options }) {
      held = await start({ ...options, module, store: storeOf(store, peer) });
      relay(held.events(), peer);
    },
    async load(options) {
      held = load({ ...options, module: await module });
    },
    module: (compiled) => take(compiled),
    status: () => held.status(),
    wake: () => held.wake(),
    choose: (choice) => held.choose(choice),
    evidence: () => held.evidence(),
    async ask({ id, about }) {
      const controller = new AbortController();
      asked.set(id, controller);
      try {
        return await held[ASK](about, controller.signal);
      } finally {
        asked.delete(id);
      }
    },
    unask: (id) => asked.get(id)?.abort(),
    verify: (inputs) => held.verify(inputs),
    warmup: () => held.warmup(),
    close: () => held.close(),
  });
}

async function relay(events, peer) {
  for await (const { error, ...event } of events) {
    await peer.call("publish", error ? { ...event, error: toPlain(error) } : event);
  }
}

function storeOf(name, peer) {
  if (name !== undefined) return new IndexedDbStore(name);
  const call = (method) => (key, ...states) => peer.call("store", { method, key, states });
  return { load: call("load"), save: call("save") };
}
