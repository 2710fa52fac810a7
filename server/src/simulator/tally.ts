// What a run has seen: histories, operators and their pairs, arrows walked, minutes and coins.
import { type FaultName, faultNames } from "./faults.ts";

const bump = (counts: Record<string, number>, name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by;
};

export class Tally {
  histories = 0;
  calls = 0;
  writes = 0;
  signedBodies = 0;
  minutes = 0;
  coins = 0n;
  violations = 0;
  /** How often each operator took effect, and in how many histories each pair of them did. */
  readonly operators: Record<string, number> = {};
  readonly pairs: Record<string, number> = {};
  readonly arrows: Record<string, number> = {};
  readonly presets: Record<string, number> = {};
  readonly endReasons: Record<string, number> = {};

  /** @param faults what took effect in one history, with repeats */
  noteFaults(faults: readonly FaultName[]): void {
    for (const fault of faults) bump(this.operators, fault);
    const met = faultNames.filter((name) => faults.includes(name));
    met.forEach((one, index) => {
      for (const other of met.slice(index + 1)) bump(this.pairs, `${one}+${other}`);
    });
  }

  noteArrow(from: string, to: string): void {
    if (from !== to) bump(this.arrows, `${from} → ${to}`);
  }

  noteCall(preset: string, endReason: string | null): void {
    this.calls += 1;
    bump(this.presets, preset);
    if (endReason !== null) bump(this.endReasons, endReason);
  }

  /** Takes over what another worker has counted. */
  add(other: TallyJson): void {
    for (const name of ["histories", "calls", "writes", "signedBodies", "minutes", "violations"] as const)
      this[name] += other[name];
    this.coins += BigInt(other.coins);
    for (const name of ["operators", "pairs", "arrows", "presets", "endReasons"] as const) {
      for (const [key, count] of Object.entries(other[name])) bump(this[name], key, count);
    }
  }

  toJSON() {
    return { ...this, coins: String(this.coins), minutes: Math.round(this.minutes) };
  }
}

export type TallyJson = ReturnType<Tally["toJSON"]>;
