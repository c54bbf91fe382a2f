import {
  formatCheckpoint,
  IndexedDbStore,
  LightClient,
  parseCheckpoint,
  RppError,
  VerifierCrashError,
  type PlainVerdict,
  statusFromPlain,
  statusToPlain,
  type Verdict,
  verdictFromPlain,
  verdictToPlain,
} from "@rpp/light-client";
import { LightClient as SlimClient } from "@rpp/light-client/slim";

export async function follow(text: string, signal?: AbortSignal): Promise<number> {
  const checkpoint = parseCheckpoint(text);
  const client: LightClient = await LightClient.start({
    url: "https://host.example",
    checkpoint,
    follow: { everyMs: 60_000 },
    floor: { starkBits: 128, hashBits: undefined },
    maxHeadAgeMs: undefined,
    store: new IndexedDbStore("wallet"),
    worker: () => new Worker("worker.js", { type: "module" }),
    signal,
  });
  for await (const event of client.events({ signal })) {
    if (event.type === "verified") shown(event.verdict);
    else if (event.type === "stale") console.log(Date.now() - event.status.staleAtMs);
    else if (event.type === "chosen") console.log(event.choice);
    else if (event.error instanceof VerifierCrashError) console.log(event.error.code);
  }
  for await (const verdict of client.heads()) return Date.now() - verdict.timestampMs;
  const kept: PlainVerdict = verdictToPlain({} as Verdict);
  // @ts-expect-error: what is kept has no freshness
  console.log(kept.freshness, kept.spent.bytes.length, verdictFromPlain(kept).freshness);
  console.log(statusFromPlain(statusToPlain(await client.status())).spent.bytes + 1n);
  const once: Verdict | undefined = await SlimClient.once({ url: "", checkpoint, module: "a", signal });
  console.log(once);
  // @ts-expect-error: an option that there is not
  await LightClient.start({ url: "", checkpoint: "", maxHeadAge: 1 });
  // @ts-expect-error: the module has no default here
  await SlimClient.start({ url: "", checkpoint: "" });
  await SlimClient.start({ url: "", checkpoint, module: new URL("a:"), fetch });
  return checkpoint.timestampMs;
}

function shown({ statement, saved }: Verdict): string {
  const step: "head" | "hop" | "stored" = ({} as Verdict).step;
  const error: RppError = new RppError(step, formatCheckpoint({} as never));
  return `${statement.height.toFixed()} ${statement.headerHash} ${saved} ${error.code}`;
}
