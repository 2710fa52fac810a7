// The sandbox's routes: free tokens, free coins, a clock that moves, evidence by hand. They do not exist in production.
import { type ErrorCode, FairminuteError } from "@fairminute/core";
import type { z } from "zod";
import type { CallJson, Evidence } from "../../charging/charging.ts";
import { rememberUser } from "../../people/users.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { callAnswerSchema, callParamsSchema } from "../schemas/call.ts";
import {
  advanceSchema,
  creditSchema,
  makeTokenSchema,
  nowSchema,
  type sandboxEventSchema,
  sandboxEventsSchema,
  tokenSchema,
} from "../schemas/sandbox.ts";
import { walletParamsSchema, walletSchema } from "../schemas/wallet.ts";
import { signToken } from "../token.ts";
import { topUp } from "./wallet-movements.ts";

const TOKEN_LIFETIME_SECONDS = 12 * 3600;
/** Evidence may come from a clock that runs a little ahead, not from the future. */
const AHEAD_MAX_MS = 1000;

const shared = { tag: "Sandbox", who: "anyone", errors: [] as ErrorCode[] } as const;

function tokenRoute({ config, db, realNow }: AppDeps): Route {
  return route({
    ...shared,
    method: "POST",
    url: "/api/sandbox/tokens",
    id: "makeToken",
    summary: "Become somebody",
    description: "A token for any user, valid for 12 hours. The user is remembered.",
    body: makeTokenSchema,
    answer: tokenSchema,
    answers: "The token.",
    async run({ body }) {
      const person = { id: body.userId, name: body.name ?? null, role: body.role ?? null };
      const { name, role } = await rememberUser(db, person);
      const now = realNow?.() ?? new Date();
      return { token: await signToken(config, { userId: body.userId, name, role }, now, TOKEN_LIFETIME_SECONDS) };
    },
  });
}

function creditRoute(deps: AppDeps): Route {
  return route({
    ...shared,
    method: "POST",
    url: "/api/sandbox/wallets/:userId/credit",
    id: "creditWallet",
    summary: "Put coins into a wallet",
    description: "Calls that were about to run out of money are extended.",
    params: walletParamsSchema,
    body: creditSchema,
    answer: walletSchema,
    answers: "The wallet as it now stands.",
    errors: ["idempotency_key_reused"],
    run({ params: { userId }, body, identity }) {
      const key = identity ?? deps.ids.next("credit");
      return topUp(deps, { userId, amount: BigInt(body.amount), key, memo: "sandbox credit" });
    },
  });
}

function clockRoutes({ advanceClock, clock }: AppDeps): Route[] {
  return [
    route({
      ...shared,
      method: "GET",
      url: "/api/sandbox/clock",
      id: "readClock",
      summary: "Read the sandbox's clock",
      description: "It runs like any clock, and can be moved forward.",
      answer: nowSchema,
      answers: "Now.",
      run: async () => ({ now: new Date(clock.now()).toISOString() }),
    }),
    route({
      ...shared,
      method: "POST",
      url: "/api/sandbox/clock/advance",
      id: "advanceClock",
      summary: "Move the clock forward",
      description: "Every deadline that falls due on the way is carried out before the answer, in the order of time.",
      body: advanceSchema,
      answer: nowSchema,
      answers: "The new now.",
      async run({ body }) {
        if (advanceClock === undefined)
          throw new FairminuteError("not_ready", "The clock of this server does not move.");
        return { now: new Date(await advanceClock(body.seconds)).toISOString() };
      },
    }),
  ];
}

type SandboxEvent = z.output<typeof sandboxEventSchema>;

/** Checks one event against its call. */
function checkEvent(event: SandboxEvent, index: number, call: CallJson, now: number): void {
  const refuse = (field: string, message: string): never => {
    throw new FairminuteError("invalid_request", `${index}.${field}: ${message}`, { param: `${index}.${field}` });
  };
  const { funding, billable } = call.terms;
  const isOpenRoom = call.payeeId === null && funding.kind === "none" && billable === "none";
  if (!isOpenRoom && event.userId !== call.payerId && event.userId !== call.payeeId)
    refuse("userId", "expected the payer or the payee of the call");
  if (event.occurredAt === undefined) return;
  if (event.occurredAt > now + AHEAD_MAX_MS)
    refuse("occurredAt", `this is in the future; now is ${new Date(now).toISOString()}`);
  if (event.occurredAt < Date.parse(call.requestedAt))
    refuse("occurredAt", `this is before the call was requested (${call.requestedAt})`);
}

/** The identity is made of what happened, so that the same event told twice is one event. */
function toEvidence(event: SandboxEvent, now: number): Evidence {
  const hangup = event.type === "hangup";
  // A heartbeat obliges: whoever was seen by it must be seen again.
  const seen = event.type === "participant.seen";
  const occurredAt = event.occurredAt ?? now;
  const connectionId = event.connectionId ?? (hangup ? null : event.userId);
  return {
    id: `${event.type}:${connectionId ?? event.userId}:${occurredAt}`,
    type: event.type,
    source: hangup ? "command" : seen ? "proof" : "webhook",
    userId: event.userId,
    connectionId,
    reason: event.reason ?? null,
    occurredAt,
    untilAt: seen ? occurredAt : null,
  };
}

function eventsRoute({ charging, clock }: AppDeps): Route {
  return route({
    ...shared,
    method: "POST",
    url: "/api/sandbox/calls/:id/events",
    id: "tellEvents",
    summary: "Tell what happened in a call",
    description:
      "Evidence as a provider would send it: who came, who was seen, who left. A hangup without `occurredAt` ends the call now, " +
      "as POST /end does. At most 1000 events; the same event told twice changes nothing.",
    params: callParamsSchema,
    body: sandboxEventsSchema,
    answer: callAnswerSchema,
    answers: "The call as it now stands.",
    errors: ["call_not_found"],
    joined: true,
    async run({ params, body, keeping }) {
      let call = await charging.recallCall(params.id);
      const now = clock.now();
      for (const [index, event] of body.entries()) checkEvent(event, index, call, now);
      let told: Evidence[] = [];
      for (const event of body) {
        if (event.type !== "hangup" || event.occurredAt !== undefined) {
          told.push(toEvidence(event, now));
          continue;
        }
        if (told.length > 0) await charging.recordEvents(params.id, told);
        told = [];
        call = await charging.commandCall(params.id, { kind: "end", userId: event.userId, reason: event.reason });
      }
      return { call: told.length > 0 ? await charging.recordEvents(params.id, told, keeping) : call };
    },
  });
}

/** Everything under `/api/sandbox`. */
export function sandboxRoutes(deps: AppDeps): Route[] {
  return [tokenRoute(deps), creditRoute(deps), ...clockRoutes(deps), eventsRoute(deps)];
}
