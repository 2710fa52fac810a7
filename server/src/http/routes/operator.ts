// The operator's view of calls at providers: what disagrees, what cannot be looked at, and a look right now.
import type { AppDeps } from "../deps.ts";
import { requireOperator } from "../operator.ts";
import { type Route, route } from "../route.ts";
import { callParamsSchema, emptySchema } from "../schemas/call.ts";
import {
  discrepanciesQuerySchema,
  discrepancyAnswerSchema,
  discrepancyPageSchema,
  discrepancyParamsSchema,
  lookedAtSchema,
  providerCallPageSchema,
  providerCallsQuerySchema,
  resolveSchema,
} from "../schemas/operator.ts";

const shared = { tag: "Operator", who: "caller" } as const;

function discrepancyRoutes({ reconciliation }: AppDeps): Route[] {
  return [
    route({
      ...shared,
      method: "GET",
      url: "/api/discrepancies",
      id: "listDiscrepancies",
      summary: "List sources that disagree",
      description:
        "With the secret key alone. Where two sources differ by more than a tolerance on how long somebody was in a call, both " +
        "figures are kept. The bill rests on the better source; the newest first, in pages.",
      query: discrepanciesQuerySchema,
      answer: discrepancyPageSchema,
      answers: "A page of discrepancies.",
      errors: ["invalid_cursor", "forbidden"],
      async run({ caller, query }) {
        requireOperator(caller, "see discrepancies");
        const { limit, cursor, state } = query;
        return reconciliation.listDiscrepancies({ limit, cursor, isOpen: state === "open" });
      },
    }),
    route({
      ...shared,
      method: "POST",
      url: "/api/discrepancies/:id/resolve",
      id: "resolveDiscrepancy",
      summary: "Write down what came of a discrepancy",
      description:
        "With the secret key alone. Moves no money: a refund is a thing of its own. The first resolution stands, and sending another " +
        "one changes nothing.",
      params: discrepancyParamsSchema,
      body: resolveSchema,
      answer: discrepancyAnswerSchema,
      answers: "The discrepancy, resolved.",
      errors: ["forbidden", "not_found"],
      async run({ caller, params, body }) {
        requireOperator(caller, "resolve discrepancies");
        return { discrepancy: await reconciliation.resolveDiscrepancy(params.id, body.resolution) };
      },
    }),
  ];
}

/** `GET /api/discrepancies`, `GET /api/provider-calls`, and what can be done about them. */
export function operatorRoutes(deps: AppDeps): Route[] {
  const { charging, reconciliation } = deps;
  return [
    ...discrepancyRoutes(deps),
    route({
      ...shared,
      method: "GET",
      url: "/api/provider-calls",
      id: "listProviderCalls",
      summary: "List calls that run at a provider",
      description:
        "With the secret key alone. Above all those in trouble: the provider does not answer, or does not let go of a call that is " +
        "over. Nothing is given up: each is tried again until nobody is in its room. `due` says whether looks come late.",
      query: providerCallsQuerySchema,
      answer: providerCallPageSchema,
      answers: "A page of calls.",
      errors: ["invalid_cursor", "forbidden"],
      async run({ caller, query }) {
        requireOperator(caller, "see calls at providers");
        return { ...(await reconciliation.listWatchedCalls(query)), due: await reconciliation.readDue() };
      },
    }),
    route({
      ...shared,
      method: "POST",
      url: "/api/calls/:id/reconcile",
      id: "reconcileCall",
      summary: "Look at a call now",
      description:
        "With the secret key alone. Asks the provider who is there and records it; for a call that is over, empties its room. What a " +
        "provider that fails has said stands in `providerCall.lastError`.",
      params: callParamsSchema,
      body: emptySchema,
      answer: lookedAtSchema,
      answers: "The call, and how it stands with its provider.",
      errors: ["forbidden", "call_not_found"],
      async run({ caller, params }) {
        requireOperator(caller, "look at calls");
        const providerCall = await reconciliation.lookNow(params.id);
        return { call: await charging.readCall(params.id, null), providerCall };
      },
    }),
  ];
}
