// What every entry point exports besides LightClient and Verifier.
export { formatCheckpoint, parseCheckpoint } from "./checkpoint.js";
export {
  datedFromPlain as statusFromPlain,
  datedFromPlain as verdictFromPlain,
  datedToPlain as statusToPlain,
  datedToPlain as verdictToPlain,
} from "./dated.js";
export {
  AnswerError,
  ClaimError,
  ConfigError,
  ConflictError,
  DecodeError,
  fromPlain as errorFromPlain,
  FloorError,
  HeaderError,
  ProblemError,
  RppError,
  SetupError,
  StateError,
  toPlain as errorToPlain,
  TransportError,
  VerifierCrashError,
  VerifyError,
} from "./errors.js";
export { IndexedDbStore } from "./indexeddb-store.js";
export { MemoryStore } from "./memory-store.js";
export { VerifiedAccount } from "./verified-account.js";
