// Creators: who can be called, at what price, and the settings by which they say so.
import { coinsToJson } from "@fairminute/core";
import { putNotice } from "../../outbox/notices.ts";
import {
  type CreatorSettings,
  listCreators,
  readCreatorSettings,
  writeCreatorSettings,
} from "../../people/creator-settings.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { changeCreatorSettingsSchema, creatorSettingsSchema, creatorsSchema } from "../schemas/people.ts";

const LISTED_MAX = 100;

const settingsJson = ({
  callRatePerMinute,
  minimumCallDuration,
  isAvailableForCalls,
  autoAcceptCalls,
}: CreatorSettings) => ({
  callRatePerMinute: coinsToJson(callRatePerMinute),
  minimumCallDuration,
  isAvailableForCalls,
  autoAcceptCalls,
});

function listRoute({ db, charging, presence }: AppDeps): Route {
  return route({
    method: "GET",
    url: "/api/creators",
    id: "listCreators",
    tag: "Creators",
    summary: "List who can be called",
    description: `Everybody with the role creator or with creator settings, by name, at most ${LISTED_MAX}.`,
    who: "caller",
    answer: creatorsSchema,
    answers: "The creators.",
    errors: [],
    async run() {
      const creators = await listCreators(db, LISTED_MAX);
      const busy = await charging.listBusyUsers(creators.map(({ userId }) => userId));
      const listed = creators.map(({ autoAcceptCalls: _own, ...creator }) => ({
        ...creator,
        callRatePerMinute: coinsToJson(creator.callRatePerMinute),
        online: presence?.isOnline(creator.userId) ?? false,
        busy: busy.has(creator.userId),
      }));
      return { creators: listed };
    },
  });
}

/** `GET /api/creators`, `GET` and `PUT /api/creator-settings`. */
export function creatorRoutes(deps: AppDeps): Route[] {
  const { db, clock, courier } = deps;
  const shared = {
    url: "/api/creator-settings",
    tag: "Creators",
    who: "caller",
    answer: creatorSettingsSchema,
    answers: "The settings as they now hold.",
    errors: [],
  } as const;
  return [
    listRoute(deps),
    route({
      ...shared,
      method: "GET",
      id: "readCreatorSettings",
      summary: "Read your creator settings",
      description: "Defaults (10 coins a minute, 5 minutes, available, not automatic) until you choose.",
      async run({ caller }) {
        const settings = await readCreatorSettings(db, actingUser(caller));
        // The caller was remembered when the request came in.
        return settingsJson(settings!);
      },
    }),
    route({
      ...shared,
      method: "PUT",
      id: "changeCreatorSettings",
      summary: "Change your creator settings",
      description: "What is left out stays as it is. Calls that exist keep the terms under which they opened.",
      body: changeCreatorSettingsSchema,
      async run({ caller, body }) {
        const userId = actingUser(caller);
        const rate = body.callRatePerMinute;
        const change = { ...body, callRatePerMinute: rate === undefined ? undefined : BigInt(rate) };
        const settings = settingsJson(await writeCreatorSettings(db, userId, change, clock.now()));
        const { autoAcceptCalls: _own, ...shown } = settings;
        const notice = { audience: ["everyone"], type: "creator:updated", data: { userId, ...shown } };
        await putNotice(db, notice, clock.now());
        courier.poke();
        return settings;
      },
    }),
  ];
}
