// Calls that are paid on a chain, and the wallets of their people. Amounts are decimal digits, in the token's smallest units.
import { z } from "zod";
import { idField, timeField } from "./fields.ts";

const hex = (bytes: number) => new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`);
const tutor = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const student = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const token = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
const hash = `0x${"5f".repeat(32)}`;

const addressField = z.string().meta({ examples: [tutor] });
const hashField = z.string().meta({ description: "A transaction.", examples: [hash] });
const amountField = z.string().meta({ examples: ["12000000"] });
const countField = z.int().min(0);

/** A transaction that a client names. */
export const transactionField = z.string().regex(hex(32), "expected 0x and 64 hexadecimal digits");

export const paymentSchema = z
  .object({
    transactionHash: hashField,
    blockNumber: countField.meta({ examples: [42] }),
    ending: z.enum(["time", "voucher", "claim_lapsed", "dispute_lapsed", "reclaimed"]).meta({
      description:
        "What closed the session: the student's word by the clock, the voucher, a claim or dispute that lapsed, a reclaim.",
    }),
    paidSeconds: countField.meta({ examples: [600] }),
    paidToTutor: amountField.meta({ examples: ["4800000"] }),
    fee: amountField.meta({ examples: ["1200000"] }),
    returnedToStudent: amountField.meta({ examples: ["6000000"] }),
    confirmations: countField.meta({ examples: [1] }),
    confirmed: z.boolean().meta({ description: "Whether it stands under enough blocks to count." }),
  })
  .meta({ id: "Payment", description: "What the contract paid." });

export const escrowParamsSchema = z.strictObject({
  id: idField.meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
});

export const escrowSchema = z
  .object({
    callId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    sessionId: z
      .string()
      .meta({ description: "The contract's name of the session.", examples: [`0x${"a1".repeat(32)}`] }),
    state: z.enum(["awaiting_deposit", "funded", "closing", "paid", "closed"]),
    chainId: countField.meta({ examples: [31_337] }),
    contract: addressField.meta({ examples: [contract] }),
    token: addressField.meta({ description: "The zero address is the chain's own coin.", examples: [token] }),
    currency: z.string().meta({ examples: ["TEST"] }),
    unit: amountField.meta({ description: "How many smallest units are one unit of the currency.", examples: ["1"] }),
    decimals: countField.meta({ examples: [6] }),
    student: addressField.meta({ description: "Who deposits.", examples: [student] }),
    tutor: addressField.meta({ description: "Who is paid." }),
    terms: z
      .object({
        tutor: addressField,
        token: addressField.meta({ examples: [token] }),
        ratePerMinute: amountField.meta({ examples: ["600000"] }),
        maxSeconds: z.string().meta({ examples: ["1200"] }),
        languageId: z.string().meta({ examples: ["1"] }),
        requestId: z.string().meta({ examples: [`0x${"b2".repeat(32)}`] }),
      })
      .meta({
        description: "What `openSession` must be told, exactly: a deposit on other terms does not fund the call.",
      }),
    depositAmount: amountField,
    deposit: z
      .object({ transactionHash: hashField, blockNumber: countField, confirmations: countField, needed: countField })
      .nullable()
      .meta({ description: "Counts when `confirmations` has reached `needed`." }),
    voucher: z
      .object({
        provenSeconds: countField.meta({ examples: [600] }),
        signature: z.string().meta({ examples: [`0x${"c3".repeat(65)}`] }),
        amount: amountField.meta({ description: "The price of these seconds.", examples: ["6000000"] }),
      })
      .nullable()
      .meta({ description: "The meter's word for `endSession`, once the call is settled." }),
    payment: paymentSchema.nullable(),
  })
  .meta({ id: "Escrow" });

export const escrowAnswerSchema = z.object({ escrow: escrowSchema });

export const chainSchema = z.object({
  chain: z
    .object({
      chainId: countField.meta({ examples: [31_337] }),
      contract: addressField.meta({ examples: [contract] }),
      token: addressField.meta({ examples: [token] }),
      currency: z.string().meta({ examples: ["TEST"] }),
      unit: amountField.meta({ examples: ["1"] }),
      confirmations: countField.meta({ examples: [12] }),
      meter: addressField,
      head: countField.nullable().meta({ description: "The newest block that was read.", examples: [42] }),
      error: z
        .string()
        .nullable()
        .meta({ description: "Why the chain could not be asked last; null when it could.", examples: [null] }),
    })
    .meta({ id: "Chain" }),
});

export const challengeSchema = z
  .strictObject({
    address: z
      .string()
      .regex(hex(20), "expected 0x and 40 hexadecimal digits")
      .meta({ description: "The wallet to be linked.", examples: [student] }),
  })
  .meta({ id: "WalletChallenge" });

export const challengedSchema = z
  .object({
    message: z
      .string()
      .meta({ description: "EIP-4361. Sign exactly this.", examples: ["calls.example.com wants you to sign in …"] }),
    expiresAt: timeField.meta({ examples: ["2026-03-01T12:10:00.000Z"] }),
  })
  .meta({ id: "WalletChallenged" });

export const linkSchema = z
  .strictObject({
    message: z
      .string()
      .min(1)
      .max(2000)
      .meta({ examples: ["calls.example.com wants you to sign in …"] }),
    signature: z
      .string()
      .regex(/^0x([0-9a-fA-F]{2}){1,4096}$/, "expected 0x and hexadecimal digits")
      .meta({ examples: [`0x${"c3".repeat(65)}`] }),
  })
  .meta({ id: "LinkWallet" });

const linkedWalletSchema = z
  .object({
    address: addressField.meta({ examples: [student] }),
    linkedAt: timeField.meta({ examples: ["2026-03-01T12:00:30.000Z"] }),
  })
  .meta({ id: "LinkedWallet" });

export const linkedSchema = z.object({ wallet: linkedWalletSchema });
export const linkedListSchema = z.object({
  wallets: z.array(linkedWalletSchema).meta({ description: "The first one is used for new calls." }),
});
