import type {
  CommonOptions,
  LightClient as WorkerClient,
  ModuleSource,
  Verifier as WorkerVerifier,
} from "./index.js";

export * from "./index.js";

/** What `fetch` resolves to, as far as it is used; `body` is a stream of bytes. */
export interface FetchedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: any;
}

/** Options of a client in the caller's own thread; state is kept in memory by default. */
export interface ClientOptions extends CommonOptions {
  /** The module: there is no default. */
  readonly module: ModuleSource;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: (url: string, init: any) => Promise<FetchedResponse>;
}

/** Follows a chain in the caller's own thread. */
export class LightClient implements Pick<WorkerClient, keyof WorkerClient> {
  protected constructor();

  /**
   * Starts to follow.
   *
   * @throws {ConfigError} where an option is not usable.
   * @throws {FloorError} where this verifier proves less than the floor.
   */
  static start(options: ClientOptions): Promise<LightClient>;

  heads: WorkerClient["heads"];
  events: WorkerClient["events"];
  status: WorkerClient["status"];
  wake: WorkerClient["wake"];
  close: WorkerClient["close"];
}

/** Options of a verifier in the caller's own thread. */
export interface VerifierOptions {
  /** The chain whose proofs are verified. */
  readonly chainId: number;
  /** The module: there is no default. */
  readonly module: ModuleSource;
}

/** Verifies single proofs of one chain in the caller's own thread. */
export class Verifier implements Pick<WorkerVerifier, keyof WorkerVerifier> {
  protected constructor();

  /**
   * Compiles the module.
   *
   * @throws {ConfigError} where an option is not usable.
   */
  static load(options: VerifierOptions): Promise<Verifier>;

  verify: WorkerVerifier["verify"];
  warmup: WorkerVerifier["warmup"];
  close: WorkerVerifier["close"];
}
