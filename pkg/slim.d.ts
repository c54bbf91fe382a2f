import type { Client, CommonOptions, ModuleSource, ProofVerifier } from "./index.js";

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
  readonly fetch?: (url: string, init: any) => Promise<FetchedResponse>;
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
}

/** Options of a verifier in the caller's own thread. */
export interface VerifierOptions {
  /** The chain whose proofs are verified. */
  readonly chainId: number;
  /** The module; there is no default. */
  readonly module: ModuleSource;
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
