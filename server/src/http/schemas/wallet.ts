// Wallets and their statements.
import { z } from "zod";
import { COINS_MAX, coinsField, idField, pageEnd, pageFields, reasonField, timeField } from "./fields.ts";

export const walletSchema = z
  .object({
    userId: z.string().meta({ examples: ["leo"] }),
    currency: z.string().meta({ examples: ["coin"] }),
    available: coinsField.meta({ description: "What can be spent now.", examples: [200] }),
    held: coinsField.meta({ description: "What is held for calls that are going on.", examples: [300] }),
    earnings: z.int().meta({ description: "What calls have paid this user, less refunds.", examples: [0] }),
    total: coinsField.meta({ description: "available + held.", examples: [500] }),
  })
  .meta({ id: "Wallet" });

export const transferSchema = z
  .object({
    id: z.string(),
    kind: z.enum([
      "place",
      "capture",
      "fee",
      "release",
      "penalty",
      "bonus",
      "refund",
      "top_up",
      "payout",
      "adjustment",
    ]),
    amount: z.int().meta({ description: "Positive: came in. Negative: went out.", examples: [-300] }),
    balanceAfter: z.int().meta({ description: "What the wallet had right after it.", examples: [200] }),
    counterparty: z.string().meta({ description: "A user, or call, platform, external.", examples: ["call"] }),
    callId: z.string().nullable(),
    memo: z.string().nullable(),
    at: timeField,
  })
  .meta({ id: "Transfer" });

export const transferQuerySchema = z.strictObject(pageFields);
export const transferPageSchema = z
  .object({ transfers: z.array(transferSchema), ...pageEnd })
  .meta({ id: "TransferPage" });

export const walletParamsSchema = z.strictObject({ userId: idField.meta({ examples: ["leo"] }) });

export const amountField = z
  .int()
  .min(1)
  .max(COINS_MAX)
  .meta({ description: "Coins.", examples: [500] });

/** A top-up or a payout. */
export const movementSchema = z
  .strictObject({
    amount: amountField,
    memo: reasonField.optional().meta({ description: "What the statement says of it.", examples: ["Order 1042"] }),
  })
  .meta({ id: "WalletMovement" });

export const movedSchema = z
  .object({
    transferId: z.string().meta({ description: "Its id in the wallet's statement." }),
    wallet: walletSchema.meta({ description: "The wallet as it now stands." }),
  })
  .meta({ id: "WalletMoved" });
