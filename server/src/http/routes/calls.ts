// Opening a call and deciding it: initiate, accept, reject, cancel, end.
import { type ErrorCode, FairminuteError } from "@fairminute/core";
import { createCreatorReader } from "../../people/creator-settings.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import {
  callAnswerSchema,
  callParamsSchema,
  emptySchema,
  initiateSchema,
  reasonSchema,
  shownCalls,
} from "../schemas/call.ts";

function initiateRoute({ charging, config, db, escrow, ids, providers }: AppDeps): Route {
  const readCreator = createCreatorReader(db);
  return route({
    method: "POST",
    url: "/api/calls/initiate",
    id: "initiateCall",
    tag: "Calls",
    summary: "Call somebody",
    description:
      "Places a hold for the estimated minutes and lets the creator's side ring, both or neither. The balance must also cover " +
      "the creator's minimum call duration. A creator who accepts automatically answers at once: the call is then `accepted`. " +
      "A call with the preset tutoring-onchain holds no coins: the payer deposits on the chain (GET /api/calls/{id}/escrow).",
    who: "caller",
    body: initiateSchema,
    answer: callAnswerSchema,
    status: 201,
    joined: true,
    shownCall: shownCalls.initiate,
    answers: "The call, pending or accepted.",
    errors: [
      "insufficient_balance",
      "creator_not_found",
      "creator_unavailable",
      "cannot_call_yourself",
      "unknown_preset",
      "too_many_calls",
      "wallet_not_linked",
    ],
    async run({ caller, body, identity, keeping }) {
      const payerId = actingUser(caller);
      const creator = await readCreator(body.creatorId);
      if (creator === null) {
        throw new FairminuteError("creator_not_found", `There is no creator ${body.creatorId}.`, {
          param: "creatorId",
        });
      }
      charging.knowName(creator.userId, creator.name);
      if (!creator.isAvailableForCalls) {
        throw new FairminuteError("creator_unavailable", `${creator.name} does not take calls at the moment.`, {
          param: "creatorId",
        });
      }
      const provider = providers.nameFor(body.preset ?? "creator-call");
      const isOnChain = body.preset !== undefined && charging.isOnChain(body.preset);
      let callId = identity === null ? undefined : `call_${identity}`;
      if (isOnChain) {
        callId ??= ids.next("call");
        await escrow?.prepareCall({ callId, payerId, payeeId: creator.userId, languageId: body.languageId ?? 0 });
      }
      const opening = {
        provider,
        // The built-in calls' rooms are named by the hall; at a provider they have its own kind of name.
        roomName: provider === "webrtc" ? undefined : providers.newRoomName(provider, ids.next("room")),
        callId,
        payerId,
        payeeId: creator.userId,
        preset: body.preset,
        estimatedMinutes: body.estimatedMinutes,
        autoAccept: creator.autoAcceptCalls,
        // The creator's rate is in coins.
        pricePerMinute: isOnChain ? undefined : creator.callRatePerMinute,
        minimumMinutes: creator.minimumCallDuration,
        ...(config.callsAtOnce === null ? {} : { maximumCallsAtOnce: config.callsAtOnce }),
      };
      return { call: await charging.openCall(opening, keeping) };
    },
  });
}

interface CommandText {
  kind: "accept" | "reject" | "cancel" | "end";
  id: string;
  summary: string;
  description: string;
  errors: ErrorCode[];
}

const commands: CommandText[] = [
  {
    kind: "accept",
    id: "acceptCall",
    summary: "Accept a call",
    description: "For the creator who is called. Repeating it changes nothing.",
    errors: ["call_not_found", "forbidden", "call_not_pending"],
  },
  {
    kind: "reject",
    id: "rejectCall",
    summary: "Reject a call",
    description: "For the creator who is called. The hold is released.",
    errors: ["call_not_found", "forbidden", "call_not_pending"],
  },
  {
    kind: "cancel",
    id: "cancelCall",
    summary: "Cancel a call that has not started",
    description: "For both sides, while the call is pending or accepted. The hold is released, nothing is charged.",
    errors: ["call_not_found", "call_already_started", "call_already_ended"],
  },
  {
    kind: "end",
    id: "endCall",
    summary: "End a call",
    description:
      "For both sides. Settles the call at once: the answer shows the final charge. A call that has not started is cancelled. " +
      "However often it is sent, there is one settlement and one answer.",
    errors: ["call_not_found"],
  },
];

function commandRoute({ charging }: AppDeps, { kind, ...text }: CommandText): Route {
  const shared = {
    ...text,
    method: "POST",
    url: `/api/calls/:id/${kind}`,
    tag: "Calls",
    who: "caller",
    joined: true,
  } as const;
  const rest = {
    ...shared,
    params: callParamsSchema,
    answer: callAnswerSchema,
    answers: "The call as it now stands.",
    shownCall: shownCalls[kind],
  };
  if (kind === "accept") {
    return route({
      ...rest,
      body: emptySchema,
      run: async ({ caller, params, keeping }) => ({
        call: await charging.commandCall(params.id, { kind, userId: caller.userId }, keeping),
      }),
    });
  }
  return route({
    ...rest,
    body: reasonSchema,
    run: async ({ caller, params, body, keeping }) => ({
      call: await charging.commandCall(params.id, { kind, userId: caller.userId, reason: body.reason }, keeping),
    }),
  });
}

/** `POST /api/calls/initiate` and the four commands. */
export function callRoutes(deps: AppDeps): Route[] {
  return [initiateRoute(deps), ...commands.map((command) => commandRoute(deps, command))];
}
