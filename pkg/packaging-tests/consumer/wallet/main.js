// What a page does with a wallet, told to the test in `globalThis.report`.
import { RppError, Wallet, WalletError } from "@rpp/light-client/wallet";

async function sign() {
  const wallet = await Wallet.load();
  const key = await wallet.generate({ chainId: 7, treeHeight: 4 });
  await wallet.create(key, "passphrase");
  const { hash } = await wallet.register();
  await wallet.close();
  const again = await Wallet.load();
  const refusal = await again.pending().catch((error) => error);
  if (!(refusal instanceof WalletError && refusal instanceof RppError)) return String(refusal);
  await again.open("passphrase");
  return (await again.pending()).hash === hash ? "signed" : "another operation";
}

globalThis.report = await sign().catch(({ name, code, message }) => `${name} ${code} ${message}`);
