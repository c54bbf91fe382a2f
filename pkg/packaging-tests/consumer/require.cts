import rpp = require("@rpp/light-client");

export async function main(): Promise<string> {
  const { VerifyError } = await rpp.load();
  const client = await rpp.LightClient.start({ url: "http://h", checkpoint: "" });
  const { headerHash } = await client.status();
  return headerHash + new VerifyError("code", "message").code;
}
