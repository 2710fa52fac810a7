// The history of one simulated call: what went in, and what the hall made of it, in the order of its writes. The oracle reads it.
import type { CallEvent, CallStatus, EndReason, Party, Terms } from "@fairminute/core";
import type { CommandKind } from "../charging/commands.ts";
import type { PriorBreak } from "../charging/prior-breaks.ts";
import type { Transfer } from "../ledger/transfers.ts";

/** One statement of the hall that was committed. Instants are ms; `at` is the clock of the server that wrote. */
export interface HistoryWrite {
  at: number;
  /** The true instant, by which writes and balances are in one order whatever the servers' clocks say. */
  on: number;
  /** 1 for the write that opened the call, then one more each time. */
  version: number;
  /** Rows that are new in the log, or have grown under their old id, as they stand after the write. */
  evidence: readonly CallEvent[];
  /** What moved: wallets are `wallet:<user>`, the call's own account `hold…`, `platform`, `external`. */
  transfers: readonly Transfer[];
  status: CallStatus;
  startedAt: number | null;
  /** Null until the end is told: a call of which webhooks tell is told its end when it is settled. */
  endedAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  settledAt: number | null;
}

/** A command as it was given to a server, and what was answered: `written`, `nothing` (carried out before), a refusal's code, or `lost`. */
export interface HistoryCommand {
  at: number;
  kind: CommandKind;
  /** Null: the operator. */
  userId: string | null;
  answer: string;
}

/** A wallet after each movement, by whatever: calls, top-ups, spending elsewhere. The first row of each user is the beginning. */
export interface HistoryBalance {
  /** By the clock of who moved it, and the true instant. */
  at: number;
  on: number;
  userId: string;
  balance: bigint;
}

/** What the hall says in the end of the money of the call, from its row and its transfers. */
export interface HistoryBill {
  status: CallStatus;
  startedAt: number | null;
  endedAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  billableSeconds: number;
  billedSeconds: number;
  placed: bigint;
  /** What the payer paid for the call, refunds taken off; penalties and bonuses apart. */
  charged: bigint;
  /** What of it stayed with the payee, and with the platform: together `charged`. */
  payee: bigint;
  platform: bigint;
  /** What the wallet really gave, and whether it went back. */
  penalties: readonly { policy: string; userId: string; amount: bigint; isReversed: boolean }[];
  bonuses: readonly { policy: string; userId: string; amount: bigint }[];
}

export interface CallHistory {
  callId: string;
  terms: Terms;
  /** The payer first, then the payee; or attendees only, in a room without sides. */
  parties: readonly Party[];
  requestedAt: number;
  estimatedSeconds: number;
  writes: readonly HistoryWrite[];
  commands: readonly HistoryCommand[];
  balances: readonly HistoryBalance[];
  /**
   * What the call's people broke in other calls, as it was known when this one was settled: what is known of another call later changes
   * no bill of this one.
   */
  priorBreaks: readonly PriorBreak[];
  /** The instant of the last look: every deadline up to it has been carried out. */
  endedAt: number;
  bill: HistoryBill;
}
