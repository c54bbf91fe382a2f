import { instantiate } from "../generated/glue.js";
import { fromModule, VerifierCrashError } from "./errors.js";

/** One object of the module in an instance of its own, so that a crash takes nothing with it. */
export class Guarded {
  #object;
  #crash;

  /** Makes a fresh instance of `module`, and in it what `create` returns. */
  constructor(module, create, make = instantiate) {
    this.#object = guard(() => create(make(module)));
  }

  /**
   * Returns what `work` makes of the object; whatever it throws is an `RppError`.
   *
   * Nothing is called in an instance that crashed.
   */
  call(work) {
    if (this.#crash) throw this.#crash;
    try {
      return guard(() => work(this.#object));
    } catch (error) {
      if (error instanceof VerifierCrashError) this.#crash = error;
      throw error;
    }
  }

  /** Frees the object. Not for one that crashed: its memory is not to be trusted. */
  free() {
    this.call((object) => object.free());
  }
}

function guard(work) {
  try {
    return work();
  } catch (thrown) {
    throw fromModule(thrown);
  }
}
