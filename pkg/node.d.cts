type Package = typeof import("./node.js", { with: { "resolution-mode": "import" } });

/** Resolves to the whole package, with its classes of errors and stores. */
export function load(): Promise<Package>;

/** Follows a chain. */
export const LightClient: Pick<Package["LightClient"], "start" | "once">;

/** Verifies single proofs of one chain. */
export const Verifier: Pick<Package["Verifier"], "load">;
