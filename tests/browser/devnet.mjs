// The real host with its devnet, as a process that tests end and start again.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { required } from "./environment.mjs";

export class Devnet {
  #child;
  #options;

  constructor(options) {
    this.folder = mkdtempSync(join(tmpdir(), "rpp-browser-"));
    this.data = join(this.folder, "chain");
    this.setup = join(this.data, "setup");
    this.#options = options;
  }

  /** Starts the host, on the port that it had before; resolves when it serves. */
  async start(more = {}) {
    const listen = this.url === undefined ? "127.0.0.1:0" : new URL(this.url).host;
    const options = Object.entries({ ...this.#options, ...more });
    const flags = options.flatMap(([name, value]) => [`--${name}`, String(value)]);
    const web = ["--web", required("RPP_SITE")];
    const args = ["devnet", "--data", this.data, "--listen", listen, ...web, ...flags];
    const child = spawn(required("RPP_HOST"), args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    const lines = createInterface({ input: child.stderr });
    const said = [];
    this.url = await new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        said.push(line);
        const [, url] = /serving (http:\S+)\/v1\/chain/.exec(line) ?? [];
        if (url) resolve(url);
      });
      child.once("exit", (code) => reject(new Error(`the host ended with ${code}:\n${said.join("\n")}`)));
    });
    this.checkpoint ??= await this.checkpointAt(0);
    this.root ??= await this.#firstRoot();
    return this;
  }

  /** Kills the host as a loss of power would. */
  async kill() {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
      await once(this.#child, "exit");
    }
  }

  /** Kills the host and removes its data. */
  async remove() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Returns the host's newest proven height. */
  async height() {
    const response = await fetch(`${this.url}/v1/head`);
    return response.ok ? (await response.json()).block.height : 0;
  }

  /** Returns the hash of the block at `height`. */
  async hash(height) {
    return (await (await fetch(`${this.url}/v1/blocks/${height}`)).json()).hash;
  }

  /** Runs `prover-host setup` in the folder that has its data, and returns what it prints. */
  setupCommand(...args) {
    return execFileSync(required("RPP_HOST"), ["setup", ...args], { cwd: this.folder, encoding: "utf8" });
  }

  /**
   * Prepares the next setup in the folder `name` by a change of the published one, has it signed by `keys`, each a key file and
   * that of its passphrase, and publishes it.
   */
  rotate(name, change, ...keys) {
    cpSync(this.setup, join(this.folder, name), { recursive: true });
    this.setupCommand("rotate", name, ...change);
    for (const [key, pass] of keys) this.setupCommand("sign", name, "--key", key, "--passphrase-file", pass);
    this.setupCommand("publish", name, this.setup);
  }

  /** Returns the devnet's own key for a role, as `rotate` takes it. */
  ownKey(role) {
    return [join(this.data, `devnet/setup/${role}.key`), "/dev/null"];
  }

  /** Returns what it serves as its setup, for people. */
  async served() {
    return (await fetch(`${this.url}/v1/setup?root=1`)).json();
  }

  /** Returns the first root of its setup as a pin, which a test may trust. */
  async #firstRoot() {
    return (await this.served()).first_fingerprint;
  }

  /** Returns the block at `height` as a checkpoint, which a test may trust. */
  async checkpointAt(height) {
    const get = async (path) => (await fetch(this.url + path)).json();
    const { epoch_length: epochLength } = await get("/v1/chain");
    const { hash, header } = await get(`/v1/blocks/${height}`);
    return `${height}:${hash}:${header.timestamp_ms}:${epochLength}`;
  }
}
