// The terms of a call as they are shown: frozen when it opened.
import { presetNames } from "@fairminute/core";
import { z } from "zod";
import { coinsField } from "./fields.ts";

const tariffSchema = z.object({
  pricePerMinute: coinsField,
  connectFee: coinsField,
  initialIncrementSeconds: z.int(),
  incrementSeconds: z.int(),
  rounding: z.enum(["up", "down", "nearest"]),
  freeSeconds: z.int(),
  noChargeUnderSeconds: z.int(),
  minimumCharge: coinsField,
  maximumDurationSeconds: z.int().nullable(),
  windows: z.array(
    z.object({
      weekdays: z.array(z.int().min(0).max(6)).meta({ description: "0 is Sunday." }),
      fromMinute: z.int(),
      toMinute: z.int(),
      pricePerMinute: coinsField,
    }),
  ),
  utcOffsetMinutes: z.int(),
  lines: z.enum(["merged", "per_increment"]),
});

const fundingSchema = z
  .looseObject({ kind: z.enum(["estimate", "slices", "escrow", "none"]) })
  .meta({ description: "How money is held: estimate and slices also have sliceSeconds and extendBeforeSeconds." });

/** TermsJson of core. */
export const termsSchema = z
  .object({
    preset: z.string(),
    version: z.int(),
    currency: z.string(),
    tariff: tariffSchema,
    funding: fundingSchema,
    billable: z.enum(["together", "own_presence", "none"]),
    policies: z.array(z.looseObject({ kind: z.string() })),
    split: z.object({ platformBasisPoints: z.int(), rounding: z.string() }),
    limits: z.object({
      ringTimeoutSeconds: z.int(),
      joinTimeoutSeconds: z.int(),
      reconnectGraceSeconds: z.int(),
      heartbeatTimeoutSeconds: z.int(),
      lowBalanceWarningSeconds: z.int(),
      maximumCallsAtOnce: z.int().nullable(),
      settlementDelaySeconds: z.int(),
      pollIntervalSeconds: z.int(),
    }),
  })
  .meta({ id: "Terms", description: "What the call costs and by which rules. Frozen when the call opens." });

export const presetsSchema = z
  .object({
    presets: z.array(
      z.object({
        name: z.string().meta({ examples: ["creator-call"] }),
        from: z
          .enum(presetNames)
          .meta({ description: "The shipped preset that it is built on; its own name otherwise." }),
        terms: termsSchema,
      }),
    ),
  })
  .meta({ id: "Presets" });
