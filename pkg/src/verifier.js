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

  /** Checks one proof, of which `inputsOf` made the bytes; resolves to the verdict, or throws why there is none. */
  async verify(inputs) {
    const start = performance.now();
    const verdict = this.#call((verifier) => verifier.verify(...inputs));
    const verifyMs = performance.now() - start;
    return frozen({ ...verdict, verifyMs });
  }

  /** Makes the instance and runs what needs no proof, so that the first verdict comes sooner. */
  async warmup() {
    const nothing = new Uint8Array();
    try {
      this.#call((verifier) => verifier.verify(nothing, nothing, nothing, nothing));
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

  #call(work) {
    if (this.#closed) throw new ConfigError("closed", "it has been closed");
    const chain = this.#chainId;
    const create = ({ ConsensusVerifier }) => new ConsensusVerifier(chain);
    this.#guarded ??= new Guarded(this.#module, create, this.#make);
    try {
      return this.#guarded.call(work);
    } catch (error) {
      if (error instanceof VerifierCrashError) this.#guarded = undefined;
      throw error;
    }
  }
}
