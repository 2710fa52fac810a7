// Lists of the caller's calls: history, pending, active.
import { type CallStatus, finalStatuses } from "@fairminute/core";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { activeCallsSchema, callPageSchema, historyQuerySchema, pendingQuerySchema } from "../schemas/call.ts";

const going: readonly CallStatus[] = ["accepted", "active"];

/** `GET /api/calls/history`, `/pending`, `/active`, newest first. */
export function callListRoutes({ charging }: AppDeps): Route[] {
  const shared = { method: "GET", tag: "Calls", who: "caller" } as const;
  return [
    route({
      ...shared,
      url: "/api/calls/history",
      id: "listCallHistory",
      summary: "List past calls",
      description: "Your calls, newest first, in pages. Those that are over unless `status` says otherwise.",
      query: historyQuerySchema,
      answer: callPageSchema,
      answers: "A page of calls.",
      errors: ["invalid_cursor"],
      run: ({ caller, query }) =>
        charging.listCalls({
          userId: actingUser(caller),
          statuses: query.status ?? finalStatuses,
          otherUserId: query.with,
          from: query.from,
          to: query.to,
          limit: query.limit,
          cursor: query.cursor,
        }),
    }),
    route({
      ...shared,
      url: "/api/calls/pending",
      id: "listPendingCalls",
      summary: "List calls that ring",
      description: "Calls that wait for an answer: yours to give (payee) and those that you wait for (payer).",
      query: pendingQuerySchema,
      answer: callPageSchema,
      answers: "A page of calls.",
      errors: ["invalid_cursor"],
      run: ({ caller, query }) =>
        charging.listCalls({
          userId: actingUser(caller),
          statuses: ["pending"],
          role: query.role,
          limit: query.limit,
          cursor: query.cursor,
        }),
    }),
    route({
      ...shared,
      url: "/api/calls/active",
      id: "listActiveCalls",
      summary: "List calls that are going on",
      description: "Calls that are accepted or active, newest first; `call` is the newest.",
      answer: activeCallsSchema,
      answers: "The calls, at most 100.",
      errors: [],
      async run({ caller }) {
        const { calls } = await charging.listCalls({ userId: actingUser(caller), statuses: going, limit: 100 });
        return { calls, call: calls[0] ?? null };
      },
    }),
  ];
}
