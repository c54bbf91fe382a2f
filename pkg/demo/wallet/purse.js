// Ties the wallet to the client and to the page: what somebody does, and what each new block shows, changes the state.
import { IndexedDbSignerStore, Wallet } from "../../wallet.js";

import { adviceOf } from "./advice.js";
import { Correction } from "./amount.js";
import { askFaucet } from "./faucet.js";
import { History } from "./history.js";
import { deleteDatabase, forget, recall, remember } from "./kept.js";
import { Making } from "./making.js";
import { checkPassphrase, checkPayment, initial } from "./model.js";
import { entryOf, failed, giftOf, givenUp, handed, keeping } from "./operations.js";
import { Pace } from "./pace.js";
import { Watcher } from "./watcher.js";

/** The wallet of this browser for the page's chain. */
export class Purse {
  #page;
  #show;
  #state = initial();
  #name;
  #store;
  #wallet;
  #history;
  #others;
  #watcher;
  #pace;
  #warned;

  /** The steps of making a key. */
  making;

  /** `page` is what main.js hands over; `show` draws a state. */
  constructor(page, show) {
    this.#page = page;
    this.#show = show;
    this.making = new Making({
      page,
      wallet: () => this.#wallet,
      state: () => this.#state,
      set: (change) => this.#set(change),
      complain: (where, error) => this.#complain(where, error),
    });
    this.#watcher = new Watcher({
      page,
      wallet: () => this.#wallet,
      history: () => this.#history,
      name: () => this.#name,
      isOpen: () => this.#state.phase === "open",
      set: (change) => this.#set(change),
      read: () => this.#read(),
      tell: () => this.#tell(),
      register: () => this.#register(),
      close: (error) => this.#closed(error),
    });
    this.#pace = new Pace(page);
    page.listen((event) => this.#take(event));
    this.#begin();
  }

  get state() {
    return this.#state;
  }

  /** Leaves what is being done step by step. */
  leave() {
    const { flow } = this.#state;
    flow?.stop?.abort();
    this.#set({ flow: undefined, problem: undefined });
  }

  /** Does what reads fields first, and says what has to be corrected in them. */
  async attempt(where, work) {
    try {
      await work();
    } catch (error) {
      this.#complain(where, error);
    }
  }

  tab(tab) {
    this.#set({ tab, problem: undefined });
  }

  /** Opens a panel that only asks. */
  ask(step) {
    this.#set({ flow: { kind: step, step }, problem: undefined });
  }

  /** Stores the new key, and registers its account. */
  async create(one, two) {
    const isDone = await this.#do("passphrase", async () => {
      checkPassphrase(one, two, "passphrase");
      await this.#wallet.create(this.#state.flow.key, one);
      this.#set({ flow: undefined });
      await this.#opened();
    });
    if (isDone) await this.register();
  }

  restore({ words, account, one, two }) {
    return this.#do("restore", async () => {
      checkPassphrase(one, two, "restore");
      await this.#wallet.restore(words, account, one, this.making.options());
      remember(`${this.#name}-noted`, account);
      this.#set({ flow: undefined });
      await this.#opened();
    });
  }

  unlock(passphrase) {
    return this.#do("unlock", async () => {
      this.#checkCheckpoint();
      await this.#wallet.open(passphrase);
      await this.#opened();
    });
  }

  /** Ends the worker that has the key. */
  async lock() {
    const { entries, verdict } = this.#state;
    await this.#wallet?.close();
    this.#history?.close();
    this.#set({ ...initial(), entries, verdict });
    await this.#load();
  }

  register() {
    return this.#do("register", () => this.#register());
  }

  /** Looks at the account that is to receive, and shows the payment once more. */
  review({ to, amount, fee }) {
    return this.#do("send", async () => {
      const receiver = await (await this.#page.client()).account(to);
      checkPayment({ to, amount, fee }, { seen: this.#state.seen, receiver });
      this.#set({ flow: { kind: "send", step: "review", payment: { to, amount, fee }, receiver } });
    });
  }

  sign() {
    return this.#do("review", async () => {
      const { payment } = this.#state.flow;
      await this.#sign(() => this.#wallet.transfer(this.#state.seen, payment));
    });
  }

  rekey() {
    return this.#do("rekey-review", async () => {
      const { key, fee } = this.#state.flow;
      await this.#sign(() => this.#wallet.rekey(this.#state.seen, key, fee));
    });
  }

  /** Signs the change of key once more, with twice the fee. */
  rekeyAgain() {
    return this.#do("pending", async () => {
      const { pending, seen } = this.#state;
      const { fee } = pending.operation;
      await this.#sign(() => this.#wallet.rekeyAgain(seen, fee === 0n ? 1n : 2n * fee));
    });
  }

  /** Hands in the same bytes once more. */
  sendAgain() {
    return this.#do("pending", async () => {
      const pending = await this.#wallet.pending();
      if (pending) await this.#send(pending);
      await this.#watcher.look();
    });
  }

  abandon() {
    return this.#do("abandon", async () => {
      const { hash } = this.#state.pending;
      await this.#wallet.abandon(hash);
      this.#history.update(hash, givenUp);
      this.#set({ flow: undefined, watched: undefined });
      this.#tell();
      await this.#watcher.look();
    });
  }

  /** The owner has seen what became of the operation that was signed last. */
  seen() {
    this.#set({ watched: undefined, tab: "send" });
  }

  vouch() {
    return this.#do("vouch", async () => {
      await this.#wallet.vouchForAccount(this.#state.seen.index);
      this.#set({ doubt: undefined });
      await this.#watcher.look();
    });
  }

  noted() {
    remember(`${this.#name}-noted`, this.#state.status.account);
    this.#set({ noted: true });
  }

  /** Asks the devnet's faucet for something. */
  faucet() {
    return this.#do("faucet", async () => {
      const { account } = this.#state.status;
      const hash = await askFaucet(this.#page.asked.host, account);
      this.#history.update(hash, (entry) => entry, () => giftOf(hash, account, Date.now()));
      this.#shown();
      this.#tell();
    });
  }

  relock(one, two) {
    return this.#do("relock", async () => {
      checkPassphrase(one, two, "relock");
      await this.#wallet.changePassphrase(one);
      this.#set({ relocked: true });
    });
  }

  /** Removes the key file and the list of operations from this browser. */
  remove() {
    return this.#do("remove", async () => {
      await this.#wallet.close();
      this.#tell("removed");
      await deleteDatabase(this.#store.name);
      this.#history?.close();
      History.remove(`${this.#name}-operations`);
      for (const what of ["noted", "balance", "checkpoint"]) forget(`${this.#name}-${what}`);
      this.#set({ ...initial(), verdict: this.#state.verdict });
      await this.#load();
    });
  }

  async #begin() {
    const verdict = this.#page.head();
    if (!verdict || this.#name) return;
    this.#name = `rpp-wallet-${verdict.statement.chainId}`;
    this.#set({ verdict });
    this.#store = new IndexedDbSignerStore(this.#name);
    this.#others = new BroadcastChannel(this.#name);
    this.#others.onmessage = ({ data }) => this.#heard(data);
    await this.#load();
  }

  /** Starts a wallet that is locked, or has no key. */
  async #load() {
    try {
      this.#wallet = await Wallet.load({ store: this.#store });
      const isStored = await this.#wallet.isStored();
      this.#set({ phase: isStored ? "locked" : "none" });
    } catch (error) {
      this.#set({ phase: "none" });
      this.#complain("none", error);
    }
  }

  async #opened() {
    remember(`${this.#name}-checkpoint`, startOf(this.#page));
    this.#history = new History(`${this.#name}-operations`, () => this.#shown());
    this.#set({ phase: "open", tab: "send" });
    this.#tell();
    await this.#read();
    this.#pace.checkEveryBlock();
    this.#watcher.look();
  }

  /**
   * Whoever made a link chose its root or checkpoint, and with it a chain: one of theirs could make the key believe that it has signed
   * what it has not. The owner is asked once.
   */
  #checkCheckpoint() {
    const before = recall(`${this.#name}-checkpoint`);
    const start = startOf(this.#page);
    if (before === start || this.#warned === start) return;
    this.#warned = start;
    throw new Correction(
      `This page begins at another root or checkpoint than the one that this wallet was used with${beginning(before)}. Whoever made the link may lead you to a chain of their own. Unlock once more only if you trust them.`,
      "unlock",
    );
  }

  async #read() {
    const status = await this.#wallet.status();
    const pending = await this.#wallet.pending();
    if (pending) this.#enter(pending);
    const noted = recall(`${this.#name}-noted`) === status.account || status.account === null;
    this.#set({ status, pending, noted, entries: this.#history.entries });
    return { status, pending };
  }

  async #register() {
    await this.#sign(() => this.#wallet.register());
  }

  /** Signs, which stores what is signed, and hands it in. */
  async #sign(work) {
    const outgoing = await work();
    this.#enter(outgoing);
    await this.#read();
    const { kind } = outgoing.operation;
    this.#set({ flow: undefined, watched: kind === "register" ? undefined : outgoing.hash });
    this.#tell();
    await this.#send(outgoing);
    this.#watcher.look();
  }

  /** Puts an operation of the wallet's own on the list: a host may have called it a gift before it was signed. */
  #enter(outgoing) {
    const entry = () => entryOf(outgoing, Date.now());
    this.#history.update(outgoing.hash, (known) => (known.kind === "gift" ? entry() : known), entry);
  }

  async #send({ hash, bytes }) {
    this.#history.update(hash, (entry) => keeping(entry, bytes));
    try {
      await (await this.#page.client()).submit(bytes);
      this.#history.update(hash, handed);
    } catch (error) {
      this.#history.update(hash, (entry) => failed(entry, adviceOf(error, true)));
    }
    this.#shown();
    this.#tell();
  }

  #take(event) {
    if (event.type !== "verified") return;
    if (!this.#name) return this.#begin();
    this.#set({ verdict: event.verdict });
    this.#watcher.look();
  }

  /** Another tab has changed something. */
  async #heard(what) {
    const { phase, busy } = this.#state;
    if (what === "removed") {
      await this.#wallet?.close();
      this.#set({ ...initial(), verdict: this.#state.verdict });
      return this.#load();
    }
    if (phase === "none" && !busy && !this.#state.flow && (await this.#wallet.isStored())) {
      return this.#set({ phase: "locked" });
    }
    this.#watcher.look();
  }

  #tell(what = "changed") {
    this.#others?.postMessage(what);
  }

  /** Does one thing at a time, and says where it went wrong; resolves to whether it did not. */
  async #do(where, work) {
    if (this.#state.busy) return false;
    this.#set({ busy: where, problem: undefined });
    try {
      await work();
      return true;
    } catch (error) {
      this.#complain(where, error);
      return false;
    } finally {
      this.#set({ busy: undefined });
    }
  }

  /** The wallet's worker was lost, and the open key with it. */
  #closed(error) {
    this.#history?.close();
    this.#set({ ...initial(), verdict: this.#state.verdict, phase: "locked" });
    this.#complain("unlock", error);
  }

  #complain(where, error) {
    if (error.code === "wallet-closed" && this.#state.phase === "open") return this.#closed(error);
    if (error.operation !== undefined && this.#state.phase === "open") {
      // It is, or may be, under way: that comes first, and is not signed a second time.
      where = "pending";
      this.#set({ flow: undefined });
      this.#watcher.look();
    }
    const isCorrection = error instanceof Correction;
    const said = isCorrection ? { field: error.field, text: error.message } : { field: FIELDS[where], advice: adviceOf(error) };
    this.#set({ problem: { where, ...said } });
  }

  #shown() {
    this.#set({ entries: this.#history?.entries ?? [] });
  }

  #set(change) {
    this.#state = { ...this.#state, ...change };
    this.#show(this.#state);
  }
}

// The field to go back to.
const FIELDS = { unlock: "unlock", restore: "restore-words" };

const startOf = ({ asked: { root, checkpoint } }) => root ?? checkpoint;

/** Says where a wallet began before; not every browser keeps it. */
function beginning(start) {
  const [number, hash, time] = start?.split(":") ?? [];
  if (hash === undefined) return ", or this browser does not know that any more";
  return `: ${time === undefined ? "root" : "block"} ${number}, ${hash}`;
}
