import { ASK } from "./ask.js";
import { isBytes } from "./bytes.js";
import { ConfigError } from "./errors.js";
import { frozen } from "./frozen.js";
import { checkSignal, digest, known, whole } from "./options.js";
import { reading } from "./reading.js";
import { verifiedAccount } from "./verified-account.js";

/** The questions about the ledger, for a class that has an [`ASK`]. */
export const withLedger = (Base) =>
  class extends Base {
    /** Resolves to the header at a height. */
    async ancestor(height, given) {
      return frozen(await this[ASK](["ancestor", whole("height", height)], signalOf(given)));
    }

    /** Resolves to the headers from one height to another, both included. */
    async history(from, to, given) {
      return frozen(await this[ASK](["history", whole("from", from), whole("to", to)], signalOf(given)));
    }

    /** Resolves to what is at an account number. */
    async account(index, given) {
      const { height, signal } = optionsOf(given);
      return accountOf(await this[ASK](["account", height, whole("index", index)], signal));
    }

    /** Resolves to the accounts that a key signs for. */
    async accountsOf(keyId, given) {
      const { height, signal, most = MOST } = optionsOf(given, ["height", "most"]);
      const about = ["accountsOf", height, digest("keyId", keyId), whole("most", most)];
      const { accounts, isWhole } = await this[ASK](about, signal);
      return Object.freeze({ accounts: Object.freeze(accounts.map(accountOf)), isWhole });
    }

    /** Resolves to what became of an operation. */
    async operation(hash, given) {
      const { height, signal } = optionsOf(given);
      return frozen(await this[ASK](["operation", height, digest("hash", hash)], signal));
    }

    /** Resolves to whether the block with this hash has an operation. */
    async transactionInHistory(operation, hash, given) {
      const about = ["transactionInHistory", bytesOf(operation), digest("hash", hash)];
      return frozen(await this[ASK](about, signalOf(given)));
    }

    /** Resolves to the verdict on what a block did. */
    async transition(given) {
      const { height, signal } = optionsOf(given);
      return frozen(await this[ASK](["transition", height], signal));
    }

    /** Resolves to the verdict on a validator's votes in an epoch. */
    async uptime(validator, epoch, given) {
      const about = ["uptime", whole("validator", validator), whole("epoch", epoch)];
      return frozen(await this[ASK](about, signalOf(given)));
    }

    /** Hands in a signed operation; resolves to its hash. */
    async submit(operation, given) {
      return this[ASK](["submit", bytesOf(operation)], signalOf(given));
    }
  };

const accountOf = ({ fields, ...evidence }) => verifiedAccount(fields, evidence);

/** Returns the signal of a question that has no other option. */
const signalOf = (given) => optionsOf(given, []).signal;

/** Returns the options of a question, read as those of a client are. */
function optionsOf(given, more = ["height"]) {
  return reading(() => {
    const options = known(given, ["signal", ...more]);
    checkSignal(options.signal);
    if (options.height !== undefined) whole("height", options.height);
    return options;
  });
}

function bytesOf(operation) {
  if (!isBytes(operation) || operation.length > MOST_BYTES) {
    throw new ConfigError("bad-bytes", "operation is not a short Uint8Array");
  }
  return reading(() => new Uint8Array(operation), "bad-bytes");
}

const MOST = 16;
const MOST_BYTES = 8192;
