// One history after the other: drawn, played, checked, and its bill held against the oracle's.
import { createHash } from "node:crypto";
import { drawScript } from "./draw.ts";
import type { FaultName } from "./faults.ts";
import { Violation } from "./invariants.ts";
import { findDisagreements } from "./oracle/expected.ts";
import { type Played, Stage } from "./play.ts";
import { mixSeeds, Random } from "./random.ts";
import type { Script } from "./script.ts";
import { Tally } from "./tally.ts";
import { type Adapters, createAdapters } from "./words.ts";

export interface Failure {
  /** Which history of the run. */
  history: number;
  /** The number of the invariant, `oracle`, or what else broke. */
  invariant: string;
  message: string;
}

export interface Block {
  tally: Tally;
  /** The hash of everything that was written in the block. */
  hash: string;
  failures: Failure[];
}

/** I4: where the hall's bill is not the one of the written rules. */
function askOracle(played: Played): Violation | null {
  for (const history of played.histories) {
    const found = findDisagreements(history);
    if (found.length > 0) return new Violation("I4", `of ${history.callId} the oracle says: ${found.join("; ")}`);
  }
  return null;
}

/** Plays a script as it stands. The same script and seed say the same. */
export async function playScript(script: Script, seed: number, adapters: Adapters): Promise<Played> {
  const played = await new Stage(script, new Random(seed), adapters).run();
  if (played.violation === null) {
    try {
      played.violation = askOracle(played);
    } catch (error) {
      played.violation = new Violation(
        "oracle",
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
    }
  }
  return played;
}

/** The script of one history of a run, and the seed of its playing. */
export function scriptOf(seed: number, index: number, faults: readonly FaultName[]): { script: Script; seed: number } {
  const mixed = mixSeeds(seed, index);
  return { script: drawScript(new Random(mixed), faults), seed: mixed };
}

function note(tally: Tally, script: Script, played: Played): void {
  tally.histories += 1;
  tally.writes += played.writes;
  tally.signedBodies += played.signedBodies;
  tally.coins += played.coins;
  tally.noteFaults([...script.faults, ...played.faults]);
  for (const [from, to] of played.arrows) tally.noteArrow(from, to);
  for (const { terms, bill } of played.histories) {
    tally.noteCall(terms.preset, bill.endReason ?? bill.status);
    if (bill.startedAt !== null && bill.endedAt !== null) tally.minutes += (bill.endedAt - bill.startedAt) / 60_000;
  }
  if (played.violation !== null) tally.violations += 1;
}

/**
 * Plays histories of a run.
 * @param from the first of them, and how many
 * @param onHistory told after each
 */
export async function simulateBlock(
  run: { seed: number; from: number; count: number; faults: readonly FaultName[] },
  onHistory: (failure: Failure | null) => void = () => {},
): Promise<Block> {
  const adapters = createAdapters();
  const tally = new Tally();
  const hash = createHash("sha256");
  const failures: Failure[] = [];
  for (let index = run.from; index < run.from + run.count; index++) {
    const { script, seed } = scriptOf(run.seed, index, run.faults);
    const played = await playScript(script, seed, adapters);
    note(tally, script, played);
    hash.update(played.trace.join("\n"));
    const { violation } = played;
    const failure =
      violation === null ? null : { history: index, invariant: violation.invariant, message: violation.message };
    if (failure !== null) failures.push(failure);
    onHistory(failure);
  }
  return { tally, hash: hash.digest("hex"), failures };
}
