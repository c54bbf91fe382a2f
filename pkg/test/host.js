// A devnet of its own, where the host has been built: `cargo build -p rpp-prover-host --release`.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

import { built } from "./built.js";

/** The devnets that run. */
const running = new Set();

/** Returns the path of the host; `undefined` where there is none. */
export const hostBinary = () => built("prover-host", "RPP_HOST");

/** Starts a devnet with its data in `folder`; `undefined` where there is no host. It ends with this process at the latest. */
export async function startHost(folder) {
  const binary = hostBinary();
  if (!binary) return undefined;
  const address = `127.0.0.1:${await freePort()}`;
  const chain = ["--validators", "4", "--key-height", "8", "--epoch-length", "8"];
  const options = ["devnet", "--listen", address, "--data", folder, "--block-time-ms", "600"];
  const child = spawn(binary, [...options, ...chain], { stdio: "ignore" });
  // A test that is given up does not go on because its devnet does.
  child.unref();
  running.add(child);
  child.once("exit", () => running.delete(child));
  const url = `http://${address}`;
  for (let tries = 0; tries < 6_000 && running.has(child) && !(await answers(url)); tries += 1) await pause();
  return { url };
}

/** Stops all devnets, those too that were still starting when their test was given up. */
export function stopHosts() {
  for (const child of running) child.kill("SIGKILL");
}

process.once("exit", stopHosts);
// What a runner sends to a file that takes too long; without this, nothing is told of it.
for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130]]) process.once(signal, () => process.exit(status));

const answers = async (url) => {
  try {
    return (await fetch(`${url}/v1/head`)).ok;
  } catch {
    return false;
  }
};

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
