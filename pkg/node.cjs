"use strict";

// `require` gets what loads asynchronously; `load` resolves to the whole ES module.
const load = () => import("./node.js");

exports.load = load;
exports.LightClient = {
  start: async (options) => (await load()).LightClient.start(options),
};
exports.Verifier = {
  load: async (options) => (await load()).Verifier.load(options),
};
