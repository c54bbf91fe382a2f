import { compile } from "./src/compile.js";
import { walletOptions } from "./src/options.js";
import { reading } from "./src/reading.js";
import { IndexedDbSignerStore } from "./src/wallet/indexeddb-signer-store.js";
import { ThreadPort } from "./src/wallet/thread-port.js";
import { Wallet as Base } from "./src/wallet/wallet.js";

export * from "./src/wallet/public.js";

/** Makes, keeps and uses the key of an account in a worker; the page only relays. */
export class Wallet extends Base {
  /** Starts the worker; throws a `ConfigError` where an option is not usable, or no worker. */
  static async load(given) {
    const options = walletOptions(given, ["worker"]);
    const { worker: make = newWorker, module = shipped, store = new IndexedDbSignerStore(), timeoutMs } = options;
    // What a subclass does differently stays on the page.
    const name = reading(() => (store.constructor === IndexedDbSignerStore ? store.name : undefined));
    const port = new ThreadPort({ make, module: compile(module, { timeoutMs }), timeoutMs, store, name });
    await port.begin();
    return new this(port);
  }
}

const newWorker = () => new Worker(new URL("./wallet-worker.js", import.meta.url), { type: "module" });
const shipped = () => new URL("./generated/rpp_wallet_bg.wasm", import.meta.url);
