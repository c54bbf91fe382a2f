import { required } from "./compile.js";
import { ConfigError, VerifierCrashError, VerifyError } from "./errors.js";
import { frozen } from "./frozen.js";
import { Guarded } from "./guarded.js";
import { verifierOptions } from "./options.js";

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

  /** Compiles the module; throws a `ConfigError` where there is none. */
  static async load(given) {
    const { module, chainId } = verifierOptions(given);
    return new this(await required(module), chainId);
  }

  /** Checks one proof; resolves to the verdict, or throws why there is none. */
  async verify({ header, parent, certificate, proof }) {
    const inputs = Object.entries({ header, parent, certificate, proof }).map(bytes);
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

function bytes([name, value]) {
  if (value instanceof ArrayBuffer) return bytes([name, new Uint8Array(value)]);
  if (!(value instanceof Uint8Array))
    throw new ConfigError("bad-bytes", `${name} is not a Uint8Array`);
  // The memory of an instance grows and never shrinks.
  if (value.length > MAX_BYTES) throw new VerifyError("too-long", `${name} is above ${MAX_BYTES}`);
  return value;
}

const MAX_BYTES = 2 ** 20;
