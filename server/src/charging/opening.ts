// A new call, not yet written: its ids, its frozen terms, the first evidence.
import { createHash } from "node:crypto";
import {
  type CallEvent,
  type Catalogue,
  type ErrorCode,
  FairminuteError,
  isEscrow,
  presetTerms,
  priceTerms,
  readTerms,
  shippedPresets,
  type Terms,
  writeTerms,
} from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { CURRENCY, PLATFORM } from "../ledger/accounts.ts";
import type { StoredCall } from "./stored.ts";

export interface OpenCall {
  /** Given when the request carries an idempotency key: the same key is the same call. */
  callId?: string | undefined;
  payerId: string;
  /** Null in a room without sides, such as a study room. */
  payeeId: string | null;
  preset?: string | undefined;
  /** Minutes that the hold covers. */
  estimatedMinutes: number;
  /** Terms of one's own instead of a preset's; the other wishes about terms do not touch them. */
  terms?: Terms | undefined;
  /** The price of a minute; when absent the preset's own. */
  pricePerMinute?: bigint | undefined;
  /** Minutes that the payer's balance must cover at least, whatever the estimate. */
  minimumMinutes: number;
  autoAccept: boolean;
  /** Why the call needs no ringing, when it does not: `registered`, `adopted`, `matched`. */
  accepted?: string | undefined;
  /** Who carries the call; the built-in provider when absent. */
  provider?: string | undefined;
  /** The provider's own name of a room that exists there already; a new one when absent. */
  roomName?: string | undefined;
  /** Earlier than now for a call that was found by its evidence, ms. */
  requestedAt?: number | undefined;
  /** How long it may take until both are there, in seconds; the preset's own limit when absent. */
  joinTimeoutSeconds?: number | undefined;
  /** Evidence that is there already, written with the call. */
  evidence?: readonly Omit<CallEvent, "receivedAt">[] | undefined;
  /** How many calls each of the two may have at once, this one included, where the preset does not allow fewer. */
  maximumCallsAtOnce?: number | undefined;
}

const termsIds = new WeakMap<Terms, string>();

/** The id of terms is their content: equal terms are one row, and nobody can edit a row into something else. */
export function termsIdOf(terms: Terms): string {
  const known = termsIds.get(terms);
  if (known !== undefined) return known;
  const digest = createHash("sha256")
    .update(JSON.stringify(writeTerms(terms)))
    .digest("hex");
  const id = `terms_${digest.slice(0, 24)}`;
  termsIds.set(terms, id);
  return id;
}

/** Writes the terms if they are new. Frozen rows never change, so once a process is enough. */
export async function keepTerms(db: Queryable, known: Set<string>, id: string, terms: Terms): Promise<void> {
  if (known.has(id)) return;
  await db.query("insert into terms (id, body) values ($1, $2::jsonb) on conflict (id) do nothing", [
    id,
    JSON.stringify(writeTerms(terms)),
  ]);
  known.add(id);
}

/** The escrow on a chain that this hall's calls may be paid from. */
export interface EscrowOffer {
  /** What such calls count in; never coins. */
  currency: string;
  /** 60 where a unit of that currency is more than the token's smallest: a second's price is then whole, and the contract's too. */
  pricePerMinuteMultipleOf: bigint;
}

/** What a hall adds to the terms of its calls. */
export interface HallTerms {
  /** Null or absent: the hall is connected to no chain. */
  escrow?: EscrowOffer | null | undefined;
  /** What presets there are; those that ship when absent. */
  presets?: Catalogue | undefined;
}

/** The presets that a hall can fund, as its calls begin with them: one that is paid on a chain needs a connection to it. */
export function offeredPresets({ escrow = null, presets = shippedPresets }: HallTerms): Catalogue {
  const offered = [...presets.values()].flatMap((preset) => {
    if (!isEscrow(preset.terms)) return [preset];
    return escrow === null ? [] : [{ ...preset, terms: { ...preset.terms, currency: escrow.currency } }];
  });
  return new Map(offered.map((preset) => [preset.name, preset]));
}

/**
 * The terms of a new call: those that it brings, or the preset's, at the creator's price where the preset has one.
 * @throws FairminuteError unknown_preset (also for one that this hall cannot fund), invalid_terms, currency_mismatch,
 *   cannot_call_yourself
 */
export function termsFor(input: OpenCall, { escrow = null, presets = shippedPresets }: HallTerms = {}): Terms {
  if (input.payerId === input.payeeId) {
    throw new FairminuteError("cannot_call_yourself", "a call needs two people: creatorId is the caller", {
      param: "creatorId",
    });
  }
  if (input.terms !== undefined) return checkParties(checkTerms(readTerms(writeTerms(input.terms)), escrow), input);
  const { preset = "creator-call", provider = "webrtc" } = input;
  const { pricePerMinute, maximumCallsAtOnce, joinTimeoutSeconds } = input;
  const wish = { preset, provider, pricePerMinute, maximumCallsAtOnce, joinTimeoutSeconds };
  const offer = escrow === null ? null : Object.values(escrow).map(String);
  const name = JSON.stringify({ ...wish, pricePerMinute: String(pricePerMinute), offer });
  const known = chosenTerms.get(presets) ?? new Map<string, Terms>();
  chosenTerms.set(presets, known);
  let terms = known.get(name);
  if (terms === undefined) {
    terms = checkTerms(chooseTerms(wish, escrow, presets), escrow);
    if (known.size >= CHOSEN_MAX) known.clear();
    known.set(name, terms);
  }
  return checkParties(terms, input);
}

/** What an escrow owes the platform stands in an account of that name, so that nobody else may bear it. */
function checkParties(terms: Terms, { payerId, payeeId }: OpenCall): Terms {
  if (!isEscrow(terms) || (payerId !== PLATFORM && payeeId !== PLATFORM)) return terms;
  const message = `nobody can pay or be paid from an escrow under the name ${PLATFORM}`;
  throw new FairminuteError("forbidden", message, { param: "creatorId" });
}

/** All that terms depend on. */
interface Wish extends Pick<OpenCall, "pricePerMinute" | "maximumCallsAtOnce" | "joinTimeoutSeconds"> {
  preset: string;
  provider: string;
}

/** Terms and catalogues are never changed, so that calls on equal terms of the same catalogue share them. */
const chosenTerms = new WeakMap<Catalogue, Map<string, Terms>>();
const CHOSEN_MAX = 1000;

/** What the hall asks of terms besides that they can be charged: money that it can hold. */
function checkTerms(terms: Terms, escrow: EscrowOffer | null): Terms {
  const { currency, tariff, preset } = terms;
  const refuse = (code: ErrorCode, message: string, param: string) => new FairminuteError(code, message, { param });
  if (!isEscrow(terms)) {
    if (currency === CURRENCY) return terms;
    throw refuse("currency_mismatch", `wallets hold ${CURRENCY}s, and the terms ask for ${currency}`, "terms.currency");
  }
  if (escrow === null) {
    const message = `the preset ${preset} is funded on a chain, and this server is connected to none`;
    throw refuse("unknown_preset", message, "preset");
  }
  if (currency !== escrow.currency) {
    const message = `the escrow of this server holds ${escrow.currency}, and the terms ask for ${currency}`;
    throw refuse("currency_mismatch", message, "terms.currency");
  }
  const { pricePerMinuteMultipleOf: step } = escrow;
  if (tariff.pricePerMinute % step !== 0n) {
    const message = `terms.tariff.pricePerMinute is ${tariff.pricePerMinute}; expected a multiple of ${step} with this escrow`;
    throw refuse("invalid_terms", message, "terms.tariff.pricePerMinute");
  }
  return terms;
}

function chooseTerms(wish: Wish, escrow: EscrowOffer | null, presets: Catalogue): Terms {
  const { preset, pricePerMinute } = wish;
  // Who names none that there is, is told of those that can be funded.
  const terms = presetTerms(preset, {}, presets.has(preset) ? presets : offeredPresets({ escrow, presets }));
  const priced = pricePerMinute === undefined ? terms : priceTerms(terms, pricePerMinute);
  if (!isEscrow(terms) || escrow === null) return limitTerms(priced, wish);
  return readTerms(writeTerms(limitTerms({ ...priced, currency: escrow.currency }, wish)));
}

function limitTerms(priced: Terms, wish: Wish): Terms {
  const { limits } = priced;
  const mostAtOnce = [limits.maximumCallsAtOnce, wish.maximumCallsAtOnce ?? null].filter((most) => most !== null);
  const delaySeconds = wish.provider === "webrtc" ? 0 : WEBHOOK_DELAY_SECONDS;
  const { joinTimeoutSeconds = limits.joinTimeoutSeconds } = wish;
  return {
    ...priced,
    limits: {
      ...limits,
      maximumCallsAtOnce: mostAtOnce.length === 0 ? null : Math.min(...mostAtOnce),
      settlementDelaySeconds: Math.max(limits.settlementDelaySeconds, delaySeconds),
      joinTimeoutSeconds,
    },
  };
}

/** A provider tries to deliver a webhook for about 15 s: until then an earlier one may still be on its way. */
const WEBHOOK_DELAY_SECONDS = 20;

/** The call before its first write (version 0): pending, nothing placed. */
export function newCall(
  input: OpenCall,
  terms: Terms,
  made: { callId: string; termsId: string; holdId: string; roomName: string; now: number },
): StoredCall {
  return {
    id: made.callId,
    version: 0,
    preset: terms.preset,
    termsId: made.termsId,
    terms,
    payerId: input.payerId,
    payeeId: input.payeeId,
    provider: input.provider ?? "webrtc",
    roomName: input.roomName ?? made.roomName,
    holdId: made.holdId,
    status: "pending",
    requestedAt: Math.min(input.requestedAt ?? made.now, made.now),
    acceptedAt: null,
    startedAt: null,
    endedAt: null,
    settledAt: null,
    endReason: null,
    endedBy: null,
    cancelledBy: null,
    cancellationReason: null,
    billableSeconds: 0,
    billedSeconds: 0,
    durationSource: null,
    estimatedSeconds: input.estimatedMinutes * 60,
    estimatedCoins: 0n,
    charged: 0n,
    placed: 0n,
    captured: 0n,
    released: 0n,
    refunded: 0n,
    placements: 0,
    refunds: 0,
    penalties: [],
    fundedUntil: null,
    warnedFor: null,
    interruptedSince: null,
    interruptedUserIds: [],
    attendeeIds: [],
    policyBreaks: [],
    deadlineAt: null,
    events: [],
  };
}

/** What is known of a call when it opens. An acceptance that needs no ringing is one like any other: it stands in the log, with its reason. */
export function firstEvidence(input: OpenCall, call: StoredCall, now: number): CallEvent[] {
  const reason = input.accepted ?? (input.autoAccept ? "auto_accept" : null);
  const userId = input.payeeId ?? input.payerId;
  const evidence = (input.evidence ?? []).map((event) => ({
    ...event,
    occurredAt: Math.min(event.occurredAt, now),
    receivedAt: now,
  }));
  if (reason === null) return evidence;
  const accepted: CallEvent = {
    id: `call.accepted:${userId}`,
    type: "call.accepted",
    source: "command",
    userId,
    connectionId: null,
    reason,
    occurredAt: call.requestedAt,
    untilAt: null,
    receivedAt: now,
  };
  return [accepted, ...evidence];
}
