import { Verifier } from "@rpp/light-client/slim";

/** Verifies the fixture beside the page in this thread; returns a word for the test. */
export async function verifyFixture(module, base = "/fixture/") {
  try {
    const read = async (name) => new Uint8Array(await (await fetch(base + name)).arrayBuffer());
    const names = ["header.bin", "parent.bin", "certificate.bin", "proof.bin", "statement.json"];
    const [header, parent, certificate, proof, json] = await Promise.all(names.map(read));
    const expected = JSON.parse(new TextDecoder().decode(json));
    const verifier = await Verifier.load({ chainId: expected.chain_id, module });
    const { statement } = await verifier.verify({ header, parent, certificate, proof });
    return statement.headerHash === expected.header_hash ? "verified" : "another header";
  } catch (error) {
    return `${error?.name} ${error?.code} ${error?.message}`;
  }
}
