// What a program of this package says of itself, and how it reads files. Light, so that a command which needs no server loads none.
import { readFileSync } from "node:fs";
import type { Config, ReadText } from "../config.ts";

/** How files are read that settings name: from where the process was started. */
export const readText: ReadText = (path) => readFileSync(path, "utf8");

/** The version of this package. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** The database in words, without its password. */
export function describeDatabase({ databaseUrl, dataDir }: Pick<Config, "databaseUrl" | "dataDir">): string {
  if (databaseUrl === undefined) return `embedded, in ${dataDir}`;
  if (databaseUrl === "memory:") return "embedded, in memory: forgotten at exit";
  const { host, pathname } = new URL(databaseUrl);
  return `PostgreSQL at ${host}${pathname}`;
}
