// What a started server says: for a person a few lines, for a program one line of JSON.
import type { Mode } from "../config.ts";
import type { Welcome } from "./people.ts";

export interface Started {
  version: string;
  url: string;
  mode: Mode;
  /** In words, without a password. */
  database: string;
  /** In words; null when no chain is connected. */
  chain: string | null;
  /** Whether the web app is there to be opened. */
  web: boolean;
  people: readonly Welcome[];
  /** True when others in the network can reach a server that gives coins away. */
  open: boolean;
}

function nextSteps(started: Started): string[] {
  if (started.mode === "production")
    return [`  Next: check ${started.url}/readyz, then point your application at ${started.url}.`];
  const people = started.people.map(
    ({ name, userId, role, says }) => `    ${name.padEnd(12)} (${userId})  ${role}, ${says}`,
  );
  const steps = started.web
    ? [
        "  Next: open the address in two windows and choose one person in each:",
        ...people,
        "  Let Leo call Mia; she answers, you talk, one hangs up: both see the receipt.",
      ]
    : ["  The web app is not built here (npm run build). Two people to try over the API:", ...people];
  if (started.open)
    steps.push("", "  Careful: a sandbox gives everybody coins, and this one can be reached from other machines.");
  return steps;
}

/** The banner, for people. */
export function writeBanner(started: Started): string {
  const mode = started.mode === "sandbox" ? "sandbox (free coins, a clock that moves)" : "production";
  return [
    "",
    `  Fairminute ${started.version}`,
    "",
    `  Address   ${started.url}`,
    `  Mode      ${mode}`,
    `  Database  ${started.database}`,
    ...(started.chain === null ? [] : [`  Chain     ${started.chain}`, `  Lab       ${started.url}/debug`]),
    `  API       ${started.url}/docs`,
    "",
    ...nextSteps(started),
    "",
    "  Ctrl-C stops it.",
    "",
  ].join("\n");
}

/** The same as one line of JSON, for programs. */
export function writeStartedJson(started: Started): string {
  const { version, url, mode, database, chain, people } = started;
  return JSON.stringify({ event: "started", version, url, mode, database, chain, docs: `${url}/docs`, people });
}
