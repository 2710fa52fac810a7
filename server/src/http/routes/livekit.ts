// The routes of source document 003: a token that opens the call, a timer's word that decides nothing, and the end.
import { coinsToJson, FairminuteError } from "@fairminute/core";
import { type CallJson, requireFunded } from "../../charging/charging.ts";
import { readAvailable } from "../../ledger/wallet.ts";
import { readCreatorSettings } from "../../people/creator-settings.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import {
  endCoinCallSchema,
  endedCoinCallSchema,
  meteredSchema,
  periodicDeductionSchema,
  secureTokenSchema,
  tokenSecureSchema,
} from "../schemas/outside.ts";

const PROVIDER = "livekit";
const PRESET = "coin-minutes";

const shared = { method: "POST", tag: "Providers", who: "caller" } as const;

const isLive = (call: CallJson | null): call is CallJson => call !== null && call.settledAt === null;

const isParty = (call: CallJson, userId: string): boolean => userId === call.payerId || userId === call.payeeId;

/** The call of a room now, or its last one; for a party, or for the operator (null). @throws FairminuteError call_not_found */
async function findCall({ charging, clock }: AppDeps, roomName: string, userId: string | null): Promise<CallJson> {
  const call = await charging.findRoomCall(PROVIDER, roomName, clock.now());
  if (call !== null && (userId === null || isParty(call, userId))) return call;
  throw new FairminuteError("call_not_found", `There is no call in the room ${roomName} for you.`, {
    param: "room_name",
  });
}

/** Opens the room's call: the caller pays, and needs no answer. */
async function openCall(deps: AppDeps, payerId: string, payeeId: string, roomName: string): Promise<CallJson> {
  const { charging, config, db } = deps;
  const creator = await readCreatorSettings(db, payeeId);
  if (creator === null) {
    throw new FairminuteError("creator_not_found", `There is no creator ${payeeId}.`, { param: "payee_id" });
  }
  if (!creator.isAvailableForCalls) {
    throw new FairminuteError("creator_unavailable", `${creator.name} does not take calls at the moment.`, {
      param: "payee_id",
    });
  }
  return charging.openCall({
    payerId,
    payeeId,
    preset: PRESET,
    provider: PROVIDER,
    roomName,
    estimatedMinutes: 1,
    minimumMinutes: 1,
    autoAccept: true,
    ...(config.callsAtOnce === null ? {} : { maximumCallsAtOnce: config.callsAtOnce }),
  });
}

/** The live call of the room, opened if there is none. Two who ask at the same instant get the same one. */
async function findOrOpen(
  deps: AppDeps,
  userId: string,
  body: { room_name: string; payee_id?: string | undefined; creator_id?: string | undefined },
): Promise<CallJson> {
  const { charging, clock } = deps;
  const roomName = body.room_name;
  const find = () => charging.findRoomCall(PROVIDER, roomName, clock.now());
  const payeeId = body.payee_id ?? body.creator_id;
  const known = await find();
  if (isLive(known)) return known;
  if (payeeId === undefined) {
    const message = `payee_id is required: the room ${roomName} has no live call, so one is opened for somebody`;
    throw new FairminuteError("invalid_request", message, { param: "payee_id" });
  }
  try {
    return await openCall(deps, userId, payeeId, roomName);
  } catch (error) {
    const other = error instanceof FairminuteError && error.code === "room_in_use" ? await find() : null;
    if (!isLive(other)) throw error;
    return other;
  }
}

function tokenRoute(deps: AppDeps): Route {
  return route({
    ...shared,
    url: "/api/livekit/token-secure",
    id: "createSecureToken",
    summary: "Get a LiveKit token, with the call behind it",
    description:
      "Checks the balance and opens the room's call under coin-minutes, if it has none: accepted at once, the caller pays. For " +
      "either party of a live call it is only a token. Short-lived: ask again before every join.",
    body: tokenSecureSchema,
    answer: secureTokenSchema,
    answers: "The token, and the call that it is for.",
    errors: [
      "insufficient_balance",
      "call_not_found",
      "creator_not_found",
      "creator_unavailable",
      "cannot_call_yourself",
      "too_many_calls",
      "room_in_use",
      "call_not_joinable",
      "not_funded",
      "provider_not_configured",
      "provider_unavailable",
    ],
    async run({ caller, body }) {
      const userId = actingUser(caller);
      deps.providers.require(PROVIDER);
      const call = await findOrOpen(deps, userId, body);
      if (!isParty(call, userId)) {
        throw new FairminuteError("room_in_use", `The room ${body.room_name} carries somebody else's call.`, {
          param: "room_name",
        });
      }
      if (call.status !== "accepted" && call.status !== "active") {
        throw new FairminuteError("call_not_joinable", `The call is ${call.status}: there is no room to enter.`);
      }
      requireFunded(call);
      const { token, serverUrl } = await deps.createJoin(call, userId);
      return {
        token,
        server_url: serverUrl,
        room_name: call.roomName,
        call_id: call.id,
        status: call.status,
        role: userId === call.payerId ? ("payer" as const) : ("payee" as const),
        rate_per_minute: call.ratePerMinute,
        coins_available: coinsToJson(await readAvailable(deps.db, userId)),
        funded_until: call.fundedUntil,
      };
    },
  });
}

function periodicRoute(deps: AppDeps): Route {
  return route({
    ...shared,
    url: "/api/livekit/periodic-deduction",
    id: "readDeduction",
    summary: "Ask what the server has metered",
    description:
      "A browser's timer may go on calling this: its figures are taken and not trusted, and calling it twice, or never, changes " +
      "nothing. The answer is what the server has metered by itself.",
    body: periodicDeductionSchema,
    answer: meteredSchema,
    answers: "The call's figures so far.",
    errors: ["call_not_found"],
    async run({ caller, body }) {
      const call = await findCall(deps, body.room_name, caller.userId);
      const { payers } = await deps.charging.readReceipt(call.id, null);
      const [payer] = payers;
      return {
        success: true as const,
        room_name: call.roomName,
        call_id: call.id,
        status: call.status,
        billable_seconds: payer?.billableSeconds ?? 0,
        billed_seconds: payer?.billedSeconds ?? 0,
        coins_consumed: call.actualCoins ?? payer?.total ?? 0,
        funded_until: call.settledAt === null ? call.fundedUntil : null,
      };
    },
  });
}

function endRoute(deps: AppDeps): Route {
  return route({
    ...shared,
    url: "/api/livekit/end-coin-session",
    id: "endCoinCall",
    summary: "End the room's call",
    description:
      "For both sides. Settles the call at once. However often it is sent, and whatever a timer says meanwhile, there is one " +
      "settlement and one answer. A call that has not started is cancelled.",
    body: endCoinCallSchema,
    answer: endedCoinCallSchema,
    answers: "The call as it was settled.",
    errors: ["call_not_found"],
    async run({ caller, body }) {
      const found = await findCall(deps, body.room_name, caller.userId);
      const call =
        found.settledAt === null
          ? await deps.charging.commandCall(found.id, { kind: "end", userId: caller.userId })
          : found;
      return {
        success: true as const,
        room_name: call.roomName,
        call_id: call.id,
        status: call.status,
        billed_seconds: call.billedSeconds,
        coins_consumed: call.actualCoins ?? 0,
        end_reason: call.endReason,
        ended_at: call.endedAt,
      };
    },
  });
}

/** `POST /api/livekit/token-secure`, `/periodic-deduction` and `/end-coin-session`. */
export function livekitRoutes(deps: AppDeps): Route[] {
  return [tokenRoute(deps), periodicRoute(deps), endRoute(deps)];
}
