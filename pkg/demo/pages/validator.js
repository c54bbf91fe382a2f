// A validator's page: each bar of the chart is a number that the client has verified.
import { parseCheckpoint } from "../../src/checkpoint.js";
import { beside } from "../place.js";
import { byId, make, put } from "../view/dom.js";
import { count, share, short } from "../words.js";
import { draw, say } from "./chart.js";
import { asking, failed, isOpen, known, listed, over, progress, verified } from "./epochs.js";

/** Asks about one epoch at a time, and goes on with those of new heads until it is closed. */
export class ValidatorPage {
  #page;
  #entries = [];
  #closed = new AbortController();
  #round;
  #deafen;

  constructor(page) {
    this.#page = page;
    const { asked, place } = page;
    const { validator } = place;
    put("validator-index", validator);
    for (const [id, other] of [["validator-before", validator - 1], ["validator-after", validator + 1]]) {
      byId(id).hidden = other < 0 || other >= MOST_VALIDATORS;
      byId(id).href = beside(asked, { validator: other });
      byId(id).querySelector("span").textContent = `Validator ${other}`;
    }
    this.#deafen = page.listen(({ type }) => {
      // What was verified may have been of another branch than the one that the client goes on with.
      if (LEAVES.has(type)) this.#set([]);
      if (type === "verified") this.#look();
    });
    this.#show();
    this.#look();
  }

  close() {
    this.#closed.abort();
    this.#deafen();
  }

  /** Asks about what is open, round after round. */
  #look() {
    this.#round ??= this.#rounds().finally(() => (this.#round = undefined));
  }

  async #rounds() {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#renew();
      const open = this.#entries.filter(isOpen);
      if (open.length === 0) return;
      for (const { epoch } of open) await this.#ask(epoch);
      await pause(PAUSE_MS, signal);
    }
  }

  /** Lists the epochs that are over by the head. */
  async #renew() {
    try {
      const { checkpoint } = await (await this.#page.client()).status();
      const { height } = this.#page.head().statement;
      const { epochLength } = parseCheckpoint(checkpoint);
      this.#set(listed(over(height, epochLength), this.#entries));
    } catch {
      // There is no client, or no head, just then: the next head leads here again.
    }
  }

  async #ask(epoch) {
    const { signal } = this.#closed;
    if (signal.aborted) return;
    this.#change(epoch, asking);
    try {
      const client = await this.#page.client();
      const shown = await client.uptime(this.#page.place.validator, epoch, { signal });
      this.#change(epoch, (entry) => verified(entry, shown));
    } catch (error) {
      this.#change(epoch, (entry) => failed(entry, error));
    }
  }

  #change(epoch, change) {
    this.#set(this.#entries.map((entry) => (entry.epoch === epoch ? change(entry) : entry)));
  }

  #set(entries) {
    // Whoever has gone on to another page sees nothing of this one.
    if (this.#closed.signal.aborted) return;
    this.#entries = entries;
    this.#show();
  }

  #show() {
    const entries = this.#entries;
    put("uptime-progress", progress(entries));
    put("uptime-said", say(entries));
    draw(byId("uptime-chart"), entries);
    byId("uptime-rows").replaceChildren(...entries.map(row));
    showKey(entries.find(({ step }) => step === "verified")?.keyId);
  }
}

function row(entry) {
  const { epoch, step, signed, blocks, first, last, headerHash } = entry;
  const isVerified = step === "verified";
  const heights = isVerified ? `${count(first)}–${count(last)}` : "–";
  const votes = isVerified ? [make("strong", {}, `${count(signed)} of ${count(blocks)}`), ` (${share(signed, blocks)})`] : ["–"];
  const how = make("td", {}, known(entry));
  if (isVerified) how.append(", under header ", make("code", { title: headerHash }, short(headerHash)));
  return make(
    "tr",
    { "data-step": step, "data-epoch": epoch },
    make("th", { scope: "row" }, String(epoch)),
    make("td", {}, heights),
    make("td", {}, ...votes),
    how,
  );
}

function showKey(keyId) {
  byId("uptime-key").hidden = keyId === undefined;
  put("uptime-key-id", keyId ?? "");
}

/** Resolves after a while, or at once where the page is closed. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

const LEAVES = new Set(["stopped", "chosen", "overtaken"]);
const PAUSE_MS = 1_500;
const MOST_VALIDATORS = 1_024;
