// What the server says about itself: alive, ready, its settings, and who the caller is.
import { FairminuteError } from "@fairminute/core";
import { isMigrated, takesWrites } from "../../db/migrate.ts";
import { CURRENCY } from "../../ledger/accounts.ts";
import { readUser } from "../../people/users.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { meSchema } from "../schemas/people.ts";
import { configSchema, healthSchema } from "../schemas/server.ts";

/** `GET /healthz`, `/readyz`, `/api/config`, `/api/me`. */
export function serverRoutes({ charging, config, clock, db }: AppDeps): Route[] {
  const shared = { method: "GET", tag: "Server", errors: [] } as const;
  return [
    route({
      ...shared,
      url: "/healthz",
      id: "readHealth",
      summary: "Is the process alive?",
      description: "Answers without looking at anything else.",
      who: "anyone",
      answer: healthSchema,
      answers: "Yes.",
      run: async () => ({ status: "ok" as const }),
    }),
    route({
      ...shared,
      url: "/readyz",
      id: "readReadiness",
      summary: "Can it serve?",
      description: "Whether the database can be reached, takes writes, and has every migration of this version.",
      who: "anyone",
      answer: healthSchema,
      answers: "Yes.",
      errors: ["database_unavailable", "not_ready"],
      async run() {
        if (!(await takesWrites(db)))
          throw new FairminuteError("not_ready", "The database takes no writes: it is a standby, or set to read only.");
        if (await isMigrated(db)) return { status: "ok" as const };
        throw new FairminuteError(
          "not_ready",
          "The database lacks migrations of this version: run fairminute migrate.",
        );
      },
    }),
    route({
      ...shared,
      url: "/api/config",
      id: "readConfig",
      summary: "Read how the server is set up",
      description: "What a client needs before anybody has signed in.",
      who: "anyone",
      answer: configSchema,
      answers: "Mode, currency, the server's time and the presets of terms.",
      run: async () => ({
        mode: config.mode,
        currency: CURRENCY,
        serverTime: new Date(clock.now()).toISOString(),
        presets: [...charging.presets.keys()],
      }),
    }),
    route({
      ...shared,
      url: "/api/me",
      id: "readMe",
      summary: "Read who you are",
      description: "The user of the token, as the server remembers them.",
      who: "caller",
      answer: meSchema,
      answers: "You.",
      async run({ caller }) {
        const user = await readUser(db, actingUser(caller));
        // The caller was remembered when the request came in.
        return { userId: user!.id, name: user!.name, role: user!.role, mode: config.mode };
      },
    }),
  ];
}
