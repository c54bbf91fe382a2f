// Saves each line of its input in a file: `node keep-state.js FILE`. Prints `ok` or a code after each.
import { createInterface } from "node:readline";

import { FileStore } from "../node.js";

const store = new FileStore(process.argv[2]);
let height = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const state = { height: (height += 1), bytes: Buffer.from(line) };
  console.log(await store.save("key", state).then(() => "ok", ({ code }) => code));
}
