// Calls that are paid on a chain, and the wallets of their people. Amounts are decimal digits, in the token's smallest units.
import { z } from "zod";
import { idField, pageEnd, pageFields, timeField } from "./fields.ts";

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

const openedAt = "2026-03-01T12:00:05.000Z";
const reclaimableFrom = "2026-03-01T13:20:05.000Z";

/** Where the contract has a session. */
const standingSchema = z
  .object({
    status: z.enum(["none", "open", "claimed", "disputed", "closed"]).meta({
      description:
        "none: no deposit. open: its clock runs. claimed: the tutor stopped it and claims its time. disputed: the student contests " +
        "that. closed: everything is paid out.",
      examples: ["open"],
    }),
    openedAt: timeField.nullable().meta({
      description: "When the contract's clock began; null without a deposit, and while no node tells it.",
      examples: [openedAt],
    }),
    claimedSeconds: countField.nullable().meta({ description: "What the tutor claims.", examples: [null] }),
    until: timeField.nullable().meta({
      description:
        "The last second to dispute a claim, or for the meter to answer a dispute. Afterwards anybody may settle it.",
      examples: [null],
    }),
    reclaimableFrom: timeField.nullable().meta({
      description: "From then on the student may take the deposit back, if nobody has ended the session.",
      examples: [reclaimableFrom],
    }),
    disputeWindowSeconds: countField.nullable().meta({
      description: "For how long a claim may be disputed; null before the contract was asked.",
      examples: [3600],
    }),
  })
  .meta({ id: "ContractStanding" });

const strayDepositSchema = z
  .object({
    sessionId: z.string().meta({ examples: [`0x${"d4".repeat(32)}`] }),
    callId: z
      .string()
      .nullable()
      .meta({
        description: "The call that it names; null for none of ours.",
        examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"],
      }),
    misfit: z
      .object({
        field: z.string().meta({ examples: ["ratePerMinute"] }),
        found: z.string().meta({ examples: ["500000"] }),
        expected: z.string().meta({ examples: ["600000"] }),
      })
      .nullable()
      .meta({
        description:
          "The first field that is not what was agreed for that call; null where there is no call, or where it fits.",
      }),
    student: addressField.meta({ examples: [student] }),
    studentId: z
      .string()
      .nullable()
      .meta({ description: "Whose linked wallet it is.", examples: ["leo"] }),
    tutor: addressField,
    tutorId: z
      .string()
      .nullable()
      .meta({ examples: ["mia"] }),
    token: addressField.meta({ examples: [token] }),
    ratePerMinute: amountField.meta({ examples: ["500000"] }),
    maxSeconds: z.string().meta({ examples: ["1200"] }),
    depositAmount: amountField.meta({ examples: ["10000000"] }),
    transactionHash: hashField,
    blockNumber: countField.meta({ examples: [41] }),
    inContract: standingSchema,
  })
  .meta({
    id: "StrayDeposit",
    description: "A deposit that is not closed and does not fund the call that is looked at.",
  });

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
    feeBasisPoints: countField.meta({ description: "The platform's part of every price.", examples: [2000] }),
    depositAmount: amountField,
    inContract: standingSchema,
    otherDeposits: z.array(strayDepositSchema).meta({
      description:
        "While the right deposit is missing: what the student has deposited on other terms, or what still runs with the same tutor. " +
        "It funds nothing here, and is ended or reclaimed by the student alone.",
      examples: [[]],
    }),
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
    serverTime: timeField.meta({
      description: "What is open now, and what later, is read by it.",
      examples: ["2026-03-01T12:10:30.000Z"],
    }),
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
      decimals: countField.nullable().meta({ description: "Of the token; null until it was asked.", examples: [6] }),
      pricePerMinute: amountField.meta({
        description: "The usual price, in the token's smallest units: whoever names no other pays it.",
        examples: ["600000"],
      }),
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

export const examinationQuerySchema = z.strictObject({
  limit: pageFields.limit.meta({ description: "How many calls are compared at most." }),
  cursor: pageFields.cursor,
  stuckAfterSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(300)
    .meta({ description: "A transaction that is in no block after so many seconds is stuck." }),
});

const stuckSendSchema = z
  .object({
    id: z.string().meta({ examples: ["voucher:call_01jd3v6k9q2m8r4t7w0x5y1z6a:1"] }),
    callId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    state: z.enum(["waiting", "sent", "mined", "done", "reverted", "replaced", "refused"]).meta({
      description:
        "waiting: without a number. sent: in no block yet. reverted: carried out without effect. replaced: somebody else used its " +
        "number. refused: the contract would refuse it, so it was not sent.",
      examples: ["sent"],
    }),
    nonce: countField.nullable().meta({ examples: [7] }),
    since: timeField.meta({ examples: ["2026-03-01T12:10:00.000Z"] }),
    versions: z
      .array(
        z.object({
          transactionHash: hashField,
          maxFeePerGas: amountField.meta({ description: "Wei.", examples: ["2000000000"] }),
          maxPriorityFeePerGas: amountField.meta({ examples: ["1000000000"] }),
          sentAt: timeField.meta({ examples: ["2026-03-01T12:10:01.000Z"] }),
        }),
      )
      .meta({ description: "What was signed under its number, the newest last." }),
    transactionHash: hashField.nullable(),
    lastError: z
      .string()
      .nullable()
      .meta({ description: "What the node said.", examples: [null] }),
  })
  .meta({ id: "StuckSend" });

export const examinationSchema = z
  .object({
    ok: z.boolean().meta({ description: "Whether this page has nothing to see to.", examples: [false] }),
    head: countField.nullable().meta({ description: "The newest block that was read.", examples: [42] }),
    compared: countField.meta({ description: "How many calls were compared for this page.", examples: [20] }),
    differences: z
      .array(
        z
          .object({
            callId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
            what: z.string().meta({ examples: ["what was paid"] }),
            chain: z
              .string()
              .meta({ description: "To the tutor + fee + to the student.", examples: ["4800000 + 1200000 + 6000000"] }),
            ledger: z.string().meta({ examples: ["0 + 0 + 0"] }),
          })
          .meta({ id: "ChainDifference" }),
      )
      .meta({ description: "Calls of this page whose ledger is not what the chain says, in units of the currency." }),
    stuckSends: z.array(stuckSendSchema),
    strayDeposits: z.array(strayDepositSchema),
    ...pageEnd,
  })
  .meta({ id: "ChainExamination" });
