// A script: everything that happens in one history, as data, so that it can be played again and made shorter.
import type { Party, Terms } from "@fairminute/core";
import type { CommandKind } from "../charging/commands.ts";
import type { ProviderEvent } from "../providers/provider.ts";
import type { FaultName } from "./faults.ts";

export const carriers = ["webrtc", "livekit", "stream"] as const;
export type CarrierName = (typeof carriers)[number];

/** One true connection of one person. */
export interface Stay {
  userId: string;
  connectionId: string;
  from: number;
  to: number;
}

/** What a provider tells of its room. Instants are ms. */
export interface Word {
  id: string;
  what: "joined" | "left" | "closed" | "ended" | "kicked";
  userId: string | null;
  connectionId: string | null;
  at: number;
  /** When the connection began, for whoever tells it beside the end. */
  joinedAt: number | null;
  reason: "button" | "lost" | "removed" | "none";
}

export type Damage = "corrupt_body" | "wrong_signature";

export type Doing =
  | { kind: "open" }
  | { kind: "evidence"; events: ProviderEvent[] }
  /** `signedAt` not null: the word comes as a signed body, and the provider's adapter must find it genuine. */
  | { kind: "word"; word: Word; signedAt: number | null; damage: Damage | null }
  | { kind: "command"; command: CommandKind; userId: string | null }
  /** Somebody asks the provider who is there; with `isReport`, also for its record. */
  | { kind: "look"; answer: "true" | "error" | "timeout"; isReport: boolean }
  /** A top-up, or coins that are spent elsewhere when it is negative. */
  | { kind: "balance"; userId: string; amount: number }
  | { kind: "pause"; until: number }
  /** The server's clock is off by so much from now on. */
  | { kind: "clock"; offsetMs: number; isJump: boolean }
  | { kind: "outage"; until: number };

/** What befalls the write of an act. */
export type Fate = "crash_before_commit" | "crash_after_commit" | "database_crash";

/** Something that reaches a server. */
export interface Act {
  /** The true instant, ms. */
  at: number;
  server: number;
  /** Which call of the history. */
  call: number;
  does: Doing;
  fate?: Fate | undefined;
  /** What the other server does between this act's read and its write: it looks at the call, or carries a command out. */
  rival?: { command: CommandKind; userId: string | null } | "look" | undefined;
  /** How often it was tried in vain. */
  tries?: number | undefined;
  /** Counts these, when it is carried out. */
  faults?: readonly FaultName[] | undefined;
}

export interface ScriptCall {
  terms: Terms;
  carrier: CarrierName;
  parties: readonly Party[];
  requestedAt: number;
  estimatedMinutes: number;
  /** Why it needs no ringing: the word that stands in the log. */
  accepted: string | null;
  stays: readonly Stay[];
}

export interface Script {
  calls: readonly ScriptCall[];
  /** Coins in the wallets at the beginning. */
  wallets: Readonly<Record<string, number>>;
  acts: readonly Act[];
  /** How much later than its deadline a server looks. */
  lagMs: number;
  /** Which of the writes of due deadlines meet what, counted from 0. */
  dueFates: Readonly<Record<number, Fate>>;
  /** Operators that left no act behind, such as a word that never arrived. */
  faults: readonly FaultName[];
}

export const scriptStart = Date.UTC(2025, 2, 1);
