// What explains a call: its receipt, its timeline, and what a ticker computes from.
import { callStatuses, endReasons, lineKinds } from "@fairminute/core";
import { z } from "zod";
import { callSchema, penaltySchema } from "./call.ts";
import { paymentSchema } from "./chain.ts";
import { coinsField, timeField } from "./fields.ts";

const lineSchema = z
  .object({
    kind: z.enum([...lineKinds, "adjustment"]).meta({ examples: ["usage"] }),
    from: timeField.nullable(),
    to: timeField.nullable(),
    seconds: z.int(),
    increments: z.int(),
    pricePerMinute: coinsField,
    amount: z.int().meta({ examples: [180] }),
    sentence: z.string().meta({ examples: ["18 minutes at 10 coins a minute: 180 coins"] }),
  })
  .meta({ id: "ReceiptLine" });

const payerSchema = z
  .object({
    payerId: z.string(),
    name: z.string().nullable(),
    lines: z.array(lineSchema),
    total: coinsField.meta({ description: "The sum of the lines.", examples: [180] }),
    billableSeconds: z.int(),
    billedSeconds: z.int(),
    pauses: z.array(z.object({ from: timeField, to: timeField, seconds: z.int(), userIds: z.array(z.string()) })),
    pausedSeconds: z.int(),
    hold: z
      .object({ placed: coinsField, released: coinsField, refunded: coinsField })
      .nullable()
      .meta({ description: "Null for the payee, who does not see the payer's hold." }),
  })
  .meta({ id: "ReceiptPayer" });

export const receiptSchema = z
  .object({
    callId: z.string(),
    viewer: z.enum(["payer", "payee", "operator"]),
    preset: z.string(),
    currency: z.string(),
    status: z.enum(callStatuses),
    requestedAt: timeField,
    acceptedAt: timeField.nullable(),
    startedAt: timeField.nullable(),
    endedAt: timeField.nullable(),
    settledAt: timeField.nullable(),
    endReason: z.enum(endReasons).nullable(),
    endedBy: z.string().nullable(),
    durationSeconds: z.int(),
    durationSource: z.string().nullable(),
    holdId: z.string(),
    payers: z.array(payerSchema),
    payees: z.array(z.object({ userId: z.string(), name: z.string().nullable() })),
    total: coinsField,
    split: z
      .object({ payer: coinsField, payee: coinsField, platform: coinsField, platformBasisPoints: z.int() })
      .nullable()
      .meta({
        description: "Null for the payer.",
        examples: [{ payer: 180, payee: 144, platform: 36, platformBasisPoints: 2000 }],
      }),
    penalties: z
      .array(penaltySchema)
      .meta({ description: "Those that were posted. You see your own; the operator sees all." }),
    explanations: z.array(z.string()),
    payment: paymentSchema.nullable().meta({
      description: "What the contract paid for a call that is paid on a chain; null for every other.",
      examples: [null],
    }),
  })
  .meta({ id: "Receipt" });

const entrySchema = z
  .object({
    at: timeField,
    kind: z.enum(["event", "transfer", "decision"]),
    type: z.string().meta({ examples: ["participant.joined"] }),
    userId: z.string().nullable(),
    connectionId: z.string().nullable(),
    source: z
      .string()
      .nullable()
      .meta({ description: "Who says so.", examples: ["webhook"] }),
    reason: z.string().nullable(),
    until: timeField.nullable().meta({ description: "Of a stretch of proof of life: its end." }),
    receivedAt: timeField.nullable(),
    amount: z.int().nullable(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  })
  .meta({ id: "TimelineEntry" });

export const timelineSchema = z.object({ callId: z.string(), entries: z.array(entrySchema) }).meta({ id: "Timeline" });

/** Facts and events go to core as they are: core reads and checks them itself. */
export const liveSchema = z
  .object({
    call: callSchema,
    facts: z.looseObject({}).meta({ description: "For readFacts of @fairminute/core." }),
    events: z.array(z.looseObject({ id: z.string(), type: z.string(), occurredAt: z.int() })),
    placed: z.record(z.string(), coinsField).meta({ description: "Coins held, by payer.", examples: [{ leo: 300 }] }),
    serverTime: z.int().meta({ description: "The server's now, in milliseconds since the epoch." }),
  })
  .meta({ id: "Live" });
