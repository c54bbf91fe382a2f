// The wallet's part of the page, as somebody uses it.
import { DEADLINE_MS, until } from "./browser.mjs";

export const PASSPHRASE = "seven quiet lamps";

/** Drives the wallet of one page. */
export class Purse {
  constructor(page) {
    this.page = page;
  }

  /** Opens the wallet's part. */
  async open() {
    await this.page.locator("#purse-open").click();
    await this.shown("#create");
  }

  /** Makes a key, repeats what is asked of its words, and locks it; resolves to the words. */
  async create() {
    await this.page.locator("#create").click();
    const words = await this.words();
    await this.fill({ "passphrase-one": PASSPHRASE, "passphrase-two": PASSPHRASE });
    await this.submit("passphrase-form");
    return words;
  }

  /** Reads the words of a new key, and repeats those that are asked for. */
  async words() {
    await this.shown("#words-noted");
    const words = await this.page.locator("#words code").allTextContents();
    await this.page.locator("#words-noted").click();
    await this.shown("#confirm-form");
    const labels = await this.page.locator("#confirm-fields label").allTextContents();
    for (const [i, label] of labels.entries()) {
      await this.page.locator(`#confirm-${i}`).fill(words[Number(/\d+/.exec(label)[0]) - 1]);
    }
    await this.submit("confirm-form");
    return words.join(" ");
  }

  /** Waits for the account of a new key; resolves to its number. */
  async registered() {
    await this.shown("#noted");
    await this.page.locator("#noted").click();
    return this.number();
  }

  async number() {
    return Number(await this.page.locator("#own-account").textContent());
  }

  /** Takes from the faucet, and waits for what it gives. */
  async fund() {
    await this.page.locator("#faucet").click();
    await this.balance(GIFT);
  }

  async unlock(passphrase = PASSPHRASE) {
    await this.page.locator("#unlock").fill(passphrase);
    await this.submit("unlock-form");
  }

  /** Fills in a payment, and goes on to its review. */
  async review(to, amount) {
    await this.fill({ "send-to": String(to), "send-amount": String(amount) });
    await this.submit("send-form");
    await this.shown("#sign");
  }

  async pay(to, amount) {
    await this.review(to, amount);
    await this.page.locator("#sign").click();
  }

  /** Waits until the operation that was signed here is proven, and puts it away. */
  async done() {
    await this.shown("#pending-done");
    const title = await this.page.locator("#pending-title").textContent();
    const steps = await this.page.locator('#pending-steps [data-done="true"]').allTextContents();
    await this.page.locator("#pending-done").click();
    return { title, steps };
  }

  /** Waits until this is the proven balance. */
  balance(amount) {
    return until(`a balance of ${amount}`, async () => {
      const quiet = this.page.quiet();
      if (quiet.length > 0) throw new Error(quiet.join("\n"));
      return Number((await this.page.locator("#balance").textContent()).replaceAll(",", "")) === amount;
    });
  }

  /** Returns what the list of operations says, newest first. */
  operations() {
    return this.page.locator("#operations .log-text").allTextContents();
  }

  /** Waits for an element to be seen. */
  shown(selector) {
    return this.page.locator(selector).waitFor({ state: "visible", timeout: DEADLINE_MS });
  }

  async fill(values) {
    for (const [id, value] of Object.entries(values)) await this.page.locator(`#${id}`).fill(value);
  }

  submit(form) {
    return this.page.locator(`#${form} [type="submit"]`).click();
  }
}

/** What a devnet's faucet gives at a time, in units. */
export const GIFT = 1_000_000;
/** The fee that the page proposes, in units. */
export const FEE = 100;
