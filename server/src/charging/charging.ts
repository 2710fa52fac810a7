// The hall where evidence, rules and money meet: calls are opened, evidence is recorded, and every call is advanced to now.
import { type CallEvent, type Catalogue, FairminuteError, isEscrow } from "@fairminute/core";
import type { Database } from "../db/database.ts";
import { readAvailable } from "../ledger/wallet.ts";
import { type CallCommand, decideCommand } from "./commands.ts";
import { advanceDueCalls } from "./due.ts";
import { asSeenBy, type CallJson, callJson } from "./json.ts";
import type { Keep, Keeping } from "./keeping.ts";
import { shortBalance } from "./lane.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { type CallFilter, listBusyUsers, listStoredCalls } from "./list.ts";
import { type LiveJson, liveJson } from "./live.ts";
import { createNames, type Names } from "./names.ts";
import {
  type EscrowOffer,
  firstEvidence,
  keepTerms,
  newCall,
  type OpenCall,
  offeredPresets,
  termsFor,
  termsIdOf,
} from "./opening.ts";
import { type ParticipantsJson, participantsJson } from "./participants.ts";
import { minimumCoins, type ReceiptJson, receiptJson } from "./receipt.ts";
import { type Reversal, reversePenalties } from "./reversal.ts";
import { findStoredRoomCall } from "./rooms.ts";
import { peopleOf, type StoredCall } from "./stored.ts";
import { readTimeline, type TimelineJson } from "./timeline.ts";
import { readCalls } from "./write.ts";

export type { CallCommand } from "./commands.ts";
export { requireFunded } from "./funded.ts";
export { asSeenBy, type CallJson } from "./json.ts";
export type { Keeping } from "./keeping.ts";
export type { LiveJson } from "./live.ts";
export type { EscrowOffer, OpenCall } from "./opening.ts";
export type { ParticipantsJson } from "./participants.ts";
export type { ReceiptJson } from "./receipt.ts";
export type { TimelineJson } from "./timeline.ts";

/** Evidence as a provider gives it: when it reached us is ours to say. */
export type Evidence = Omit<CallEvent, "receivedAt">;

export interface CallPage {
  calls: CallJson[];
  hasMore: boolean;
  nextCursor: string | null;
}

export interface Charging {
  /** The presets of terms that this hall can fund, by name, as its calls begin with them. */
  presets: Catalogue;
  /** Whether calls of a preset are paid from an escrow here. */
  isOnChain(preset: string): boolean;
  /**
   * Opens a call and places its hold, both or neither. One that is paid from an escrow opens without money: its deposit is
   * evidence (`call.funded`), and placed when that is recorded.
   * @returns the call; with a callId that exists, that call as it stands
   * @throws FairminuteError insufficient_balance (details: required, available), unknown_preset, invalid_terms,
   *   currency_mismatch, cannot_call_yourself, too_many_calls, room_in_use; idempotency_key_reused when the key of `keeping` was used before
   */
  openCall(input: OpenCall, keeping?: Keeping): Promise<CallJson>;
  /**
   * Accepts, rejects, cancels or ends a call for one of its people, or for the operator (userId null). Repeating it has no effect.
   * @param keeping the request with a key that asks for it: its answer is kept in the same write
   * @throws FairminuteError call_not_found, forbidden, call_not_pending, call_already_started, call_already_ended;
   *   idempotency_key_reused when the key of `keeping` was used before: then nothing was changed
   */
  commandCall(callId: string, command: CallCommand, keeping?: Keeping): Promise<CallJson>;
  /**
   * Writes evidence to the call's log and advances the call. Evidence that is known already changes nothing.
   * @param keeping as for commandCall; the answer is the operator's view
   * @throws FairminuteError call_not_found
   */
  recordEvents(callId: string, events: readonly Evidence[], keeping?: Keeping): Promise<CallJson>;
  /**
   * Gives back what penalties took from a user in a call, for the operator. Repeating it has no effect.
   * @throws FairminuteError call_not_found; not_found when there is no such penalty
   */
  reversePenalty(reversal: Reversal): Promise<CallJson>;
  /** Looks at calls again, as after a top-up of their payer. */
  advanceCalls(ids: readonly string[]): Promise<void>;
  /** Looks again at every live call that the user pays for: new coins may extend it. */
  advanceCallsOf(payerId: string): Promise<void>;
  /** Carries out one batch of due deadlines. @returns how many calls; 0 when none is left */
  advanceDue(now: number): Promise<number>;
  /** @param viewerId a party of the call, or null for the operator. @throws FairminuteError call_not_found for anybody else */
  readCall(callId: string, viewerId: string | null): Promise<CallJson>;
  /** For the operator, without asking the database when the call is remembered: right in what never changes of a call, and no more. */
  recallCall(callId: string): Promise<CallJson>;
  readReceipt(callId: string, viewerId: string | null): Promise<ReceiptJson>;
  readTimeline(callId: string, viewerId: string | null): Promise<TimelineJson>;
  /** Who was there, connection by connection, with reasons and penalties. */
  readParticipants(callId: string, viewerId: string | null): Promise<ParticipantsJson>;
  /**
   * The call that runs in a provider's room at an instant (ms): the live one, else the last that was opened by then.
   * @returns null when the room never had one
   */
  findRoomCall(provider: string, roomName: string, at: number): Promise<CallJson | null>;
  /** What the ticker needs to charge the call itself, second by second. */
  readLive(callId: string, viewerId: string | null): Promise<LiveJson>;
  listCalls(filter: CallFilter): Promise<CallPage>;
  /** Who of these people is in a call now. */
  listBusyUsers(userIds: readonly string[]): Promise<Set<string>>;
  /** Takes over what a user is called, from somebody who has just read it. */
  knowName(userId: string, name: string): void;
  /** Calls by their ids, for the notices about them. */
  tellCalls(ids: readonly string[]): Promise<Map<string, CallJson>>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

const LIVE = ["pending", "accepted", "active"];

export interface ChargingWorld {
  db: Database;
  now: () => number;
  nextId: (prefix: string) => string;
  /** The escrow that calls may be paid from; absent or null: connected to no chain, so that such calls are refused. */
  escrow?: EscrowOffer | null | undefined;
  /** What presets calls can be opened under; those that ship when absent. */
  presets?: Catalogue | undefined;
  /** How many statements may be under way at once (1 on the embedded database, which has one session). */
  lanes: number;
  /** Told after every commit: the courier looks for notices. */
  onWritten: () => void;
  /** Told of a call whose deadlines cannot be carried out. */
  onFault: (error: unknown) => void;
}

/** What the hall's halves share. */
interface Hall {
  world: ChargingWorld;
  lanes: Lanes;
  names: Names;
  toJson: (call: StoredCall) => CallJson;
}

export function createCharging(world: ChargingWorld): Charging {
  const names = createNames(world.db, world.now);
  const toJson = (call: StoredCall) => callJson(call, names.nameOf);
  const hall = { world, names, toJson, lanes: createLanes({ ...world, names }) };
  const presets = offeredPresets(world);
  const isOnChain = (name: string): boolean => {
    const preset = presets.get(name);
    return preset !== undefined && isEscrow(preset.terms);
  };
  return { presets, isOnChain, ...changing(hall), ...reading(hall), close: hall.lanes.drain };
}

const keepOf = (keeping: Keeping | undefined, tell: Keep["tell"]): Keep | undefined =>
  keeping === undefined ? undefined : { keeping, tell };

/** A new call with its terms kept, ready to be submitted. @throws FairminuteError insufficient_balance for the creator's minimum */
function createOpening({ world, lanes, names, toJson }: Hall): Charging["openCall"] {
  const { db, now, nextId } = world;
  const knownTerms = new Set<string>();
  return async (input, keeping) => {
    const terms = termsFor(input, world);
    const termsId = termsIdOf(terms);
    await keepTerms(db, knownTerms, termsId, terms);
    const at = now();
    const required = minimumCoins(terms, input, at);
    if (required !== null) {
      const available = await readAvailable(db, input.payerId);
      const known = input.callId === undefined ? [] : await readCalls(db, [input.callId]);
      if (available < required && known.length === 0) throw shortBalance(required, available);
    }
    const callId = input.callId ?? nextId("call");
    const call = newCall(input, terms, { callId, termsId, holdId: nextId("hold"), roomName: nextId("room"), now: at });
    const evidence = firstEvidence(input, call, at);
    const people = names.learn([input.payerId, input.payeeId]);
    const [written] = await Promise.all([
      lanes.submit({ callId, open: call, evidence, keep: keepOf(keeping, toJson) }),
      people,
    ]);
    if (keeping?.kept) return keeping.kept;
    if (written.payerId !== input.payerId) {
      throw new FairminuteError("call_not_found", `the call id ${callId} is taken`, { param: "id" });
    }
    return toJson(written);
  };
}

function changing(hall: Hall): Omit<Charging, "close" | "presets" | "isOnChain" | keyof ReturnType<typeof reading>> {
  const { world, lanes, names, toJson } = hall;
  const { db, now } = world;
  const named = async (call: StoredCall): Promise<CallJson> => {
    await names.learn(peopleOf(call));
    return toJson(call);
  };
  const lookAt = async (ids: readonly string[]): Promise<void> => {
    await Promise.all(ids.map((callId) => lanes.submit({ callId, evidence: [] })));
  };
  return {
    openCall: createOpening(hall),
    async commandCall(callId, command, keeping) {
      const decide = (call: StoredCall, at: number) => decideCommand(call, command, at);
      const tell = (call: StoredCall) => asSeenBy(toJson(call), command.userId);
      const written = await lanes.submit({ callId, evidence: [], decide, keep: keepOf(keeping, tell) });
      return keeping?.kept ?? asSeenBy(await named(written), command.userId);
    },
    async reversePenalty(reversal) {
      const call = await reversePenalties(db, reversal, now());
      world.onWritten();
      return named(call);
    },
    async recordEvents(callId, events, keeping) {
      const receivedAt = now();
      // A clock that runs ahead of ours must not bill seconds that have not passed.
      const evidence = events.map((event) => ({
        ...event,
        occurredAt: Math.min(event.occurredAt, receivedAt),
        receivedAt,
      }));
      const written = await lanes.submit({ callId, evidence, keep: keepOf(keeping, toJson) });
      return keeping?.kept ?? named(written);
    },
    advanceCalls: lookAt,
    async advanceCallsOf(payerId) {
      const sql = "select id from calls where payer_id = $1 and status = any($2::text[])";
      await lookAt((await db.query<{ id: string }>(sql, [payerId, LIVE])).map(({ id }) => id));
    },
    async advanceDue(at) {
      const advanced = await advanceDueCalls(db, {
        now: at,
        onFault: world.onFault,
      });
      if (advanced > 0) world.onWritten();
      return advanced;
    },
  };
}

function reading({ world: { db, now }, lanes, names, toJson }: Hall) {
  async function find(callId: string, viewerId: string | null): Promise<StoredCall> {
    const [call] = await readCalls(db, [callId]);
    if (call === undefined || (viewerId !== null && !peopleOf(call).includes(viewerId))) {
      throw new FairminuteError("call_not_found", `there is no call ${callId} for you`, { param: "id" });
    }
    await names.learn(peopleOf(call));
    return call;
  }
  const tell = async (calls: StoredCall[]): Promise<CallJson[]> => {
    await names.learn(calls.flatMap(peopleOf));
    return calls.map(toJson);
  };
  return {
    readCall: async (callId, viewerId) => asSeenBy(toJson(await find(callId, viewerId)), viewerId),
    knowName: names.know,
    async recallCall(callId) {
      const known = lanes.recall(callId);
      return toJson(known ?? (await find(callId, null)));
    },
    readReceipt: async (callId, viewerId) => receiptJson(await find(callId, viewerId), viewerId, now(), names.nameOf),
    readTimeline: async (callId, viewerId) => readTimeline(db, await find(callId, viewerId), viewerId),
    readParticipants: async (callId, viewerId) =>
      participantsJson(await find(callId, viewerId), viewerId, now(), names.nameOf),
    async findRoomCall(provider, roomName, at) {
      const found = await findStoredRoomCall(db, provider, roomName, at);
      return found === null ? null : ((await tell([found]))[0] as CallJson);
    },
    async readLive(callId, viewerId) {
      const call = await find(callId, viewerId);
      return liveJson(call, asSeenBy(toJson(call), viewerId), now());
    },
    async listCalls(filter) {
      const page = await listStoredCalls(db, filter);
      return { ...page, calls: (await tell(page.calls)).map((call) => asSeenBy(call, filter.userId)) };
    },
    listBusyUsers: (userIds) => listBusyUsers(db, userIds, now()),
    async tellCalls(ids) {
      const calls = await tell(await readCalls(db, ids));
      return new Map(calls.map((call) => [call.id, call]));
    },
  } satisfies Partial<Charging>;
}
