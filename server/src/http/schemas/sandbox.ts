// What the sandbox takes and answers: tokens, coins, time and evidence, all of them free.
import { z } from "zod";
import { givenTimeField, idField, nameField, reasonField, timeField } from "./fields.ts";
import { amountField } from "./wallet.ts";

export const makeTokenSchema = z
  .strictObject({
    userId: idField.meta({ examples: ["leo"] }),
    name: nameField.optional().meta({ examples: ["Leo Brandt"] }),
    role: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,39}$/, "expected a lower-case word, such as fan or creator")
      .optional()
      .meta({ description: "creator: is listed as somebody who can be called.", examples: ["fan"] }),
  })
  .meta({ id: "MakeToken" });

export const tokenSchema = z
  .object({ token: z.string().meta({ examples: ["eyJhbGciOiJIUzI1NiJ9…"] }) })
  .meta({ id: "Token" });

export const creditSchema = z.strictObject({ amount: amountField }).meta({ id: "Credit" });

export const nowSchema = z
  .object({ now: timeField.meta({ examples: ["2026-03-01T12:00:00.000Z"] }) })
  .meta({ id: "Now" });

/** A year at most at once; time moves forward only. */
export const advanceSchema = z
  .strictObject({
    seconds: z
      .int()
      .min(1)
      .max(31_536_000)
      .meta({ examples: [60] }),
  })
  .meta({ id: "AdvanceClock" });

export const sandboxEventTypes = ["participant.joined", "participant.left", "participant.seen", "hangup"] as const;

export const sandboxEventSchema = z
  .strictObject({
    type: z.enum(sandboxEventTypes).meta({ examples: ["participant.joined"] }),
    userId: idField.meta({ description: "The payer or the payee.", examples: ["leo"] }),
    connectionId: idField.optional().meta({
      description: "Which of the user's connections; named like the user when absent.",
      examples: ["leo-phone"],
    }),
    reason: reasonField.optional(),
    occurredAt: givenTimeField
      .optional()
      .meta({ description: "When it happened; now when absent.", examples: ["2026-03-01T12:00:12.000Z"] }),
  })
  .meta({ id: "SandboxEvent" });

export const sandboxEventsSchema = z.array(sandboxEventSchema).min(1).max(1000).meta({ id: "SandboxEvents" });
