// Penalties: the operator's way to give one back.
import { FairminuteError } from "@fairminute/core";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { callAnswerSchema } from "../schemas/call.ts";
import { penaltyParamsSchema, reversePenaltySchema } from "../schemas/matchmaking.ts";

/** `POST /api/calls/:id/penalties/:userId/reverse`. */
export function penaltyRoutes({ charging }: AppDeps): Route[] {
  return [
    route({
      method: "POST",
      url: "/api/calls/:id/penalties/:userId/reverse",
      id: "reversePenalty",
      tag: "Operator",
      summary: "Give a penalty back",
      description:
        "With the secret key alone. The coins go back to the user by a transfer of their own, and the penalty is marked as " +
        "reversed on the call. However often it is sent, they go back once.",
      who: "caller",
      params: penaltyParamsSchema,
      body: reversePenaltySchema,
      answer: callAnswerSchema,
      answers: "The call, with the penalty marked.",
      errors: ["forbidden", "call_not_found", "not_found"],
      async run({ caller, params, body }) {
        if (caller.kind !== "backend" || caller.userId !== null) {
          throw new FairminuteError("forbidden", "Only the operator, with the secret key, gives penalties back.");
        }
        return {
          call: await charging.reversePenalty({ callId: params.id, userId: params.userId, reason: body.reason }),
        };
      },
    }),
  ];
}
