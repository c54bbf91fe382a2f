// What the wallet's entry points export besides Wallet.
export {
  ClaimError,
  ConfigError,
  DecodeError,
  fromPlain as errorFromPlain,
  HeaderError,
  RppError,
  toPlain as errorToPlain,
  VerifierCrashError,
  WalletError,
} from "../errors.js";
export { IndexedDbSignerStore } from "./indexeddb-signer-store.js";
export { MemorySignerStore } from "./memory-signer-store.js";
