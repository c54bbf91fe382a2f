import type { Client, CommonOptions, ModuleSource, ProofVerifier, Verdict } from "./index.js";

export * from "./index.js";

/** The part of the result of `fetch` that is used; `body` is a stream of bytes. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: any;
}

/** Options of a client in the caller's own thread; state is kept in memory by default. */
export interface ClientOptions extends CommonOptions {
  /** The module; there is no default. */
  readonly module: ModuleSource;
  /** Replaces the global `fetch`. */
  readonly fetch?: ((url: string, init: any) => Promise<FetchedResponse>) | undefined;
}

export interface LightClient extends Client {}

/** Follows a chain in the caller's own thread. */
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
   * @throws {RppError} the reason the host was refused or is unreachable, a crash, or a `ConflictError`: then use
   *   `start` and `choose`.
   */
  static once(options: ClientOptions): Promise<Verdict | undefined>;
}

/** Options of a verifier in the caller's own thread. */
export interface VerifierOptions {
  /** The chain whose proofs are verified. */
  readonly chainId: number;
  /** The module; there is no default. */
  readonly module: ModuleSource;
  /** Time limit for the module, in milliseconds: 10 s by default. */
  readonly timeoutMs?: number | undefined;
}

export interface Verifier extends ProofVerifier {}

/** Verifies single proofs of one chain in the caller's own thread. */
export class Verifier {
  protected constructor();

  /**
   * Compiles the module.
   *
   * @throws {ConfigError} if an option is invalid.
   */
  static load(options: VerifierOptions): Promise<Verifier>;
}
