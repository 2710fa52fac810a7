// Makes the script of a failure as short as it can: whatever may be left out while the same thing still breaks is left out.
import type { Terms } from "@fairminute/core";
import type { Violation } from "./invariants.ts";
import type { Act, Script } from "./script.ts";

/** @returns what broke, or null when nothing does */
export type Try = (script: Script) => Promise<Violation | null>;

export interface Shrunk {
  script: Script;
  violation: Violation;
  tries: number;
}

const MOST_TRIES = 4000;

/** The same invariant, and of a bill the same thing of it. */
function isSame(one: Violation, other: Violation | null): other is Violation {
  if (other === null || one.invariant !== other.invariant) return false;
  const subject = ({ message }: Violation) => /says: (\w+)/.exec(message)?.[1] ?? "";
  return subject(one) === subject(other);
}

/** Scripts with some acts less: halves first, then ever smaller pieces. */
function* withoutActs(script: Script): Generator<Script> {
  const { acts } = script;
  for (let size = acts.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < acts.length; from += size) {
      if (size < acts.length) yield { ...script, acts: [...acts.slice(0, from), ...acts.slice(from + size)] };
    }
  }
}

/** Acts that are simpler than they were. */
function* simplerActs(act: Act): Generator<Act> {
  const { fate, rival, faults, server, does } = act;
  if (fate !== undefined) yield { ...act, fate: undefined };
  if (rival !== undefined) yield { ...act, rival: undefined };
  if (server !== 0) yield { ...act, server: 0 };
  if (faults !== undefined && faults.length > 0) yield { ...act, faults: [] };
  if (does.kind === "word" && does.signedAt !== null && does.damage === null)
    yield { ...act, does: { ...does, signedAt: null } };
  if (does.kind !== "evidence" || does.events.length < 2) return;
  for (const left of does.events)
    yield { ...act, does: { ...does, events: does.events.filter((event) => event !== left) } };
}

function* simplerTerms(terms: Terms): Generator<Terms> {
  const { tariff, policies } = terms;
  for (const policy of policies) yield { ...terms, policies: policies.filter((one) => one !== policy) };
  if (tariff.windows.length > 0) yield { ...terms, tariff: { ...tariff, windows: [] } };
  for (const name of ["connectFee", "minimumCharge"] as const) {
    if (tariff[name] > 0n) yield { ...terms, tariff: { ...tariff, [name]: 0n } };
  }
  for (const name of ["freeSeconds", "noChargeUnderSeconds"] as const) {
    if (tariff[name] > 0) yield { ...terms, tariff: { ...tariff, [name]: 0 } };
  }
}

function* simpler(script: Script): Generator<Script> {
  yield* withoutActs(script);
  if (script.lagMs > 0) yield { ...script, lagMs: 0 };
  if (Object.keys(script.dueFates).length > 0) yield { ...script, dueFates: {} };
  for (const [index, call] of script.calls.entries()) {
    for (const terms of simplerTerms(call.terms))
      yield { ...script, calls: script.calls.with(index, { ...call, terms }) };
  }
  for (const [index, act] of script.acts.entries()) {
    for (const other of simplerActs(act)) yield { ...script, acts: script.acts.with(index, other) };
  }
}

/** @param violation what the script breaks */
export async function shrink(script: Script, violation: Violation, attempt: Try): Promise<Shrunk> {
  let best: Shrunk = { script, violation, tries: 0 };
  for (let isShorter = true; isShorter && best.tries < MOST_TRIES; ) {
    isShorter = false;
    for (const candidate of simpler(best.script)) {
      const tries: number = best.tries + 1;
      const found = await attempt(candidate);
      best = { ...best, tries };
      if (tries >= MOST_TRIES) break;
      if (!isSame(violation, found)) continue;
      best = { script: candidate, violation: found, tries };
      isShorter = true;
      break;
    }
  }
  return best;
}
