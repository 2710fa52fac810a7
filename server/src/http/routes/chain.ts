// Calls that are paid on a chain: what the contract must be told, where it stands, and the chain itself.
import type { Escrow } from "../../escrow/escrow.ts";
import type { AppDeps } from "../deps.ts";
import { requireOperator } from "../operator.ts";
import { createRateLimit } from "../rate-limit.ts";
import { type Route, route } from "../route.ts";
import {
  chainSchema,
  escrowAnswerSchema,
  escrowParamsSchema,
  examinationQuerySchema,
  examinationSchema,
} from "../schemas/chain.ts";

function examinationRoute(escrow: Escrow): Route {
  return route({
    method: "GET",
    url: "/api/operator/escrow",
    id: "examineEscrow",
    tag: "Operator",
    summary: "Read what stands wrong on the chain",
    description:
      "With the secret key alone; changes nothing. Calls whose ledger is not what the contract paid, in pages; and with each page " +
      "the server's own transactions that do not get through (at most 100) and deposits that fund no call (at most 100).",
    who: "caller",
    query: examinationQuerySchema,
    answer: examinationSchema,
    answers: "What differs, what is stuck, and what belongs to nobody.",
    errors: ["invalid_cursor", "forbidden"],
    async run({ caller, query }) {
      requireOperator(caller, "examine the escrow");
      return escrow.examine(query);
    },
  });
}

/** `GET /api/calls/:id/escrow`, `GET /api/chain` and `GET /api/operator/escrow`. None of them without a chain. */
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
        "For its parties and the backend. Has what the student must deposit on, the deposit as it is confirmed, deposits that do " +
        "not fit, where the contract has the session, the meter's voucher when the call is over, and the payment.",
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
      description: "The contract, its token, the usual price, and up to which block it was read.",
      who: "anyone",
      answer: chainSchema,
      answers: "The chain.",
      errors: [],
      run: async () => ({ chain: await escrow.readStatus() }),
    }),
    examinationRoute(escrow),
  ];
}
