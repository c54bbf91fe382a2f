// The page of one operation, which a host may have deleted: what shows that it was in its block.
import { adviceOf } from "../wallet/advice.js";
import { say } from "../wallet/view/problem.js";
import { byId, pick, put } from "../view/dom.js";
import { count, date, share } from "../words.js";
import { keptOperation } from "./kept.js";
import { rangeOf } from "./range.js";
import { formatReceipt, NoReceipt, parseReceipt } from "./receipt.js";

/** Checks what is typed, what the address has, or what the wallet has kept. */
export class OperationPage {
  #page;
  #closed = new AbortController();
  #isBusy = false;

  constructor(page) {
    this.#page = page;
    byId("receipt-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#check("typed");
    });
    this.#begin(page.place.operation);
  }

  close() {
    this.#closed.abort();
  }

  /** Fills in what the address names, a receipt or the hash of an operation of the wallet's, and checks it. */
  #begin(named) {
    if (named === "") return;
    if (named.includes(":")) return this.#fill(named, "link");
    const kept = keptOperation(this.#page.head()?.statement.chainId, named);
    if (kept) return this.#fill(formatReceipt(kept), "kept");
    complain("This browser does not keep that operation. Whoever has it can paste it here.");
  }

  #fill(text, from) {
    byId("receipt").value = text;
    this.#check(from);
  }

  async #check(from) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (const id of ["shown", "word", "receipt-problem"]) byId(id).hidden = true;
    byId("receipt").scrollTop = 0;
    put("receipt-busy", "Asking the host for its place …");
    try {
      await this.#ask(parseReceipt(byId("receipt").value), from);
    } catch (error) {
      if (!this.#closed.signal.aborted) complain(error);
    } finally {
      this.#isBusy = false;
      if (!this.#closed.signal.aborted) put("receipt-busy", "");
    }
  }

  async #ask({ bytes, headerHash, deed }, from) {
    const { signal } = this.#closed;
    const head = this.#page.head();
    if (!head) throw new NoReceipt("No block is proven just now: check it again with the next one.");
    const { chainId } = head.statement;
    if (deed.chainId !== chainId) throw new NoReceipt(`The operation is for chain ${deed.chainId}, and this is chain ${chainId}.`);
    const client = await this.#page.client();
    const state = await client.transactionInHistory(bytes, headerHash, { signal });
    if (state.state !== "included") return showWord(state);
    const header = await client.ancestor(state.height, { signal });
    signal.throwIfAborted();
    // What the head had in its history that it was asked under, the heads after it have as well.
    this.#show({ state, header, deed, from, head: this.#page.head() ?? head });
    const range = await rangeOf(this.#page.asked.host, state.hash, state.height, signal).catch(() => null);
    if (!signal.aborted) showRange(range, this.#page.asked.host);
  }

  #show({ state, header, deed, from, head: { statement, starkBits } }) {
    const { height, hash, position } = state;
    byId("shown").hidden = false;
    put("shown-title", `Proven: it was in block ${count(height)}.`);
    put("shown-deed", `${deed.said}.`);
    pick("shown-from", from);
    for (const [id, digest] of [["shown-hash", hash], ["shown-header", header.hash], ["shown-root", header.txRoot]]) put(id, digest);
    put("shown-position", count(position + 1));
    put("shown-height", count(height));
    put("shown-made", date(header.timestampMs));
    put("shown-link", linkOf(height, statement.height));
    const { signedPower, totalPower } = statement;
    put("shown-signed", `Validators with ${share(signedPower, totalPower)} of the voting power signed that one: a STARK of ${starkBits} bits, verified here.`);
    pick("shown-pruned", "asking");
    byId("shown-title").focus({ preventScroll: true });
  }
}

function linkOf(height, head) {
  const said = `block ${count(head)}, the newest that was proven to this browser when it was checked`;
  if (height === head) return `That header is the one of ${said}.`;
  if (height + 1 === head) return `The header of ${said}, names it as its parent.`;
  return `Thirty-two hashes lead from that header’s hash to the history in the header of ${said}.`;
}

function showRange(range, host) {
  pick("shown-pruned", range === null ? "unknown" : range ? "pruned" : "whole");
  if (!range) return;
  put("range-first", count(range.first));
  put("range-last", count(range.last));
  put("range-link", range.path);
  byId("range-link").href = host + range.path;
}

function showWord({ state, height, code }) {
  byId("word").hidden = false;
  put("word-said", WORDS[state]({ height, code }));
}

function complain(problem) {
  const place = byId("receipt-problem");
  place.hidden = false;
  if (typeof problem === "string" || problem instanceof NoReceipt) place.replaceChildren(problem.message ?? problem);
  else say(place, problem.code === "claim-other-block" ? ELSEWHERE(problem) : adviceFor(problem));
}

/** What to do about it here, where nothing is asked again by itself. */
function adviceFor(error) {
  const advice = adviceOf(error);
  return { ...advice, next: NEXT[advice.kind] ?? advice.next };
}

const NEXT = {
  lie: "Nothing that you see here comes from that answer. Check it again; if it goes on, open the page with another host.",
  trouble: "Nothing is lost. Check it again in a moment.",
};

/** The host has shown the truth: whoever has handed the text over is wrong. */
const ELSEWHERE = ({ code, message }) => ({
  kind: "local",
  title: "That block does not have it.",
  code,
  message,
  next: "The operation is shown to be in another block of this chain. Ask whoever gave you this text.",
});

const WORDS = {
  ahead: ({ height }) => `Block ${count(height)} has it, the host says, which is newer than the head. Check it again when that block is proven.`,
  pending: () => "It still waits for a block, the host says.",
  dropped: ({ code }) => `The host dropped it by the rule ${code}, it says: no block that it knows has it.`,
  unknown: () => "The host knows of no such operation, it says. That does not show that no block has it: ask another host.",
};
