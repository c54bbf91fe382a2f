import { required as compile } from "./src/compile.js";
import { walletOptions } from "./src/options.js";
import { IndexedDbSignerStore } from "./src/wallet/indexeddb-signer-store.js";
import { LocalPort } from "./src/wallet/local-port.js";
import { Wallet as Base } from "./src/wallet/wallet.js";

export * from "./src/wallet/public.js";

/** Makes, keeps and uses the key of an account in the thread that it is loaded in, which each call keeps busy. */
export class Wallet extends Base {
  /** Compiles the module; throws a `ConfigError` where an option is not usable. */
  static async load(given) {
    const { module, store = new IndexedDbSignerStore(), timeoutMs } = walletOptions(given);
    return new this(new LocalPort({ module: await compile(module, { timeoutMs }), store, timeoutMs }));
  }
}
