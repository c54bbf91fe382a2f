// What a route handler of a server does with the package.
import { Verifier } from "@rpp/light-client";

Verifier.load({ chainId: 1 })
  .then((verifier) => verifier.warmup())
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
