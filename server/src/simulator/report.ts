// The report of a run: the same figures for people and for programs.
import { type FaultName, faultNames } from "./faults.ts";
import { findTooRare, leastOf } from "./least.ts";
import type { Failure } from "./simulate.ts";
import type { Tally } from "./tally.ts";

/** A failure, told as shortly as it can be. */
export interface ToldFailure extends Failure {
  /** The command that plays it again. */
  repeat: string;
  /** The shortest story in which the same breaks. */
  story: string;
}

export interface Report {
  seed: number;
  through: "memory" | "http";
  faults: readonly FaultName[];
  seconds: number;
  tally: Tally;
  /** One seed, one hash: of everything that was written, in its order. */
  hash: string;
  failures: ToldFailure[];
}

const spaced = (number: number | bigint): string => String(number).replace(/\B(?=(\d{3})+$)/g, " ");

function table(title: string, counts: Readonly<Record<string, number>>): string[] {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other - one);
  if (rows.length === 0) return [];
  return ["", `  ${title}`, ...rows.map(([name, count]) => `    ${name.padEnd(28)} ${spaced(count).padStart(12)}`)];
}

/** The report as people read it. */
export function writeReport({ seed, through, seconds, tally, faults, hash, failures }: Report): string {
  const pairs = (faults.length * (faults.length - 1)) / 2;
  const short = (wanted: number): string => (wanted < 10 ? wanted.toFixed(1) : spaced(Math.round(wanted)));
  const head = (name: string, value: string): string => `  ${name.padEnd(24)} ${value}`;
  const lines = [
    head("seed", `${seed}${through === "http" ? ", through the HTTP server" : ""}`),
    head(
      "histories",
      `${spaced(tally.histories)} in ${seconds.toFixed(1)} s (${spaced(Math.round(tally.histories / Math.max(seconds, 0.001)))} a second)`,
    ),
    head("calls", spaced(tally.calls)),
    head("writes", `${spaced(tally.writes)}, each checked against I1 to I12`),
    head("signed bodies", spaced(tally.signedBodies)),
    head("minutes talked", spaced(Math.round(tally.minutes))),
    head("coins moved", spaced(tally.coins)),
    head("pairs of operators", `${Object.keys(tally.pairs).length} of ${pairs} met`),
    ...leastOf(tally, faults).map(({ kind, name, count, wanted }) =>
      head(`least: ${kind}`, `${name}, ${spaced(count)} times; wanted ${short(wanted)}`),
    ),
    ...(through === "http" ? [] : findTooRare(tally, faults)).map(({ kind, name }) =>
      head("TOO RARE", `${kind} ${name}`),
    ),
    head("trace", hash.slice(0, 32)),
    head("violations", String(tally.violations)),
    ...table(
      "operators",
      Object.fromEntries(
        faultNames.filter((name) => faults.includes(name)).map((name) => [name, tally.operators[name] ?? 0]),
      ),
    ),
    ...table("arrows of status", tally.arrows),
    ...table("terms", tally.presets),
    ...table("ends", tally.endReasons),
  ];
  for (const { history, invariant, message, repeat, story } of failures) {
    lines.push(
      "",
      `  FAILED history ${history}, ${invariant}`,
      `    ${message}`,
      `    again: ${repeat}`,
      "",
      story.replace(/^/gm, "    "),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The report as a program reads it. */
export function reportJson(report: Report): object {
  const { tally, ...rest } = report;
  return { ...rest, ...tally.toJSON(), least: leastOf(tally, report.faults) };
}
