// What the operator sees of calls at providers: sources that disagree, calls that cannot be looked at, and what came of it.
import { z } from "zod";
import { watchFilters } from "../../reconciliation/reconciliation.ts";
import { callSchema } from "./call.ts";
import { idField, pageEnd, pageFields, reasonField, timeField } from "./fields.ts";

const toldSchema = z.object({
  source: z
    .string()
    .meta({ description: "Who says so: report, webhook, signalling, poll or hint.", examples: ["report"] }),
  seconds: z.int().meta({ description: "How long the user was there, by this source alone.", examples: [612] }),
});

export const discrepancySchema = z
  .object({
    id: z.string().meta({ examples: ["disc_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    callId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    userId: z.string().meta({ examples: ["leo"] }),
    a: toldSchema.meta({ description: "The better source." }),
    b: toldSchema.meta({ description: "The other one.", examples: [{ source: "webhook", seconds: 655 }] }),
    toleranceSeconds: z.int().meta({ description: "So much would have been no disagreement.", examples: [5] }),
    foundAt: timeField.meta({ examples: ["2026-03-01T12:20:00.000Z"] }),
    resolvedAt: timeField.nullable().meta({ examples: [null] }),
    resolution: z
      .string()
      .nullable()
      .meta({
        description: "What the operator wrote; sources_agree when later evidence cleared it up.",
        examples: [null],
      }),
  })
  .meta({ id: "Discrepancy" });

export const discrepanciesQuerySchema = z.strictObject({
  ...pageFields,
  state: z
    .enum(["open", "all"])
    .default("open")
    .meta({ description: "open: those that nobody has resolved; all: every one." }),
});

export const discrepancyPageSchema = z
  .object({ discrepancies: z.array(discrepancySchema), ...pageEnd })
  .meta({ id: "DiscrepancyPage" });

export const discrepancyParamsSchema = z.strictObject({
  id: idField.meta({ examples: ["disc_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
});

export const resolveSchema = z
  .strictObject({ resolution: reasonField.min(1).meta({ examples: ["The app's own log agrees with the report."] }) })
  .meta({ id: "ResolveDiscrepancy" });

export const discrepancyAnswerSchema = z.object({ discrepancy: discrepancySchema }).meta({ id: "DiscrepancyAnswer" });

export const providerCallSchema = z
  .object({
    callId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    provider: z.string().meta({ examples: ["livekit"] }),
    roomName: z.string().meta({ examples: ["room_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    state: z.enum(["live", "closing", "closed"]).meta({
      description:
        "live: the call runs; closing: it is settled and its room is being emptied; closed: nobody is there.",
      examples: ["closing"],
    }),
    settledAt: timeField.nullable().meta({ examples: ["2026-03-01T12:18:12.000Z"] }),
    lastLookedAt: timeField
      .nullable()
      .meta({ description: "When the provider last answered.", examples: ["2026-03-01T12:18:04.000Z"] }),
    nextLookAt: timeField
      .nullable()
      .meta({ description: "Null when nobody needs to look again.", examples: ["2026-03-01T12:19:12.000Z"] }),
    failures: z.int().meta({ description: "Looks in a row that failed.", examples: [6] }),
    lastError: z
      .string()
      .nullable()
      .meta({ examples: ["the provider did not answer within 7 s"] }),
  })
  .meta({ id: "ProviderCall" });

export const providerCallsQuerySchema = z.strictObject({
  ...pageFields,
  state: z.enum(watchFilters).default("troubled").meta({
    description: "troubled: the last look failed, or the call is long settled and its room is not known to be empty.",
  }),
});

export const providerCallPageSchema = z
  .object({
    providerCalls: z.array(providerCallSchema),
    due: z.object({ count: z.int(), since: timeField.nullable() }).meta({
      description:
        "Looks that should have begun by now, and when the oldest of them was due. When that is long ago, looks come late: more " +
        "servers, or FAIRMINUTE_LOOKS_PER_SECOND.",
      examples: [{ count: 0, since: null }],
    }),
    ...pageEnd,
  })
  .meta({ id: "ProviderCallPage" });

export const lookedAtSchema = z
  .object({
    call: callSchema,
    providerCall: providerCallSchema.nullable().meta({ description: "Null for a call of the built-in provider." }),
  })
  .meta({ id: "LookedAtCall" });
