// The confirmation of source document 001: a browser has seen the end of its call, and asks how it stands.
import { FairminuteError } from "@fairminute/core";
import type { CallJson } from "../../charging/charging.ts";
import type { AppDeps } from "../deps.ts";
import { createRateLimit } from "../rate-limit.ts";
import { type Route, route } from "../route.ts";
import { endConfirmationSchema, endConfirmedSchema } from "../schemas/outside.ts";

function refuse(name: string): FairminuteError {
  return new FairminuteError("call_not_found", `there is no call ${name} for you`, { param: "sessionId" });
}

/** A call by its id, or by the room name under which it was registered. */
async function findCall({ charging, clock }: AppDeps, name: string, userId: string): Promise<CallJson> {
  const inRoom = name.startsWith("call_") ? null : await charging.findRoomCall("webrtc", name, clock.now());
  try {
    return await charging.readCall(inRoom?.id ?? name, userId);
  } catch (error) {
    if (error instanceof FairminuteError && error.code === "call_not_found") throw refuse(name);
    throw error;
  }
}

/** `POST /api/webrtc-session-ended`. */
export function webrtcServerRoutes(deps: AppDeps): Route[] {
  const { charging, clock, escrow } = deps;
  const count = createRateLimit({ burst: 30, everyMs: 2000 }, clock);
  return [
    route({
      method: "POST",
      url: "/api/webrtc-session-ended",
      id: "confirmEnd",
      tag: "Providers",
      summary: "Confirm the end of a call",
      description:
        "For the call's parties. Tells how the call ended, or that it has not; it changes nothing, so it may be sent again until " +
        "`isEnded` is true. For a call that is paid on a chain the transaction is looked at, and believed as far as the chain says " +
        "so; a payment that nobody tells is found all the same.",
      who: "caller",
      body: endConfirmationSchema,
      answer: endConfirmedSchema,
      answers: "How the call stands.",
      errors: ["forbidden", "call_not_found", "payment_not_proven", "chain_unavailable", "rate_limited"],
      async run({ caller, body }) {
        count(caller);
        const { sessionId, userAddress, transactionHash } = body;
        const paid = await escrow?.confirmEnd({ callerId: caller.userId, sessionId, userAddress, transactionHash });
        if (paid) {
          const call = await charging.readCall(paid.callId, caller.userId);
          const { status, payment } = paid;
          return { sessionId, isEnded: call.settledAt !== null, status, payment, call };
        }
        if (caller.userId !== null && caller.userId !== body.userAddress) {
          throw new FairminuteError("forbidden", `userAddress: you are ${caller.userId}, and confirm for nobody else`, {
            param: "userAddress",
          });
        }
        const call = await findCall(deps, body.sessionId, body.userAddress);
        return { sessionId, isEnded: call.settledAt !== null, status: null, payment: null, call };
      },
    }),
  ];
}
