"use strict";

// `require` gets what loads asynchronously; `load` resolves to the whole ES module.
const load = async () => {
  try {
    return await import("./node.js");
  } catch (cause) {
    if (!cause?.code?.startsWith("ERR_VM_DYNAMIC_IMPORT")) throw cause;
    // The package's classes are in what could not be imported.
    const message = "this environment cannot import ES modules; Jest: NODE_OPTIONS=--experimental-vm-modules";
    throw Object.assign(new Error(message, { cause }), { name: "ConfigError", code: "no-esm" });
  }
};

exports.load = load;
exports.LightClient = {
  start: async (options) => (await load()).LightClient.start(options),
  once: async (options) => (await load()).LightClient.once(options),
};
exports.Verifier = {
  load: async (options) => (await load()).Verifier.load(options),
};
