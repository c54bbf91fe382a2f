// The longest task of the page's main thread while its worker verifies, as Chromium traces it.
import { open, reach } from "../browser.mjs";
import { rounded } from "./figures.mjs";

/** Follows a few blocks and returns the longest task. */
export async function longestTask(browser, devnet) {
  const context = await browser.newContext();
  const checkpoint = await devnet.checkpointAt(await devnet.height());
  const page = await open(context, devnet.url, { checkpoint });
  // What loading the page takes is another figure.
  const first = await reach(page, 1);
  await reach(page, first + 1);
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  const from = await reach(page, first + 2);
  await reach(page, from + BLOCKS);
  const trace = JSON.parse(await browser.stopTracing());
  await context.close();
  return { main_thread_block_ms: rounded(longest(trace.traceEvents) / 1000) };
}

function longest(events) {
  const main = new Set();
  for (const { name, args, pid, tid } of events) {
    if (name === "thread_name" && args.name === "CrRendererMain") main.add(`${pid}/${tid}`);
  }
  const tasks = events.filter(({ ph, pid, tid }) => ph === "X" && main.has(`${pid}/${tid}`));
  return Math.max(...tasks.map(({ dur }) => dur ?? 0));
}

const BLOCKS = 5;
