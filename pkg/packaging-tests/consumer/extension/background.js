import { verifyFixture } from "./slim-check.js";

globalThis.check = () => {
  const module = chrome.runtime.getURL("package/generated/rpp_wasm_bg.wasm");
  return verifyFixture(module, chrome.runtime.getURL("fixture/"));
};
