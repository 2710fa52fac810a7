// Calls in rooms that the app makes itself: registered beforehand, or adopted afterwards. Only the charging is ours.
import type { CallJson } from "../../charging/charging.ts";
import { rememberUser } from "../../people/users.ts";
import type { AppDeps } from "../deps.ts";
import { requireOperator } from "../operator.ts";
import { type Route, route } from "../route.ts";
import { callAnswerSchema, shownCalls } from "../schemas/call.ts";
import { adoptCallSchema, registerCallSchema } from "../schemas/outside.ts";

/** At Stream an id alone is one of the default type, and webhooks name the whole. */
export function wholeRoomName(provider: string, roomName: string): string {
  return provider === "stream" && !roomName.includes(":") ? `default:${roomName}` : roomName;
}

const price = (rate: number | undefined): { pricePerMinute?: bigint } =>
  rate === undefined ? {} : { pricePerMinute: BigInt(rate) };

const shared = {
  method: "POST",
  tag: "Providers",
  who: "caller",
  answer: callAnswerSchema,
  status: 201,
  answers: "The call.",
} as const;

const openingErrors = [
  "forbidden",
  "insufficient_balance",
  "cannot_call_yourself",
  "unknown_preset",
  "too_many_calls",
  "room_in_use",
  "provider_not_configured",
] as const;

/** `POST /api/calls` and `POST /api/calls/adopt`. */
export function registeredCallRoutes({ db, webhooks }: AppDeps): Route[] {
  /** People whom a backend names are people of this server: they have names, and wallets that can be filled. */
  const remember = async ({ payerId, payeeId }: Pick<CallJson, "payerId" | "payeeId">): Promise<void> => {
    for (const id of [payerId, payeeId]) if (id !== null) await rememberUser(db, { id, name: null, role: null });
  };
  return [
    route({
      ...shared,
      url: "/api/calls",
      id: "registerCall",
      summary: "Register a call that your app makes itself",
      description:
        "With the secret key alone, before people enter the room. The call is accepted at once and its hold is placed; the room, its " +
        "tokens and its people stay yours. It starts when both are there. Registering the same call again changes nothing; a room " +
        "that carries another live call is refused.",
      body: registerCallSchema,
      shownCall: { ...shownCalls.accept, provider: "livekit", roomName: "room_1", preset: "coin-minutes" },
      errors: [...openingErrors],
      async run({ caller, body }) {
        requireOperator(caller, "register calls");
        const { provider, providerCallId, ratePerMinute, ...parties } = body;
        await remember(parties);
        const roomName = wholeRoomName(provider, providerCallId);
        return { call: await webhooks.register(provider, roomName, { ...parties, ...price(ratePerMinute) }) };
      },
    }),
    route({
      ...shared,
      url: "/api/calls/adopt",
      id: "adoptCall",
      summary: "Adopt a call that belongs to nobody",
      description:
        "With the secret key alone. Opens the call of a room from the list of GET /api/webhooks/unmatched, under the terms given and with " +
        "everything that was told of it: also when it is over already. Adopting it again changes nothing.",
      body: adoptCallSchema,
      shownCall: { provider: "livekit", roomName: "room_1", preset: "coin-minutes" },
      errors: [...openingErrors, "webhook_not_found"],
      async run({ caller, body }) {
        requireOperator(caller, "adopt calls");
        const { provider, roomName, ratePerMinute, ...parties } = body;
        await remember(parties);
        const name = wholeRoomName(provider, roomName);
        return { call: await webhooks.adopt(provider, name, { ...parties, ...price(ratePerMinute) }) };
      },
    }),
  ];
}
