// Calls: what opens one, what decides one, and what one looks like.
import { callStatuses, endReasons } from "@fairminute/core";
import { z } from "zod";
import { coinsField, filterTimeField, idField, pageEnd, pageFields, reasonField, timeField } from "./fields.ts";
import { termsSchema } from "./terms.ts";

/** What a policy of the call's terms took from somebody. */
export const penaltySchema = z
  .object({
    userId: z.string().meta({ examples: ["leo"] }),
    policy: z.string().meta({ examples: ["early_exit"] }),
    amount: coinsField.meta({ description: "What really moved.", examples: [1] }),
    reason: z.string().meta({ examples: ["ended on purpose after 20 s, before 60 s"] }),
    evidenceId: z.string().meta({ description: "The event that proves it.", examples: ["hangup:leo"] }),
    reversedAt: timeField
      .nullable()
      .meta({ description: "When an operator gave it back; null while it stands.", examples: [null] }),
    reversalReason: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
  })
  .meta({ id: "Penalty" });

/** A call, with all its fields. */
export const callSchema = z
  .object({
    id: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    preset: z.string().meta({ examples: ["creator-call"] }),
    payerId: z.string().meta({ examples: ["leo"] }),
    payeeId: z
      .string()
      .nullable()
      .meta({ examples: ["mia"] }),
    payerName: z
      .string()
      .nullable()
      .meta({ examples: ["Leo Brandt"] }),
    payeeName: z
      .string()
      .nullable()
      .meta({ examples: ["Mia Torres"] }),
    status: z.enum(callStatuses).meta({ examples: ["completed"] }),
    currency: z.string().meta({
      description: "What all amounts of the call are counted in: coin, or the units of an escrow on a chain.",
      examples: ["coin"],
    }),
    ratePerMinute: coinsField.meta({ description: "The price of a minute.", examples: [10] }),
    provider: z.string().meta({ description: "What carries the pictures.", examples: ["webrtc"] }),
    roomName: z.string().meta({ examples: ["room_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    requestedAt: timeField.meta({ examples: ["2026-03-01T12:00:00.000Z"] }),
    acceptedAt: timeField.nullable().meta({ examples: ["2026-03-01T12:00:09.000Z"] }),
    startedAt: timeField
      .nullable()
      .meta({ description: "When both were first there together.", examples: ["2026-03-01T12:00:12.000Z"] }),
    endedAt: timeField.nullable().meta({ examples: ["2026-03-01T12:18:12.000Z"] }),
    settledAt: timeField.nullable().meta({ examples: ["2026-03-01T12:18:12.000Z"] }),
    endReason: z
      .enum(endReasons)
      .nullable()
      .meta({ examples: ["payer_hung_up"] }),
    endedBy: z
      .string()
      .nullable()
      .meta({ description: "The user who ended it, or null.", examples: ["leo"] }),
    cancelledBy: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    cancellationReason: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    durationSeconds: z
      .int()
      .nullable()
      .meta({ description: "From start to end; null until the call is settled.", examples: [1080] }),
    billableSeconds: z.int().meta({ description: "Seconds that both were there, gaps taken out.", examples: [1080] }),
    billedSeconds: z.int().meta({ description: "billableSeconds, as the increments count them.", examples: [1080] }),
    durationSource: z
      .string()
      .nullable()
      .meta({ description: "The best evidence it rests on.", examples: ["webhook"] }),
    estimatedCoins: coinsField.meta({ description: "The hold at the start.", examples: [300] }),
    heldCoins: coinsField.meta({ description: "What is held now.", examples: [0] }),
    actualCoins: coinsField
      .nullable()
      .meta({ description: "The final charge; null until the call is settled.", examples: [180] }),
    holdId: z.string().meta({ examples: ["hold_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    fundedUntil: timeField
      .nullable()
      .meta({ description: "How far the held money reaches if both stay.", examples: ["2026-03-01T12:30:12.000Z"] }),
    fundedAt: timeField.nullable().meta({
      description: "Since when the deposit of a call that is paid from an escrow has been in force; null without one.",
      examples: [null],
    }),
    interruptedSince: timeField
      .nullable()
      .meta({ description: "Since when somebody's connection is lost; not charged.", examples: [null] }),
    interruptedUserIds: z.array(z.string()).meta({ examples: [[]] }),
    penalties: z.array(penaltySchema).meta({
      description: "What was taken besides the price. You see your own; the operator sees all.",
      examples: [[]],
    }),
    terms: termsSchema,
  })
  .meta({ id: "Call" });

/** `{ call }` */
export const callAnswerSchema = z.object({ call: callSchema }).meta({ id: "CallAnswer" });

const notOver = {
  endedAt: null,
  settledAt: null,
  endReason: null,
  endedBy: null,
  durationSeconds: null,
  actualCoins: null,
};
const notStarted = { startedAt: null, billableSeconds: 0, billedSeconds: 0, durationSource: null, fundedUntil: null };
const free = { ...notOver, ...notStarted, settledAt: "2026-03-01T12:00:20.000Z", durationSeconds: 0, actualCoins: 0 };

/** In what the example of a call differs after each command. */
export const shownCalls = {
  initiate: { ...notOver, ...notStarted, status: "pending", acceptedAt: null, heldCoins: 300 },
  accept: { ...notOver, ...notStarted, status: "accepted", heldCoins: 300 },
  reject: { ...free, status: "rejected", acceptedAt: null, endedAt: "2026-03-01T12:00:20.000Z" },
  cancel: {
    ...free,
    status: "cancelled",
    cancelledBy: "leo",
    cancellationReason: "Something came up",
    endedAt: "2026-03-01T12:00:20.000Z",
  },
  end: {},
} as const;

/** What opens a call. */
export const initiateSchema = z
  .strictObject({
    creatorId: idField.meta({ description: "Who is called.", examples: ["mia"] }),
    estimatedMinutes: z
      .int()
      .min(1)
      .max(1440)
      .meta({ description: "What the hold is made for, in minutes.", examples: [30] }),
    preset: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "expected the name of a preset, such as creator-call")
      .optional()
      .meta({ description: "The terms of the call; creator-call when absent.", examples: ["creator-call"] }),
    languageId: z.int().min(0).optional().meta({
      description: "The language of a lesson that is paid on a chain, as its contract counts them; 0 when absent.",
    }),
  })
  .meta({ id: "InitiateCall" });

/** What may come with a rejection, a cancellation or an end. */
export const reasonSchema = z.strictObject({ reason: reasonField.optional() }).meta({ id: "Reason" });

/** A body without fields. */
export const emptySchema = z
  .strictObject({})
  .meta({ id: "Empty", description: "No fields; the body may be left out." });

export const callParamsSchema = z.strictObject({ id: idField.meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }) });

const statusListField = z
  .string()
  .max(200)
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(callStatuses)))
  .optional()
  .meta({ description: `A comma list of ${callStatuses.join(", ")}. The final ones when absent.` });

export const historyQuerySchema = z.strictObject({
  ...pageFields,
  status: statusListField,
  from: filterTimeField.optional().meta({ description: "Requested at or after this instant or day." }),
  to: filterTimeField.optional().meta({ description: "Requested before this instant or day." }),
  with: idField.optional().meta({ description: "Only calls with this other user." }),
});

export const pendingQuerySchema = z.strictObject({
  ...pageFields,
  role: z
    .enum(["payer", "payee"])
    .optional()
    .meta({ description: "payee: calls that ring for you; payer: calls that you wait for. Both when absent." }),
});

export const callPageSchema = z.object({ calls: z.array(callSchema), ...pageEnd }).meta({ id: "CallPage" });

export const activeCallsSchema = z
  .object({
    calls: z.array(callSchema),
    call: callSchema.nullable().meta({ description: "The newest of them, or null." }),
  })
  .meta({ id: "ActiveCalls" });

/** What a browser needs to enter the room of a call. */
export const joinSchema = z
  .object({
    provider: z.string().meta({ examples: ["webrtc"] }),
    token: z.string().meta({ examples: ["fm_join_eyJjYWxsSWQiOiJjYWxsX…"] }),
    roomName: z.string().meta({ examples: ["room_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    serverUrl: z.string().meta({ examples: ["https://calls.example.com"] }),
    iceServers: z
      .array(
        z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() }),
      )
      .nullable()
      .meta({ examples: [[{ urls: ["stun:stun.example.com:3478"] }]] }),
    apiKey: z
      .string()
      .nullable()
      .meta({ examples: [null], description: "The app's public key at the provider, where its client asks for one." }),
  })
  .meta({ id: "Join" });
