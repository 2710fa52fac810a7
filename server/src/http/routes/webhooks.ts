// What the operator sees of webhooks, rooms that belong to no call and webhooks in doubt, and how these are let go.
import type { AppDeps } from "../deps.ts";
import { requireOperator } from "../operator.ts";
import { type Route, route } from "../route.ts";
import {
  releasedWebhooksSchema,
  releaseWebhooksSchema,
  unmatchedPageSchema,
  unmatchedQuerySchema,
} from "../schemas/outside.ts";
import { wholeRoomName } from "./registered-calls.ts";

/** `GET /api/webhooks/unmatched` and `POST /api/webhooks/release`. */
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
        "make no sense; the latest first, in pages. POST /api/calls/adopt opens the call of one, POST /api/webhooks/release takes the " +
        "doubt from the others.",
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
    route({
      method: "POST",
      url: "/api/webhooks/release",
      id: "releaseWebhooks",
      tag: "Operator",
      summary: "Release webhooks in doubt",
      description:
        "With the secret key alone. Webhooks that were kept only because their times made no sense are read again: the signature over their " +
        "bytes must still be right, the time is not asked. Then they take effect as if they had just come. After the end of a call " +
        "evidence can only make its bill smaller. Releasing them again changes nothing.",
      who: "caller",
      body: releaseWebhooksSchema,
      answer: releasedWebhooksSchema,
      answers: "What became of each.",
      errors: ["forbidden", "provider_not_configured", "webhook_not_found"],
      async run({ caller, body }) {
        requireOperator(caller, "release webhooks");
        const { provider, roomName, webhookId = null } = body;
        return webhooks.release(provider, wholeRoomName(provider, roomName), webhookId);
      },
    }),
  ];
}
