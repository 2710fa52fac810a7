// The fault operators: what may go wrong in a history, how often, and which of them a run leaves out.
import type { Random } from "./random.ts";

/** Every operator, and the share of histories that draw it. Those that need signed bodies are rarer, because they cost most. */
const shares = {
  duplicate: 0.2,
  drop: 0.16,
  reorder: 0.2,
  delay: 0.16,
  corrupt_body: 0.03,
  wrong_signature: 0.03,
  stale_replay: 0.03,
  crash_before_commit: 0.16,
  crash_after_commit: 0.16,
  database_crash: 0.13,
  database_unreachable: 0.13,
  server_pause: 0.13,
  clock_skew: 0.13,
  clock_jump: 0.1,
  api_error: 0.08,
  api_timeout: 0.08,
  client_killed: 0.16,
  second_device: 0.13,
  reload: 0.16,
  simultaneous_commands: 0.13,
  server_race: 0.16,
  balance_moved: 0.2,
} as const;

export type FaultName = keyof typeof shares;
export const faultNames = Object.keys(shares) as FaultName[];

/** Those that only exist where a provider signs what it tells. */
export const signedFaults: readonly FaultName[] = ["corrupt_body", "wrong_signature", "stale_replay"];
/** Those that only exist where somebody asks a provider who is there. */
export const askingFaults: readonly FaultName[] = ["api_error", "api_timeout"];

/**
 * Reads a choice such as `all`, `none`, `duplicate,drop` or `all,-drop`.
 * @returns the operators, or the word that is none
 */
export function readFaults(text: string): readonly FaultName[] | { unknown: string } {
  const chosen = new Set<FaultName>();
  for (const word of text.split(",").map((part) => part.trim())) {
    const isTaken = word.startsWith("-");
    const name = isTaken ? word.slice(1) : word;
    if (name === "none" && !isTaken) chosen.clear();
    else if (name === "all") for (const fault of faultNames) chosen[isTaken ? "delete" : "add"](fault);
    else if ((faultNames as readonly string[]).includes(name)) chosen[isTaken ? "delete" : "add"](name as FaultName);
    else return { unknown: word };
  }
  return faultNames.filter((name) => chosen.has(name));
}

/** The operators of one history: each is drawn for itself, so that any two of them meet. */
export function drawFaults(random: Random, allowed: readonly FaultName[]): Set<FaultName> {
  return new Set(allowed.filter((name) => random.chance(shares[name])));
}
