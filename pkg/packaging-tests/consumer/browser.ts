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
  type VerifiedAccount,
  verdictFromPlain,
  verdictToPlain,
} from "@rpp/light-client";
import { LightClient as SlimClient } from "@rpp/light-client/slim";
import {
  ConfigError,
  IndexedDbSignerStore,
  type NewKey,
  type Operation,
  type SignerStore,
  Wallet,
  WalletError,
  type WalletStatus,
} from "@rpp/light-client/wallet";
import { MemorySignerStore, Wallet as SlimWallet } from "@rpp/light-client/wallet-slim";

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
    else if (event.type === "overtaken") console.log("another tab knows more");
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

export async function pay(seen: VerifiedAccount, signal?: AbortSignal): Promise<Uint8Array> {
  const store: SignerStore = new IndexedDbSignerStore("wallet");
  const wallet: Wallet = await Wallet.load({ store, timeoutMs: undefined, worker: () => new Worker("wallet-worker.js") });
  const key: NewKey = await wallet.generate({ chainId: 7, onProgress: (done) => done.toFixed(), signal });
  await wallet.create(key, "passphrase");
  // @ts-expect-error: amounts are bigint
  await wallet.transfer(seen, { to: 1, amount: 1, fee: 1n });
  // @ts-expect-error: only a client makes verified accounts
  await wallet.settle({ index: 1 });
  const status: WalletStatus = await wallet.status();
  console.log(status.leaves.left, status.persisted === true, (await wallet.settle(seen)) === "taken");
  const { bytes, operation } = await wallet.transfer(seen, { to: 1, amount: 1n, fee: 1n });
  console.log(described(operation), (await wallet.pending())?.hash);
  const slim: SlimWallet = await SlimWallet.load({ module: "rpp-wallet.wasm", store: new MemorySignerStore() });
  await slim.import(await wallet.copy(), "passphrase").catch((error: unknown) => {
    if (error instanceof WalletError || error instanceof ConfigError) console.log(error.code);
  });
  // @ts-expect-error: there is no module by default
  await SlimWallet.load();
  return bytes;
}

function described(operation: Operation): bigint | string {
  return operation.kind === "register" ? operation.keyId : operation.fee;
}
