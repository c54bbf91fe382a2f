import { instantiate } from "../generated/glue.js";
import { fromModule } from "./errors.js";

/** One object of the module in an instance of its own, so that a crash takes nothing with it. */
export class Guarded {
  #object;

  /** Makes a fresh instance of `module`, and in it what `create` returns. */
  constructor(module, create, make = instantiate) {
    this.#object = guard(() => create(make(module)));
  }

  /** Returns what `work` makes of the object; whatever it throws is an `RppError`. */
  call(work) {
    return guard(() => work(this.#object));
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
