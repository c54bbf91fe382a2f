import type { ModuleSource } from "./index.js";
import type { AccountWallet, CommonWalletOptions } from "./wallet.js";

export * from "./wallet.js";

/** Options of a wallet in the caller's own thread. */
export interface WalletOptions extends CommonWalletOptions {
  /** The module, `@rpp/light-client/rpp-wallet.wasm`; there is no default. */
  readonly module: ModuleSource;
}

export interface Wallet extends AccountWallet {}

/** Makes, keeps and uses the key of an account in the caller's own thread, which each call keeps busy. */
export class Wallet {
  protected constructor();

  /**
   * Compiles the module; nothing is read from the store yet.
   *
   * @throws {ConfigError} if an option is invalid.
   */
  static load(options: WalletOptions): Promise<Wallet>;
}
