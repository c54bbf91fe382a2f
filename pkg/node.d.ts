import type { Client, ModuleSource, ProofVerifier, Store } from "./index.js";
import type {
  ClientOptions as SlimClientOptions,
  VerifierOptions as SlimVerifierOptions,
} from "./slim.js";

export * from "./slim.js";

/** Options of a client; state is kept in memory by default. */
export interface ClientOptions extends Omit<SlimClientOptions, "module"> {
  /** Another module than the package's own. */
  readonly module?: ModuleSource;
}

/** Options of a verifier. */
export interface VerifierOptions extends Omit<SlimVerifierOptions, "module"> {
  /** Another module than the package's own. */
  readonly module?: ModuleSource;
}

export interface LightClient extends Client {}

/** Follows a chain. */
export class LightClient {
  protected constructor();

  /**
   * Starts to follow.
   *
   * @throws {ConfigError} where an option is not usable.
   * @throws {FloorError} where this verifier proves less than the floor.
   */
  static start(options: ClientOptions): Promise<LightClient>;
}

export interface Verifier extends ProofVerifier {}

/** Verifies single proofs of one chain. */
export class Verifier {
  protected constructor();

  /**
   * Compiles the module.
   *
   * @throws {ConfigError} where an option is not usable.
   */
  static load(options: VerifierOptions): Promise<Verifier>;
}

export interface FileStore extends Store {}

/** Keeps the state of one checkpoint in a file, whole or not at all; for one process at a time. */
export class FileStore {
  /** Its folder is made when there is something to keep. */
  constructor(path: string);
}
