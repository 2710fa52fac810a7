// Reading one call: itself, its receipt, its timeline, what its ticker needs, and the way into its room.
import { FairminuteError } from "@fairminute/core";
import { requireFunded } from "../../charging/charging.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { callAnswerSchema, callParamsSchema, joinSchema } from "../schemas/call.ts";
import { liveSchema, receiptSchema, timelineSchema } from "../schemas/receipt.ts";

function joinRoute({ charging, createJoin }: AppDeps, shared: { tag: "Calls"; who: "caller"; method: "GET" }): Route {
  return route({
    ...shared,
    url: "/api/calls/:id/token",
    id: "joinCall",
    summary: "Get a token for the call's room",
    description: "For the two parties of a call that is accepted or active. Short-lived: ask again before every join.",
    params: callParamsSchema,
    answer: joinSchema,
    answers: "Where to connect, and with what.",
    errors: ["call_not_found", "call_not_joinable", "not_funded"],
    async run({ caller, params, origin }) {
      const userId = actingUser(caller);
      const call = await charging.readCall(params.id, userId);
      if (call.status !== "accepted" && call.status !== "active") {
        throw new FairminuteError("call_not_joinable", `The call is ${call.status}: there is no room to enter.`);
      }
      requireFunded(call);
      if (call.heldCoins === 0 && call.estimatedCoins > 0) {
        throw new FairminuteError("call_not_joinable", "The call has no hold any more: nobody would pay for it.");
      }
      const { provider, token, roomName, serverUrl, iceServers, apiKey } = await createJoin(call, userId);
      // A provider that lives in this server may not know its own address; the client has just used it.
      return {
        provider,
        token,
        roomName,
        serverUrl: serverUrl === "/" ? (origin ?? serverUrl) : serverUrl,
        iceServers,
        apiKey,
      };
    },
  });
}

/** `GET /api/calls/:id` and what hangs below it. */
export function callReadingRoutes(deps: AppDeps): Route[] {
  const { charging, escrow } = deps;
  const shared = { method: "GET", tag: "Calls", who: "caller" } as const;
  const rest = { ...shared, params: callParamsSchema, errors: ["call_not_found"] } as const;
  return [
    route({
      ...rest,
      url: "/api/calls/:id",
      id: "readCall",
      summary: "Read a call",
      description: "For its parties and the backend; anybody else is told that there is no such call.",
      answer: callAnswerSchema,
      answers: "The call.",
      run: async ({ caller, params }) => ({ call: await charging.readCall(params.id, caller.userId) }),
    }),
    route({
      ...rest,
      url: "/api/calls/:id/receipt",
      id: "readReceipt",
      summary: "Read why a call cost what it cost",
      description:
        "Line by line. The payer does not see how the money is split, the payee does not see the payer's hold.",
      answer: receiptSchema,
      answers: "The receipt.",
      async run({ caller, params }) {
        const receipt = await charging.readReceipt(params.id, caller.userId);
        const payment = (await escrow?.readPayment(params.id)) ?? null;
        return { ...receipt, payment };
      },
    }),
    route({
      ...rest,
      url: "/api/calls/:id/timeline",
      id: "readTimeline",
      summary: "Read everything that happened in a call",
      description: "All evidence, decisions and transfers, in order.",
      answer: timelineSchema,
      answers: "The timeline.",
      run: ({ caller, params }) => charging.readTimeline(params.id, caller.userId),
    }),
    route({
      ...rest,
      url: "/api/calls/:id/live",
      id: "readLive",
      summary: "Read what the ticker needs",
      description: "Facts and evidence from which `@fairminute/core` charges the call, as the server does.",
      answer: liveSchema,
      answers: "The call with its facts, its evidence and the coins that are held.",
      run: ({ caller, params }) => charging.readLive(params.id, caller.userId),
    }),
    joinRoute(deps, shared),
  ];
}
