import {
  formatCheckpoint,
  IndexedDbStore,
  LightClient,
  parseCheckpoint,
  RppError,
  VerifierCrashError,
  type Verdict,
} from "@rpp/light-client";
import { LightClient as SlimClient } from "@rpp/light-client/slim";

export async function follow(text: string, signal: AbortSignal): Promise<bigint> {
  const checkpoint = parseCheckpoint(text);
  const client: LightClient = await LightClient.start({
    url: "https://host.example",
    checkpoint,
    follow: { everyMs: 60_000 },
    floor: { starkBits: 128 },
    store: new IndexedDbStore("wallet"),
    worker: () => new Worker("worker.js", { type: "module" }),
    signal,
  });
  for await (const event of client.events({ signal })) {
    if (event.type === "verified") shown(event.verdict);
    else if (event.type === "stale") console.log(event.status.staleAtMs + 1n);
    else if (event.error instanceof VerifierCrashError) console.log(event.error.code);
  }
  for await (const verdict of client.heads()) return verdict.timestampMs + verdict.spent.bytes;
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
