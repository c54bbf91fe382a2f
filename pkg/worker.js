import { toPlain } from "./src/errors.js";
import { Peer } from "./src/peer.js";
import { IndexedDbStore, LightClient, Verifier } from "./slim.js";

// The other half of index.js: a worker has one client or one verifier.
let held;

const peer = new Peer(self, {
  async start({ store, module = shipped(), ...options }) {
    held = await LightClient.start({ ...options, module, store: storeOf(store) });
    relay(held.events());
  },
  async load({ module = shipped(), ...options }) {
    held = await Verifier.load({ ...options, module });
  },
  status: () => held.status(),
  wake: () => held.wake(),
  verify: (inputs) => held.verify(inputs),
  warmup: () => held.warmup(),
  close: () => held.close(),
});

const shipped = () => new URL("./generated/rpp_wasm_bg.wasm", import.meta.url);

async function relay(events) {
  for await (const { error, ...event } of events) {
    await peer.call("publish", error ? { ...event, error: toPlain(error) } : event);
  }
}

function storeOf(name) {
  if (name !== undefined) return new IndexedDbStore(name);
  const call = (method) => (key, state) => peer.call("store", { method, key, state });
  return { load: call("load"), save: call("save"), discard: call("discard") };
}
