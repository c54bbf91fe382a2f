import { FileStore, LightClient, type PruningStatement, type SpanStatement, type UptimeStatement, type VerifiedHeader, type VerifiedUptime, Verifier } from "@rpp/light-client";
import { FileStore as Same } from "@rpp/light-client/node";

export async function main(): Promise<number> {
  const store: Same = new FileStore("state");
  const client = await LightClient.start({ url: "http://h", checkpoint: "", store, fetch });
  const verifier: Verifier = await Verifier.load({ chainId: 7 });
  const once = await LightClient.once({ url: "http://h", checkpoint: "", store, fetch: undefined });
  console.log(once?.staleAtMs.toFixed());
  const bytes = new Uint8Array();
  const inputs = { header: bytes, parent: bytes, certificate: bytes, proof: bytes };
  const { statement, verifyMs } = await verifier.verify(inputs);
  const range = { circuit: "pruning", start: bytes, end: bytes, foldBefore: "", foldAfter: "", proof: bytes } as const;
  const pruned: PruningStatement = (await verifier.verify(range)).statement;
  // @ts-expect-error: of a range, both headers are given
  await verifier.verify({ ...range, start: undefined });
  console.log(pruned.endHash, pruned.endHeight.toFixed());
  const claim = { epochLength: 8, first: 1, validatorSetRoot: "", index: 0, keyId: "", signed: 0 };
  const window = { circuit: "uptime", head: bytes, ...claim, proof: bytes } as const;
  const counted: UptimeStatement = (await verifier.verify(window)).statement;
  // @ts-expect-error: of a window, the header at its end is given
  await verifier.verify({ ...window, head: undefined });
  console.log(counted.headHash, counted.signed.toFixed());
  const { signed, epoch }: VerifiedUptime = await client.uptime(0, 3, { signal: undefined });
  // @ts-expect-error: an epoch is always named
  await client.uptime(0);
  console.log(signed.toFixed(), epoch.toFixed());
  const headers: readonly VerifiedHeader[] = await client.history(0, 3, { signal: undefined });
  // @ts-expect-error: both ends are named
  await client.history(0);
  console.log(headers[0]?.hash);
  const ends = { circuit: "span", last: bytes, firstHeight: 7, epochLength: 8, validatorSetRoot: "", proof: bytes } as const;
  const spanned: SpanStatement = (await verifier.verify(ends)).statement;
  // @ts-expect-error: of a span, the last header is given
  await verifier.verify({ ...ends, last: undefined });
  console.log(spanned.lastHash, spanned.ends.toFixed());
  await client.close();
  return statement.height + verifyMs;
}
