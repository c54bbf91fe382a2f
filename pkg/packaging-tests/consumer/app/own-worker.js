// A module worker of the page's own: the module is passed as an address.
import { verifyFixture } from "./slim-check.js";

postMessage(await verifyFixture(new URL("/package/generated/rpp_wasm_bg.wasm", location.href)));
