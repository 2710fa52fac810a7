// What the server shows to people and tools: the documentation, openapi.json, and the web app.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FairminuteError } from "@fairminute/core";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { writeApiPage } from "./docs/api-page.ts";
import { writeErrorsPage } from "./docs/errors-page.ts";
import { docsStyle } from "./docs/style.ts";
import type { OpenApi } from "./openapi.ts";

const YEAR_MS = 365 * 86_400_000;

/** `/openapi.json`, `/docs`, `/docs/errors`. Each page is written once. */
export function serveDocs(app: FastifyInstance, readDocument: () => OpenApi): void {
  const written = new Map<string, string>();
  const once = (name: string, write: () => string): string => {
    const text = written.get(name) ?? write();
    written.set(name, text);
    return text;
  };
  const page = (url: string, type: string, write: () => string): void => {
    app.get(url, { schema: { hide: true } as object }, async (_request, reply) =>
      reply.header("content-type", type).header("cache-control", "public, max-age=60").send(once(url, write)),
    );
  };
  page("/openapi.json", "application/json; charset=utf-8", () => JSON.stringify(readDocument(), null, 2));
  page("/docs", "text/html; charset=utf-8", () => writeApiPage(readDocument()));
  page("/docs/errors", "text/html; charset=utf-8", writeErrorsPage);
  page("/docs/style.css", "text/css; charset=utf-8", () => docsStyle);
}

/** Whether an address that is no file may be a screen of the web app. */
function isScreen(request: FastifyRequest): boolean {
  const [path = "/"] = request.url.split("?");
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  return !path.startsWith("/api/") && path !== "/api" && !/\.[A-Za-z0-9]+$/.test(path);
}

/** Which methods an address has, for the header Allow. */
function methodsOf(patterns: readonly { method: string; pattern: RegExp }[], path: string): string[] {
  const found = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(found)].sort();
}

/** Remembers every route as it is registered. Call before the first of them. */
export function watchRoutes(app: FastifyInstance): { method: string; pattern: RegExp }[] {
  const patterns: { method: string; pattern: RegExp }[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    if (url.includes("*")) return;
    const pattern = new RegExp(`^${url.replace(/[.]/g, "\\.").replace(/:\w+/g, "[^/]+")}$`);
    for (const one of [method].flat()) patterns.push({ method: one, pattern });
  });
  return patterns;
}

/**
 * Serves the web app, and answers whatever no route knows: another method, a screen of the app, nothing.
 * @param webDir the built app; undefined: the API alone
 */
export function serveRest(
  app: FastifyInstance,
  webDir: string | undefined,
  patterns: readonly { method: string; pattern: RegExp }[],
): void {
  const hasWeb = webDir !== undefined && existsSync(join(webDir, "index.html"));
  if (hasWeb) {
    app.register(fastifyStatic, {
      root: webDir,
      cacheControl: false,
      acceptRanges: false,
      setHeaders(response, path) {
        // Files under assets/ bear a hash of their content in their names.
        const kept = path.includes(`${join(webDir, "assets")}`);
        response.setHeader("cache-control", kept ? `public, max-age=${YEAR_MS / 1000}, immutable` : "no-cache");
      },
    });
  }
  app.setNotFoundHandler(async (request: FastifyRequest, reply: FastifyReply) => {
    const [path = "/"] = request.url.split("?");
    const allowed = methodsOf(patterns, path);
    if (allowed.length > 0 && !allowed.includes(request.method)) {
      reply.header("allow", allowed.join(", "));
      throw new FairminuteError("method_not_allowed", `${path} knows ${allowed.join(", ")}, not ${request.method}.`);
    }
    if (hasWeb && isScreen(request)) return reply.sendFile("index.html");
    throw new FairminuteError("not_found", `There is nothing at ${request.method} ${path}.`);
  });
}
