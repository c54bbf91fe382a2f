// What every entry point exports besides LightClient and Verifier.
export { formatCheckpoint, parseCheckpoint } from "./checkpoint.js";
export {
  AnswerError,
  ConfigError,
  DecodeError,
  fromPlain as errorFromPlain,
  FloorError,
  HeaderError,
  ProblemError,
  RppError,
  StateError,
  toPlain as errorToPlain,
  TransportError,
  VerifierCrashError,
  VerifyError,
} from "./errors.js";
export { IndexedDbStore } from "./indexeddb-store.js";
export { MemoryStore } from "./memory-store.js";
