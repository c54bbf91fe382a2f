import { FileStore, LightClient, Verifier } from "@rpp/light-client";
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
  await client.close();
  return statement.height + verifyMs;
}
