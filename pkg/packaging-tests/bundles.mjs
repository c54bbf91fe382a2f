// The app, as bundlers make it.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import webpack from "webpack";

/** Builds `app` with Vite into `out`. */
export async function buildVite(app, out) {
  const options = { outDir: out, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0 };
  await build({
    root: app,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { ...options, modulePreload: { polyfill: false } },
  });
}

/** Builds `app` with webpack 5 into `out`. */
export function buildWebpack(app, out) {
  const options = {
    mode: "production",
    context: app,
    entry: "./main.js",
    target: ["web", "es2022"],
    output: { path: out, filename: "main.js", clean: true },
    performance: false,
  };
  return new Promise((resolve, reject) => {
    webpack(options, (error, stats) => {
      const { errors, warnings } =
        stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
      const found = error ?? [...(errors ?? []), ...(warnings ?? [])][0];
      if (found) reject(new Error(found.message));
      else resolve();
    });
  });
}

/** Returns the scripts below `folder`. */
export function scripts(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return files.filter((name) => name.endsWith(".js"));
}
