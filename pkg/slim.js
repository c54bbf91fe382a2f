import { Client, startWith } from "./src/client.js";
import { required as compile } from "./src/compile.js";
import { listen } from "./src/hints.js";
import { inputsOf } from "./src/inputs.js";
import { withLedger } from "./src/ledger.js";
import { once } from "./src/once.js";
import { choiceOf, clientOptions, iteratorOptions, verifierOptions } from "./src/options.js";
import { Verifier as Verifying } from "./src/verifier.js";
import { verifyPackage as verifyWith } from "./src/verify-package.js";

export * from "./src/public.js";

/** Follows a chain in the thread that it is started in: a worker's, a service worker's, an extension's. */
export class LightClient extends withLedger(Client) {
  /** Starts to follow; throws a `ConfigError` where an option is not usable. */
  static async start(given, parts) {
    return startWith({ compile, listen, ...parts, ...clientOptions(given) }, this);
  }

  /** Does one step and returns. */
  static async once(given, parts) {
    return once({ compile, ...parts, ...clientOptions(given) });
  }

  heads(options) {
    return super.heads(iteratorOptions(options));
  }

  events(options) {
    return super.events(iteratorOptions(options));
  }

  async choose(choice) {
    return super.choose(choiceOf(choice));
  }
}

/** Compares a module with the one that the setup of `client` lists. */
export const verifyPackage = (client, given) => verifyWith(client, given);

/** Verifies single proofs of one chain in the thread that it is loaded in. */
export class Verifier extends Verifying {
  /** Compiles the module; throws a `ConfigError` where an option is not usable. */
  static async load(given, parts) {
    const { module, chainId, timeoutMs } = { ...parts, ...verifierOptions(given) };
    return new this(await compile(module, { timeoutMs }), chainId);
  }

  async verify(given) {
    return super.verify(inputsOf(given));
  }
}
