import type { Store, StoredState } from "./index.js";
import type {
  ClientOptions as SlimClientOptions,
  LightClient as SlimClient,
  ModuleSource,
  Verifier as SlimVerifier,
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

/** Follows a chain. */
export class LightClient implements Pick<SlimClient, keyof SlimClient> {
  protected constructor();

  /**
   * Starts to follow.
   *
   * @throws {ConfigError} where an option is not usable.
   * @throws {FloorError} where this verifier proves less than the floor.
   */
  static start(options: ClientOptions): Promise<LightClient>;

  heads: SlimClient["heads"];
  events: SlimClient["events"];
  status: SlimClient["status"];
  wake: SlimClient["wake"];
  close: SlimClient["close"];
}

/** Verifies single proofs of one chain. */
export class Verifier implements Pick<SlimVerifier, keyof SlimVerifier> {
  protected constructor();

  /**
   * Compiles the module.
   *
   * @throws {ConfigError} where an option is not usable.
   */
  static load(options: VerifierOptions): Promise<Verifier>;

  verify: SlimVerifier["verify"];
  warmup: SlimVerifier["warmup"];
  close: SlimVerifier["close"];
}

/** Keeps the state of one checkpoint in a file, whole or not at all; for one process at a time. */
export class FileStore implements Store {
  /** Its folder is made when there is something to keep. */
  constructor(path: string);
  load(key: string): Promise<StoredState | undefined>;
  save(key: string, state: StoredState): Promise<void>;
  discard(key: string, state: StoredState): Promise<void>;
}
