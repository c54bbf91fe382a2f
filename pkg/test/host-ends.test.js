// A devnet that a test has started ends with the test, however that ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** A test whose devnet never answers. */
const file = (body) => `
  import { after, before, test } from "node:test";
  import { startHost, stopHosts } from ${JSON.stringify(new URL("host.js", import.meta.url).href)};
  ${body}
`;
const ofFile = file(`
  before(() => startHost("chain"), { timeout: 2_000 });
  after(() => stopHosts());
  test("never begins", () => {});
`);
const ofTest = file(`
  test("takes too long", { timeout: 2_000 }, (t) => {
    t.after(() => stopHosts());
    return startHost("chain");
  });
`);
const killed = file(`
  test("takes too long", () => startHost("chain"));
`);

for (const [how, text, signal] of [
  ["by a hook of its file", ofFile],
  ["by a hook of its own", ofTest],
  ["by a signal", killed, "SIGTERM"],
]) {
  test(`a devnet that is starting ends where its test is ended ${how}`, { timeout: 30_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "pkg-host-"));
    const at = (name) => join(folder, name);
    let pid;
    t.after(() => {
      if (pid && runs(pid)) process.kill(pid, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    });
    writeFileSync(at("host"), `#!/bin/sh\necho $$ > ${at("made")}\nmv ${at("made")} ${at("pid")}\nexec sleep 600\n`);
    chmodSync(at("host"), 0o755);
    writeFileSync(at("slow.test.mjs"), text);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, [at("slow.test.mjs")], {
      env: { ...env, RPP_HOST: at("host") },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (!existsSync(at("pid"))) await pause();
    pid = Number(readFileSync(at("pid"), "utf8"));
    assert.ok(runs(pid));
    if (signal) child.kill(signal);
    await ended;
    while (runs(pid)) await pause();
  });
}

function runs(pid) {
  try {
    // One that has ended and that nobody has waited for is there as well.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
