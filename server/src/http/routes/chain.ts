// Calls that are paid on a chain: what the contract must be told, where it stands, and the chain itself.
import type { AppDeps } from "../deps.ts";
import { createRateLimit } from "../rate-limit.ts";
import { type Route, route } from "../route.ts";
import { chainSchema, escrowAnswerSchema, escrowParamsSchema } from "../schemas/chain.ts";

/** `GET /api/calls/:id/escrow` and `GET /api/chain`. None of them without a chain. */
export function chainRoutes({ clock, escrow }: AppDeps): Route[] {
  if (escrow === undefined) return [];
  const shared = { method: "GET", tag: "Chain" } as const;
  // A page that waits for a deposit asks every few seconds, beside what it is told over its socket.
  const count = createRateLimit({ burst: 60, everyMs: 500 }, clock);
  return [
    route({
      ...shared,
      url: "/api/calls/:id/escrow",
      id: "readEscrow",
      summary: "Read how a call stands on the chain",
      description:
        "For its parties and the backend. Has what the student must deposit on, the deposit as it is confirmed, the meter's " +
        "voucher when the call is over, and the payment.",
      who: "caller",
      params: escrowParamsSchema,
      answer: escrowAnswerSchema,
      answers: "The call's session in the contract.",
      errors: ["call_not_found", "not_found", "wallet_not_linked", "chain_unavailable", "rate_limited"],
      async run({ caller, params }) {
        count(caller);
        return { escrow: await escrow.readEscrow(params.id, caller.userId) };
      },
    }),
    route({
      ...shared,
      url: "/api/chain",
      id: "readChain",
      summary: "Read which chain calls are paid on",
      description: "The contract, its token, and up to which block it was read.",
      who: "anyone",
      answer: chainSchema,
      answers: "The chain.",
      errors: [],
      run: async () => ({ chain: await escrow.readStatus() }),
    }),
  ];
}
