// The route of source document 000: one call with its people, by its id here or at Stream.
import { FairminuteError } from "@fairminute/core";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { callSheetSchema, streamCallParamsSchema } from "../schemas/outside.ts";
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

/** `GET /api/stream/session/:callId`. */
export function streamRoutes(deps: AppDeps): Route[] {
  const { charging } = deps;
  return [
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
