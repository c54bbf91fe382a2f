import { Peer } from "../peer.js";
import { Engine } from "./engine.js";
import { IndexedDbSignerStore } from "./indexeddb-signer-store.js";

/** Serves a page over `port` with one wallet: the other half of wallet.js, which has read what it was given. */
export function serve(port) {
  let engine;
  let take;
  const module = new Promise((resolve) => (take = resolve));
  const tell = (done) => void peer.call("progress", done).catch(() => {});
  const handlers = CALLS.map((name) => [name, (given) => engine[name](...given, ...(TELLING.has(name) ? [tell] : []))]);
  const peer = new Peer(port, {
    ...Object.fromEntries(handlers),
    async start({ store, timeoutMs }) {
      engine = new Engine({ module: await module, store: storeOf(store, peer), timeoutMs });
    },
    module: (compiled) => take(compiled),
    close: () => engine.close(),
  });
}

function storeOf(name, peer) {
  if (name !== undefined) return new IndexedDbSignerStore(name);
  const call =
    (method) =>
    (...given) =>
      peer.call("store", { method, given });
  return { load: call("load"), swap: call("swap") };
}

const TELLING = new Set(["generate", "restore"]);
const CALLS = [
  ...TELLING,
  "isStored",
  "create",
  "open",
  "importCopy",
  "status",
  "pending",
  "settle",
  "vouchForAccount",
  "register",
  "transfer",
  "rekey",
  "rekeyAgain",
  "abandon",
  "changePassphrase",
  "copy",
];
