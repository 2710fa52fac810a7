// The door for what providers tell: raw bytes, verified before a word is read, and a 2xx only after the commit.
import { type ErrorCode, errorCodes, FairminuteError } from "@fairminute/core";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import { z } from "zod";
import { signatureHeader, timestampHeader } from "../providers/webrtc_events.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import { statusOf, toProblem } from "./errors.ts";
import type { OpenApi, Parameter } from "./openapi.ts";
import { exampleProblem, problemSchema } from "./schemas/problem.ts";
import { sendProblem } from "./serve.ts";

const BODY_MAX_BYTES = 1024 * 1024;

/**
 * When a provider tries again after a 503. What it gives up is lost for good, so its few tries must span as long a trouble of ours
 * as they can. LiveKit tries five times and waits as it is asked, instead of its own 1, 2, 4 and 8 s: at 0, 5, 10, 15 and 20 s, and
 * what waits behind is still younger than the 30 s at which its queue drops it. Stream tries three times within 15 s, each for up to
 * 6 s: where it heeds the wish, at 0, 5 and 10 s, and the last has as long as is left.
 */
const RETRY_AFTER_SECONDS = 5;

/** One address, and whose webhooks it takes. */
interface Door {
  url: string;
  id: string;
  provider: string;
  summary: string;
  description: string;
  signed: { name: string; description: string }[];
  example: Record<string, unknown>;
}

const answers =
  "Whatever is genuine is kept before the answer. The same again changes nothing. 202: genuine, but its times make no sense; it is " +
  "kept for the operator and proves nothing. 503 with Retry-After: send it again.";

const stream = {
  provider: "stream",
  summary: "Take a webhook of Stream",
  description:
    "Signed with STREAM_WEBHOOK_SECRET, or with STREAM_SECRET_KEY where that is not set. A gzipped body is checked as it was before " +
    `it was packed. ${answers}`,
  signed: [{ name: "X-Signature", description: "The hexadecimal HMAC-SHA256 of the uncompressed body." }],
  example: {
    type: "call.session_participant_joined",
    created_at: "2026-03-01T12:00:12.000Z",
    call_cid: "default:standup",
    session_id: "1f6c3f0e-7a51-4d0c-8f55-0f7a4f1d2c3b",
    participant: { user: { id: "leo" }, user_session_id: "c0ffee", joined_at: "2026-03-01T12:00:12.000Z" },
  },
} as const;

const doors: readonly Door[] = [
  {
    url: "/api/livekit/webhook",
    id: "receiveLivekitWebhook",
    provider: "livekit",
    summary: "Take a webhook of LiveKit",
    description: `Signed with LIVEKIT_API_SECRET, over the raw bytes of the body. ${answers}`,
    signed: [{ name: "Authorization", description: "LiveKit's JWT, bare: it holds the hash of the body." }],
    example: {
      event: "participant_joined",
      id: "EV_1",
      createdAt: "1772366412",
      room: { sid: "RM_1", name: "room_1" },
      participant: { sid: "PA_1", identity: "leo" },
    },
  },
  { ...stream, url: "/api/stream/webhook", id: "receiveStreamWebhook", signed: [...stream.signed] },
  { ...stream, url: "/api/webhooks/stream-call-events", id: "receiveStreamCallEvent", signed: [...stream.signed] },
  {
    url: "/api/webrtc-events",
    id: "receiveServerEvent",
    provider: "webrtc",
    summary: "Take an event of your own WebRTC server",
    description:
      "`session-heartbeat` (who is there: userIds), `user-disconnected` (disconnectedUser, reason) and `session-ended` (endedBy, reason) of the " +
      "call that sessionId names, by its id here or by the name under which it was registered. Signed with " +
      `FAIRMINUTE_WEBRTC_SECRET. ${answers}`,
    signed: [
      { name: signatureHeader, description: "The hexadecimal HMAC-SHA256 of the timestamp, a dot and the body." },
      { name: timestampHeader, description: "Whole seconds since the epoch, within five minutes of now." },
    ],
    example: {
      event: "session-heartbeat",
      id: "42",
      sessionId: "call_01jd3v6k9q2m8r4t7w0x5y1z6a",
      userIds: ["leo", "mia"],
      occurredAt: "2026-03-01T12:00:15.000Z",
    },
  },
];

const receivedSchema = z
  .object({
    received: z.literal(true),
    duplicate: z.boolean().meta({ description: "It was here before, and changed nothing." }),
    applied: z.boolean().meta({ description: "Its evidence is in a call's log." }),
    callId: z.string().nullable(),
  })
  .meta({ id: "WebhookReceived" });

const shownReceived = {
  received: true,
  duplicate: false,
  applied: true,
  callId: "call_01jd3v6k9q2m8r4t7w0x5y1z6a",
};

const refusals = [
  "invalid_request",
  "unauthenticated",
  "payload_too_large",
  "internal_error",
  "provider_not_configured",
  "database_unavailable",
] as const satisfies readonly ErrorCode[];

function codesByStatus(): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusals) byStatus.set(statusOf[code], [...(byStatus.get(statusOf[code]) ?? []), code]);
  return byStatus;
}

function schemaOf(door: Door): FastifySchema {
  const json = { "application/json": { schema: receivedSchema } };
  const problems = [...codesByStatus()].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${errorCodes[code].summary}`).join(" "),
      content: { "application/problem+json": { schema: problemSchema } },
    },
  ]);
  return {
    operationId: door.id,
    tags: ["Providers"],
    summary: door.summary,
    description: door.description,
    security: [],
    response: {
      200: { description: "Kept, and recorded where it belongs to a call.", content: json },
      202: { description: "Kept; its times make no sense.", content: json },
      ...Object.fromEntries(problems),
    },
  } as FastifySchema;
}

/** Headers as the provider reads them: one text each. */
function headersOf(request: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

async function receive(
  webhooks: Webhooks,
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const { doubtful, ...received } = await webhooks.receive(door.provider, { body, headers: headersOf(request) });
  const { provider } = door;
  // Genuine, and without effect all the same: somebody who looks for a webhook finds why.
  if (doubtful) request.log.warn({ provider, reason: "doubtful", requestId: request.id }, "a webhook proves nothing");
  else if (received.duplicate) request.log.info({ provider, reason: "repeated" }, "a webhook came again");
  return reply.code(doubtful ? 202 : 200).send({ received: true, ...received });
}

/** What is not genuine leaves one line with its reason; a sender who is set up wrongly is found by it. */
function sendRefusal(error: unknown, door: Door, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isTooLarge = (error as { code?: unknown }).code === "FST_ERR_CTP_BODY_TOO_LARGE";
  const refusal = isTooLarge ? new FairminuteError("payload_too_large", "The body is larger than 1 MB.") : error;
  const problem = toProblem(refusal, request.id);
  const { provider } = door;
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code, provider }, "a webhook was not taken");
  else {
    const reason = problem.details?.reason ?? problem.code;
    request.log.warn({ provider, reason, requestId: request.id }, "a webhook was refused");
  }
  return sendProblem(reply, problem, RETRY_AFTER_SECONDS);
}

/** Registers the addresses of webhooks, in a scope of their own: no credential, no Idempotency-Key, no parsing before the check. */
export function openWebhookDoor(app: FastifyInstance, webhooks: Webhooks): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The signature is over the bytes, so they are taken whatever their type is said to be: a refusal loses them for good.
    scope.addHook("onRequest", async ({ headers }) => {
      headers["content-type"] = "application/octet-stream";
    });
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_MAX_BYTES }, (_request, body, done) => {
      done(null, body);
    });
    for (const door of doors) {
      scope.route({
        method: "POST",
        url: door.url,
        schema: schemaOf(door),
        bodyLimit: BODY_MAX_BYTES,
        errorHandler: (error, request, reply) => void sendRefusal(error, door, request, reply),
        handler: (request, reply) => receive(webhooks, door, request, reply),
      });
    }
  });
}

const parameterOf = ({ name, description }: Door["signed"][number]): Parameter => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
});

/** Adds to the document what the schemas of these addresses cannot say: bodies that nobody parses, their signatures, examples. */
export function describeWebhooks(document: OpenApi): OpenApi {
  for (const door of doors) {
    const operation = document.paths[door.url]?.post;
    if (operation === undefined) continue;
    operation.parameters = door.signed.map(parameterOf);
    operation.requestBody = {
      required: true,
      content: {
        "application/json": { schema: { type: "object", additionalProperties: true }, example: door.example },
      },
    };
    for (const status of ["200", "202"]) {
      const media = operation.responses[status]?.content?.["application/json"];
      if (media !== undefined)
        media.example = status === "200" ? shownReceived : { ...shownReceived, applied: false, callId: null };
    }
    for (const [status, codes] of codesByStatus()) {
      const media = operation.responses[String(status)]?.content?.["application/problem+json"];
      if (media !== undefined)
        media.examples = Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }]));
    }
  }
  return document;
}
