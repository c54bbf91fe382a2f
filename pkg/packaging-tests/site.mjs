// Serves folders on loopback under a strict policy, as a careful wallet would.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

/** What a page needs: its own scripts and workers, wasm, and the way to its host. */
export const policy = (host = "", workers = "'self'") =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src ${workers}; ` +
  `connect-src 'self' ${host}`;

/** Serves `routes`, from prefix to folder, the longest prefix first; `read` files count. */
export async function serve(routes, csp) {
  const prefixes = Object.keys(routes).sort((a, b) => b.length - a.length);
  const read = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://site");
    const prefix = prefixes.find((candidate) => pathname.startsWith(candidate));
    const rest = pathname.slice(prefix.length);
    const file = join(routes[prefix], normalize(`/${rest || "index.html"}`));
    try {
      const bytes = await readFile(file);
      read.push(file);
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      const policyOf = adapted(csp, searchParams);
      response.writeHead(200, { "content-type": type, "content-security-policy": policyOf, ...isolating(searchParams) });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, read, close };
}

/** Returns the headers of a page whose workers have to ask for isolation as well. */
function isolating(asked) {
  return asked.has("isolated") ? { "cross-origin-embedder-policy": "require-corp" } : {};
}

function adapted(csp, asked) {
  if (asked.has("no-worker")) return csp.replace("worker-src 'self'", "worker-src 'none'");
  return asked.has("trusted") ? `${csp}; require-trusted-types-for 'script'` : csp;
}

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
