// Matchmaking: join the queue, leave it, ask how it stands.
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { emptySchema } from "../schemas/call.ts";
import { joinQueueSchema, matchmakingSchema } from "../schemas/matchmaking.ts";

const shared = { tag: "Matchmaking", who: "caller", answer: matchmakingSchema } as const;

/** `POST /api/matchmaking/join`, `POST /api/matchmaking/leave` and `GET /api/matchmaking/status`. */
export function matchmakingRoutes({ matchmaking }: AppDeps): Route[] {
  return [
    route({
      ...shared,
      method: "POST",
      url: "/api/matchmaking/join",
      id: "joinMatchmaking",
      summary: "Look for somebody to talk to",
      description:
        "Matched at once when somebody who fits waits, else you wait. The call of a match is accepted from the beginning: both " +
        "go straight into it. A place is kept as long as you have a connection open, or ask for the status every 30 s.",
      body: joinQueueSchema,
      answers: "How you stand: waiting, or matched with a call.",
      errors: ["unknown_preset", "already_in_queue", "too_many_calls"],
      run: ({ caller, body: { preset, filters } }) =>
        matchmaking.join(actingUser(caller), {
          preset,
          topic: filters.topic ?? null,
          language: filters.language ?? null,
        }),
    }),
    route({
      ...shared,
      method: "POST",
      url: "/api/matchmaking/leave",
      id: "leaveMatchmaking",
      summary: "Wait no more",
      description: "Repeating it changes nothing. If a match was made first, the answer is that match.",
      body: emptySchema,
      answers: "How you stand: idle, or matched with a call.",
      errors: [],
      run: ({ caller }) => matchmaking.leave(actingUser(caller)),
    }),
    route({
      ...shared,
      method: "GET",
      url: "/api/matchmaking/status",
      id: "readMatchmaking",
      summary: "Read how you stand in the queue",
      description: "Asking is a sign of life: a place without one, and without an open connection, is lost after 30 s.",
      answers: "How you stand.",
      errors: [],
      run: ({ caller }) => matchmaking.readStatus(actingUser(caller)),
    }),
  ];
}
