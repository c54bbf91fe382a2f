import type { Client, ModuleSource, ProofVerifier, Store, Verdict } from "./index.js";
import type {
  ClientOptions as SlimClientOptions,
  VerifierOptions as SlimVerifierOptions,
} from "./slim.js";

export * from "./slim.js";

/** Options of a client; state is kept in memory by default. */
export interface ClientOptions extends Omit<SlimClientOptions, "module"> {
  /** A module to use instead of the package's own. */
  readonly module?: ModuleSource | undefined;
}

/** Options of a verifier. */
export interface VerifierOptions extends Omit<SlimVerifierOptions, "module"> {
  /** A module to use instead of the package's own. */
  readonly module?: ModuleSource | undefined;
}

export interface LightClient extends Client {}

/** Follows a chain. */
export class LightClient {
  protected constructor();

  /**
   * Starts following.
   *
   * @throws {ConfigError} if an option is invalid.
   * @throws {FloorError} if this verifier proves less than the floor.
   */
  static start(options: ClientOptions): Promise<LightClient>;

  /**
   * Does one step and returns, where nothing runs for long: catches up with the host's head, keeps it in `store`
   * and closes. Resolves to the verdict on the head, or to `undefined` where that is the checkpoint.
   *
   * Nothing is retried: call it again, such as at the next alarm.
   *
   * @throws {RppError} the reason the host was refused or is unreachable, or a crash.
   */
  static once(options: ClientOptions): Promise<Verdict | undefined>;
}

export interface Verifier extends ProofVerifier {}

/** Verifies single proofs of one chain. */
export class Verifier {
  protected constructor();

  /**
   * Compiles the module.
   *
   * @throws {ConfigError} if an option is invalid.
   */
  static load(options: VerifierOptions): Promise<Verifier>;
}

export interface FileStore extends Store {}

/**
 * Keeps the state of one checkpoint in a file, written atomically; for one process at a time.
 *
 * What is in the file and is not a state of the checkpoint is reported as `storage-foreign` when it is read. The
 * next save replaces the state of another checkpoint, and renames anything else to `rpp-foreign-*`.
 */
export class FileStore {
  /** The file's folder is created when there is something to store. */
  constructor(path: string);
}
