// What the operator sees of webhooks: rooms that belong to no call, and webhooks in doubt.
import type { AppDeps } from "../deps.ts";
import { requireOperator } from "../operator.ts";
import { type Route, route } from "../route.ts";
import { unmatchedPageSchema, unmatchedQuerySchema } from "../schemas/outside.ts";

/** `GET /api/webhooks/unmatched`. */
export function webhookRoutes({ webhooks }: AppDeps): Route[] {
  return [
    route({
      method: "GET",
      url: "/api/webhooks/unmatched",
      id: "listUnmatchedWebhooks",
      tag: "Operator",
      summary: "List rooms without a call",
      description:
        "With the secret key alone. Rooms whose webhooks belong to no call, each life of a room by itself, and webhooks whose times " +
        "make no sense; the latest first, in pages. POST /api/calls/adopt opens the call of one.",
      who: "caller",
      query: unmatchedQuerySchema,
      answer: unmatchedPageSchema,
      answers: "A page of rooms.",
      errors: ["invalid_cursor", "forbidden"],
      async run({ caller, query }) {
        requireOperator(caller, "look at webhooks");
        return webhooks.listUnmatched({ limit: query.limit, cursor: query.cursor });
      },
    }),
  ];
}
