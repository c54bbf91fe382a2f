// The app, as bundlers make it.
import { cpSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as esbuild from "esbuild";
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

/** Builds the recipe for esbuild in `folder` into `out`: the worker is an entry of its own, the module a copy. */
export async function buildEsbuild(folder, out, installed) {
  await esbuild.build({
    absWorkingDir: folder,
    entryPoints: { main: "esbuild.js", worker: "@rpp/light-client/worker" },
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir: out,
    logLevel: "error",
  });
  cpSync(join(folder, "index.html"), join(out, "index.html"));
  cpSync(join(installed, "generated/rpp_wasm_bg.wasm"), join(out, "rpp.wasm"));
}

/** Bundles `entry` for a server as the README says, without the package; returns the file. */
export async function buildServer(entry, outfile) {
  const external = ["@rpp/light-client"];
  const options = { bundle: true, platform: "node", format: "esm", external, logLevel: "error" };
  await esbuild.build({ entryPoints: [entry], outfile, ...options });
  return outfile;
}

/** Builds `app` with webpack 5 into `out`. */
export function buildWebpack(app, out) {
  return pack({
    context: app,
    entry: "./main.js",
    target: ["web", "es2022"],
    output: { path: out, filename: "main.js", clean: true },
  });
}

/**
 * Bundles `entry` and the package with webpack 5 for a server; returns the file. With `url: "relative"`, which Next.js
 * sets, `new URL` makes an address of the site.
 */
export async function buildWebpackServer(entry, out, url) {
  await pack({
    context: dirname(entry),
    entry,
    target: "node20",
    output: { path: out, filename: "server.cjs", publicPath: url && "/_next/", clean: true },
    module: { parser: { javascript: { url } } },
  });
  return join(out, "server.cjs");
}

function pack(config) {
  const options = { mode: "production", performance: false, ...config };
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
