import { Client, startWith } from "./src/client.js";
import { listen } from "./src/hints.js";
import { once } from "./src/once.js";
import { clientOptions, verifierOptions } from "./src/options.js";
import { Verifier as Verifying } from "./src/verifier.js";

export * from "./src/public.js";

/** Follows a chain in the thread that it is started in: a worker's, a service worker's, an extension's. */
export class LightClient extends Client {
  /** Starts to follow; throws a `ConfigError` where an option is not usable. */
  static async start(given, parts) {
    return startWith({ listen, ...parts, ...clientOptions(given) }, this);
  }

  /** Does one step and returns. */
  static async once(given, parts) {
    return once({ ...parts, ...clientOptions(given) });
  }
}

/** Verifies single proofs of one chain in the thread that it is loaded in. */
export class Verifier extends Verifying {
  /** Compiles the module; throws a `ConfigError` where an option is not usable. */
  static async load(given, parts) {
    return this.of({ ...parts, ...verifierOptions(given) });
  }
}
