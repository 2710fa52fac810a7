// Calls in rooms that others made: what registers and adopts one, what belongs to none, and the routes of the source documents.
import { callStatuses, endReasons } from "@fairminute/core";
import { z } from "zod";
import { callSchema, penaltySchema } from "./call.ts";
import { paymentSchema } from "./chain.ts";
import { coinsField, idField, pageEnd, pageFields, timeField } from "./fields.ts";

/** How a room is named at its provider. */
export const roomField = z
  .string()
  .regex(/^[A-Za-z0-9._:@!~-]{1,200}$/, "expected 1 to 200 characters of A-Z a-z 0-9 . _ : @ ! ~ -");

const presetField = z.string().regex(/^[a-z0-9-]{1,40}$/, "expected the name of a preset, such as coin-minutes");

const partyFields = {
  payerId: idField.meta({ description: "Who pays.", examples: ["leo"] }),
  payeeId: idField
    .nullable()
    .default(null)
    .meta({ description: "Who is paid; left out in a room without sides.", examples: ["mia"] }),
  preset: presetField.meta({ description: "The terms of the call.", examples: ["coin-minutes"] }),
  ratePerMinute: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .meta({ description: "Coins a minute; the preset's own price when absent.", examples: [10] }),
};

const estimateField = z.int().min(1).max(1440);

/** What registers a call. */
export const registerCallSchema = z
  .strictObject({
    ...partyFields,
    provider: z.enum(["webrtc", "livekit", "stream"]).meta({ examples: ["livekit"] }),
    providerCallId: roomField.meta({
      description:
        "The room's name there: LiveKit's room name, Stream's cid (`type:id`, or an id of the type default).",
      examples: ["room_1"],
    }),
    estimatedMinutes: estimateField.default(1).meta({
      description:
        "What the hold is made for, in minutes. A call that runs longer is extended while the balance lasts.",
      examples: [30],
    }),
    joinTimeoutSeconds: z.int().min(10).max(86_400).default(600).meta({
      description: "How long it may take until both are there; then the call is missed and the hold released.",
    }),
  })
  .meta({ id: "RegisterCall" });

/** What adopts one. */
export const adoptCallSchema = z
  .strictObject({
    ...partyFields,
    provider: z.enum(["livekit", "stream"]).meta({ examples: ["livekit"] }),
    roomName: roomField.meta({ examples: ["room_1"] }),
    estimatedMinutes: estimateField.optional().meta({ description: "What the hold is made for; 1 when absent." }),
  })
  .meta({ id: "AdoptCall" });

export const unmatchedQuerySchema = z.strictObject(pageFields);

const unmatchedRoomSchema = z
  .object({
    provider: z.string().meta({ examples: ["livekit"] }),
    roomName: z
      .string()
      .nullable()
      .meta({ examples: ["room_1"] }),
    life: z
      .string()
      .nullable()
      .meta({
        description: "The room's life at its provider: a name that is used again is another one.",
        examples: ["RM_1"],
      }),
    outcome: z.enum(["unmatched", "doubtful"]).meta({
      description:
        "unmatched: no call, and no terms for one. doubtful: genuine, but its times make no sense; it proves nothing.",
    }),
    reason: z
      .string()
      .meta({ examples: ["no call is registered for this room, and no terms are named for calls like it"] }),
    webhooks: z.int().meta({ examples: [4] }),
    webhookIds: z
      .array(z.string())
      .meta({ description: "Of those in doubt: by these one of them can be released.", examples: [[]] }),
    kinds: z.array(z.string()).meta({ examples: [["participant_joined", "participant_left"]] }),
    people: z.array(z.string()).meta({ examples: [["leo", "mia"]] }),
    createdBy: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    firstAt: timeField,
    lastAt: timeField,
    receivedAt: timeField,
  })
  .meta({ id: "UnmatchedRoom" });

export const unmatchedPageSchema = z
  .object({ rooms: z.array(unmatchedRoomSchema), ...pageEnd })
  .meta({ id: "UnmatchedRooms" });

/** What releases webhooks in doubt. */
export const releaseWebhooksSchema = z
  .strictObject({
    provider: z.enum(["webrtc", "livekit", "stream"]).meta({ examples: ["livekit"] }),
    roomName: roomField.meta({ examples: ["room_1"] }),
    webhookId: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "One of them, by its id; all of the room when absent.", examples: ["EV_1"] }),
  })
  .meta({ id: "ReleaseWebhooks" });

export const releasedWebhooksSchema = z
  .object({
    released: z.array(
      z.object({
        id: z.string().meta({ examples: ["EV_1"] }),
        applied: z.boolean().meta({ description: "Its evidence is in a call's log." }),
        callId: z
          .string()
          .nullable()
          .meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
      }),
    ),
    kept: z
      .array(z.object({ id: z.string(), reason: z.string() }))
      .meta({ description: "Those that stay in doubt, and why.", examples: [[]] }),
  })
  .meta({ id: "ReleasedWebhooks" });

/** Document 003 writes its fields so, and its clients send more of them: what is not used here is passed over. */
export const tokenSecureSchema = z
  .object({
    room_name: roomField.meta({ examples: ["room_1"] }),
    payee_id: idField
      .optional()
      .meta({ description: "Who is paid; needed when the room has no live call.", examples: ["mia"] }),
    creator_id: idField.optional().meta({ description: "Another name for payee_id." }),
    role: z.string().max(64).optional().meta({ description: "Taken and not used: the call knows its sides." }),
  })
  .meta({ id: "TokenSecure" });

export const secureTokenSchema = z
  .object({
    token: z.string().meta({ examples: ["eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6eyJyb29tSm9pbiI6dHJ1ZX19.…"] }),
    server_url: z.string().meta({ examples: ["wss://calls.example.com"] }),
    room_name: z.string().meta({ examples: ["room_1"] }),
    call_id: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    status: z.enum(callStatuses).meta({ examples: ["accepted"] }),
    role: z.enum(["payer", "payee"]).meta({ examples: ["payer"] }),
    rate_per_minute: coinsField.meta({ examples: [10] }),
    coins_available: coinsField.meta({ description: "What you have beside what is held.", examples: [90] }),
    funded_until: timeField.nullable().meta({ examples: [null] }),
  })
  .meta({ id: "SecureToken" });

/** What a browser's timer says. Nothing of it decides anything. */
export const periodicDeductionSchema = z
  .object({
    room_name: roomField.meta({ examples: ["room_1"] }),
    session_duration_seconds: z
      .number()
      .optional()
      .meta({ description: "Taken and not used.", examples: [60] }),
    manual_coins_amount: z
      .number()
      .optional()
      .meta({ description: "Taken and not used.", examples: [10] }),
  })
  .meta({ id: "PeriodicDeduction" });

export const meteredSchema = z
  .object({
    success: z.literal(true),
    room_name: z.string().meta({ examples: ["room_1"] }),
    call_id: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    status: z.enum(callStatuses).meta({ examples: ["active"] }),
    billable_seconds: z.int().meta({ examples: [65] }),
    billed_seconds: z.int().meta({ examples: [60] }),
    coins_consumed: coinsField.meta({ description: "What the server has metered so far.", examples: [10] }),
    funded_until: timeField
      .nullable()
      .meta({ description: "How far the held coins reach; null before the start and after the end." }),
  })
  .meta({ id: "Metered" });

export const endCoinCallSchema = z
  .object({ room_name: roomField.meta({ examples: ["room_1"] }) })
  .meta({ id: "EndCoinCall" });

export const endedCoinCallSchema = z
  .object({
    success: z.literal(true),
    room_name: z.string().meta({ examples: ["room_1"] }),
    call_id: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    status: z.enum(callStatuses).meta({ examples: ["completed"] }),
    billed_seconds: z.int().meta({ examples: [60] }),
    coins_consumed: coinsField.meta({ description: "The final charge.", examples: [10] }),
    end_reason: z
      .enum(endReasons)
      .nullable()
      .meta({ examples: ["payer_hung_up"] }),
    ended_at: timeField.nullable(),
  })
  .meta({ id: "EndedCoinCall" });

export const streamTokenSchema = z
  .object({
    apiKey: z.string().meta({ description: "The public key of the app at Stream.", examples: ["streamkey"] }),
    userId: z.string().meta({ examples: ["leo"] }),
    token: z.string().meta({ examples: ["eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoibGVvIn0.…"] }),
    expiresAt: timeField,
  })
  .meta({ id: "StreamToken" });

export const streamCallParamsSchema = z.strictObject({
  callId: roomField.meta({
    description: "The call's id here, its cid at Stream, or its id of the type default.",
    examples: ["default:standup"],
  }),
});

const connectionSchema = z
  .object({
    connectionId: z.string(),
    joinedAt: timeField.nullable(),
    leftAt: timeField.nullable().meta({ description: "Null while it is open." }),
    leaveReason: z.string().nullable().meta({ description: "What was said of the leave; no proof of intent." }),
    joinedSource: z
      .string()
      .nullable()
      .meta({ examples: ["webhook"] }),
    leftSource: z.string().nullable(),
  })
  .meta({ id: "CallConnection" });

const participantSchema = z
  .object({
    userId: z.string().meta({ examples: ["leo"] }),
    name: z.string().nullable(),
    role: z.enum(["payer", "payee", "attendee"]),
    connections: z.array(connectionSchema),
    presentSeconds: z.int().meta({ description: "Overlapping connections counted once.", examples: [45] }),
    penalty: penaltySchema
      .nullable()
      .meta({ description: "What leaving early cost. You see your own; the operator sees all.", examples: [null] }),
  })
  .meta({ id: "CallParticipant" });

export const callSheetSchema = z
  .object({ call: callSchema, participants: z.array(participantSchema) })
  .meta({ id: "CallSheet" });

/** Document 001: what a browser says when it has paid on the chain. */
export const endConfirmationSchema = z
  .object({
    sessionId: roomField.meta({
      description: "The call's id, the name under which it was registered, or the contract's name of its session.",
      examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"],
    }),
    userAddress: idField.meta({
      description: "Who confirms: a party of the call, by its wallet when the call is paid on a chain.",
      examples: ["leo"],
    }),
    transactionHash: z
      .string()
      .regex(/^0x[0-9a-fA-F]{64}$/, "expected 0x and 64 hexadecimal digits")
      .optional()
      .meta({ description: "The transaction that ended the session; needed for a call that is paid on a chain." }),
  })
  .meta({ id: "EndConfirmation" });

export const endConfirmedSchema = z
  .object({
    sessionId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    isEnded: z.boolean().meta({ description: "Whether the call is over and settled.", examples: [true] }),
    status: z
      .enum(["confirmed", "pending"])
      .nullable()
      .meta({
        description: "Whether the payment counts already. Null for a call that is not paid on a chain.",
        examples: [null],
      }),
    payment: paymentSchema.nullable().meta({ description: "What the transaction paid; null while it is in no block." }),
    call: callSchema,
  })
  .meta({ id: "EndConfirmed" });
