// Stream's own: one call with its people, by its id here or there (source document 000), and a user's token for their client.
import { FairminuteError } from "@fairminute/core";
import type { StreamProvider } from "../../providers/stream.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { callSheetSchema, streamCallParamsSchema, streamTokenSchema } from "../schemas/outside.ts";
import { wholeRoomName } from "./registered-calls.ts";

/** The id here of a call that may be named by its id at Stream. */
async function findCallId({ charging, clock }: AppDeps, name: string): Promise<string> {
  if (name.startsWith("call_")) return name;
  for (const roomName of new Set([wholeRoomName("stream", name), name])) {
    const call = await charging.findRoomCall("stream", roomName, clock.now());
    if (call !== null) return call.id;
  }
  return name;
}

/** `GET /api/stream/session/:callId` and `GET /api/stream/token`. */
export function streamRoutes(deps: AppDeps): Route[] {
  const { charging, providers } = deps;
  return [
    route({
      method: "GET",
      url: "/api/stream/token",
      id: "readStreamToken",
      tag: "Providers",
      summary: "Get your own token at Stream",
      description:
        "For a Stream client that is connected before there is a call: to ring, and to be rung. It is yours alone, for an hour; ask again " +
        "from the client's tokenProvider. Into a call that is paid goes the token of GET /api/calls/:id/token, which opens that call only.",
      who: "caller",
      answer: streamTokenSchema,
      answers: "The token, and the key to use it with.",
      errors: ["provider_not_configured"],
      async run({ caller }) {
        const userId = actingUser(caller);
        providers.require("stream");
        const made = await (providers.stream as StreamProvider).createUserToken(userId);
        return { ...made, userId, expiresAt: new Date(made.expiresAt).toISOString() };
      },
    }),
    route({
      method: "GET",
      url: "/api/stream/session/:callId",
      id: "readStreamCall",
      tag: "Providers",
      summary: "Read a call with its people",
      description:
        "Who was there, connection by connection, why they left as far as anybody said, and what leaving early cost. For the call's " +
        "parties; anybody else is told that there is no such call. A room that was used again shows its last call.",
      who: "caller",
      params: streamCallParamsSchema,
      answer: callSheetSchema,
      answers: "The call and its participants.",
      errors: ["call_not_found"],
      async run({ caller, params }) {
        const callId = await findCallId(deps, params.callId);
        try {
          const call = await charging.readCall(callId, caller.userId);
          const { participants } = await charging.readParticipants(callId, caller.userId);
          return { call, participants };
        } catch (error) {
          if (!(error instanceof FairminuteError) || error.code !== "call_not_found") throw error;
          // Said by the name that was asked for: a stranger must not learn what a room's call is called here.
          const message = `there is no call ${params.callId} for you`;
          throw new FairminuteError("call_not_found", message, { param: "callId" });
        }
      },
    }),
  ];
}
