// The pages: documentation that names everything and loads nothing from elsewhere, and the web app with its screens.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCodes } from "@fairminute/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { readConfig } from "../config.ts";
import { buildServer, type Server } from "../server.ts";
import { escapeHtml, prose } from "./docs/html.ts";

let database: TestDatabase;
let server: Server;
const folder = mkdtempSync(join(tmpdir(), "fairminute-web-"));

beforeAll(async () => {
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>the app</title>");
  writeFileSync(join(folder, "assets", "app-1a2b3c.js"), "run()");
  writeFileSync(join(folder, "favicon.svg"), "<svg/>");
  database = await databaseKinds[0]!.open();
  server = await buildServer(readConfig({ DATABASE_URL: "memory:" }), {
    db: database.db,
    clock: { now: () => Date.UTC(2026, 0, 1) },
    webDir: folder,
    onFault: (error) => {
      throw error;
    },
  });
});
afterAll(async () => {
  await server.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ method: "GET", url, headers });

describe("documentation", () => {
  it("/docs shows every operation with its address, a request and an answer", async () => {
    const page = await get("/docs");
    expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    const { paths } = (await get("/openapi.json")).json() as {
      paths: Record<string, Record<string, { operationId: string; summary: string }>>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      expect(page.payload).toContain(escapeHtml(path));
      for (const { operationId, summary } of Object.values(methods)) {
        expect(page.payload).toContain(`<article id="${operationId}"`);
        expect(page.payload).toContain(escapeHtml(summary));
      }
    }
    expect(page.payload).toContain("curl -X POST &quot;$FAIRMINUTE/api/calls/initiate&quot;");
  });

  it("/docs/errors has an anchor for every code", async () => {
    const page = await get("/docs/errors");
    for (const code of Object.keys(errorCodes)) expect(page.payload).toContain(`<article id="${code}"`);
  });

  it.each(["/docs", "/docs/errors"])(
    "%s loads nothing from another host, runs nothing, and every link inside leads somewhere",
    async (url) => {
      const { payload } = await get(url);
      expect(payload).not.toMatch(/<script|<img|<iframe|javascript:| on[a-z]+=|style=|@import/);
      expect(payload).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      const ids = new Set([...payload.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
      for (const [, target] of payload.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
      expect(ids.size).toBe([...payload.matchAll(/ id="([^"]+)"/g)].length);
      for (const [, target] of payload.matchAll(/href="(\/[^"#]*)/g))
        expect([target, (await get(target!)).statusCode]).toEqual([target, 200]);
    },
  );

  it("is whole for readers of any kind: language, title, one main, labelled navigation, headings in order", async () => {
    for (const url of ["/docs", "/docs/errors"]) {
      const { payload } = await get(url);
      expect(payload).toMatch(/<html lang="en">[\s\S]*<title>[^<]+<\/title>/);
      expect([...payload.matchAll(/<main/g)]).toHaveLength(1);
      expect([...payload.matchAll(/<h1/g)]).toHaveLength(1);
      for (const [nav] of payload.matchAll(/<nav[^>]*>/g)) expect(nav).toContain("aria-label=");
      expect([...payload.matchAll(/<pre(?! tabindex="0" role="region" aria-label)/g)]).toHaveLength(0);
      for (const tag of ["article", "section", "details", "dl", "ul", "div", "figure", "nav"]) {
        expect([tag, [...payload.matchAll(new RegExp(`<${tag}[ >]`, "g"))].length]).toEqual([
          tag,
          payload.split(`</${tag}>`).length - 1,
        ]);
      }
    }
  });

  it("is light and dark", async () => {
    const style = await get("/docs/style.css");
    expect(style.headers["content-type"]).toBe("text/css; charset=utf-8");
    expect(style.payload).toContain("prefers-color-scheme: dark");
  });

  it("texts stay texts", () => {
    expect(prose('<b>"x"</b> & `<i>`')).toBe("<p>&lt;b&gt;&quot;x&quot;&lt;/b&gt; &amp; <code>&lt;i&gt;</code></p>");
  });
});

describe("the web app", () => {
  it("screens are the app, files are files, and both say how long they may be kept", async () => {
    for (const screen of ["/", "/calls/call_1", "/wallet?tab=1"]) {
      const reply = await get(screen);
      expect([reply.statusCode, reply.payload.includes("the app"), reply.headers["cache-control"]]).toEqual([
        200,
        true,
        "no-cache",
      ]);
    }
    const asset = await get("/assets/app-1a2b3c.js");
    expect([asset.payload, asset.headers["cache-control"]]).toEqual(["run()", "public, max-age=31536000, immutable"]);
    expect((await get("/favicon.svg")).headers["content-type"]).toMatch(/^image\/svg/);
  });

  it("what is missing is a problem, not the app", async () => {
    for (const url of ["/api/nothing", "/assets/old-9f9f9f.js", "/missing.png", "/api"]) {
      const reply = await get(url);
      expect([url, reply.statusCode, reply.json().code]).toEqual([url, 404, "not_found"]);
    }
    expect((await server.app.inject({ method: "POST", url: "/calls/call_1" })).statusCode).toBe(404);
  });

  it("parts of files are not served, and a copy that is still good", async () => {
    const beyond = await get("/favicon.svg", { range: "bytes=9999-" });
    expect([beyond.statusCode, beyond.payload]).toEqual([200, "<svg/>"]);
    const first = await get("/favicon.svg");
    expect((await get("/favicon.svg", { "if-none-match": String(first.headers.etag) })).statusCode).toBe(304);
  });

  it("nothing outside its folder is served", async () => {
    for (const url of [
      "/../package.json",
      "/..%2f..%2fpackage.json",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/assets/..%5c..%5cx.json",
      "/.env",
      "/assets/%00.js",
      "/assets/%2e%2e%2f%2e%2e%2fx.js",
    ]) {
      const reply = await get(url);
      const harmless = reply.statusCode === 404 || reply.statusCode === 400 || reply.payload.includes("the app");
      expect([url, harmless]).toEqual([url, true]);
    }
  });
});
