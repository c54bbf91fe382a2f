import { ConfigError, VerifierCrashError } from "./errors.js";
import { frozen } from "./frozen.js";
import { Guarded } from "./guarded.js";

/** Verifies single proofs of one chain in the thread that it is loaded in. */
export class Verifier {
  #module;
  #chainId;
  #make;
  #guarded;
  #closed = false;

  constructor(module, chainId, make) {
    this.#module = module;
    this.#chainId = chainId;
    this.#make = make;
  }

  /** Checks one proof: `inputs` are what `inputsOf` returns. Resolves to the verdict, or throws why there is none. */
  async verify([name, method, ...inputs]) {
    const start = performance.now();
    const verdict = this.#call(name, (verifier) => verifier[method](...inputs));
    const verifyMs = performance.now() - start;
    return frozen({ ...verdict, verifyMs });
  }

  /** Makes the instance and runs what needs no proof, so that the first verdict comes sooner. */
  async warmup() {
    const nothing = new Uint8Array();
    try {
      this.#call("ConsensusVerifier", (verifier) => verifier.verify(nothing, nothing, nothing, nothing));
    } catch (error) {
      if (error instanceof VerifierCrashError) throw error;
    }
  }

  /** Frees what the verifier holds. */
  async close() {
    this.#closed = true;
    const guarded = this.#guarded;
    this.#guarded = undefined;
    guarded?.free();
  }

  #call(name, work) {
    if (this.#closed) throw new ConfigError("closed", "it has been closed");
    const chain = this.#chainId;
    // One instance has both.
    const create = (module) => new Verifiers(module, chain);
    this.#guarded ??= new Guarded(this.#module, create, this.#make);
    try {
      return this.#guarded.call((verifiers) => work(verifiers.get(name)));
    } catch (error) {
      if (error instanceof VerifierCrashError) this.#guarded = undefined;
      throw error;
    }
  }
}

/** The module's verifiers of a chain, each made when it is asked for. */
class Verifiers {
  #module;
  #chainId;
  #made = {};

  constructor(module, chainId) {
    this.#module = module;
    this.#chainId = chainId;
  }

  get(name) {
    return (this.#made[name] ??= new this.#module[name](this.#chainId));
  }

  free() {
    for (const verifier of Object.values(this.#made)) verifier.free();
  }
}
