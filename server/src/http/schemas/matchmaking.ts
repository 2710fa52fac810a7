// Matchmaking: what one waits for, and how it stands.
import { z } from "zod";
import { callSchema } from "./call.ts";
import { idField, reasonField, timeField } from "./fields.ts";

/** Spelling must not keep two people apart. */
const topicField = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .refine((text) => !/\p{Cc}|\p{Cs}/u.test(text), "expected text without control characters")
  .transform((text) => text.toLowerCase().replace(/\s+/g, " "))
  .meta({ description: "What to talk about; compared without regard to case.", examples: ["chess"] });

const languageField = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, "expected a language tag, such as en or pt-BR")
  .transform((tag) => tag.toLowerCase())
  .meta({ description: "A language tag (BCP 47).", examples: ["en"] });

/** What somebody joins the queue with. */
export const joinQueueSchema = z
  .strictObject({
    preset: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "expected the name of a preset, such as match")
      .default("match")
      .meta({ description: "The terms of the call: a free preset.", examples: ["match"] }),
    filters: z
      .strictObject({ topic: topicField.optional(), language: languageField.optional() })
      .default({})
      .meta({ description: "Only people who want the same, or whom it does not matter to.", examples: [{}] }),
  })
  .meta({ id: "JoinQueue" });

/** How somebody stands in the queue. */
export const matchmakingSchema = z
  .object({
    status: z.enum(["idle", "waiting", "matched"]).meta({ examples: ["waiting"] }),
    waitingSince: timeField.nullable().meta({ examples: ["2026-03-01T12:00:00.000Z"] }),
    position: z
      .int()
      .nullable()
      .meta({ description: "1 waits longest.", examples: [1] }),
    matchId: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    call: callSchema
      .nullable()
      .meta({ description: "The call of the match, accepted already, as long as it is not over." }),
  })
  .meta({ id: "Matchmaking" });

/** Whose penalty in which call. */
export const penaltyParamsSchema = z.strictObject({
  id: idField.meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
  userId: idField.meta({ examples: ["leo"] }),
});

/** Why an operator gives a penalty back. */
export const reversePenaltySchema = z
  .strictObject({ reason: reasonField.min(1).meta({ examples: ["The power had failed in the whole street"] }) })
  .meta({ id: "ReversePenalty" });
