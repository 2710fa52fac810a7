// What the sandbox's chain takes and answers.
import { z } from "zod";

const addressField = z.string().meta({ examples: ["0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"] });
const hashField = z.string().meta({ description: "A transaction.", examples: [`0x${"5f".repeat(32)}`] });
const amountField = z
  .string()
  .meta({ description: "In the smallest unit, as decimal digits.", examples: ["12000000"] });

export const fundSchema = z
  .strictObject({
    address: z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/, "expected 0x and 40 hex digits")
      .meta({ description: "Who gets coins.", examples: ["0x90F79bf6EB2c4f870365E785982E1f101E93b906"] }),
  })
  .meta({ id: "FundAddress" });

export const fundedSchema = z.object({ transactionHash: hashField, tokens: amountField }).meta({ id: "FundedAddress" });

/** One request or several; whatever a chain is asked. */
export const rpcSchema = z
  .union([
    z.looseObject({ method: z.string() }),
    z
      .array(z.looseObject({ method: z.string() }))
      .min(1)
      .max(100),
  ])
  .meta({
    id: "ChainRequest",
    description: "A JSON-RPC 2.0 request, or several.",
    examples: [{ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] }],
  });

export const rpcAnswerSchema = z
  .unknown()
  .meta({ description: "The chain's answer, as it gave it.", examples: [{ jsonrpc: "2.0", id: 1, result: "0x2a" }] });

export const chainViewSchema = z
  .object({
    chainId: z.int().meta({ examples: [31_337] }),
    rpcUrl: z.string().meta({ description: "Where browsers reach the chain.", examples: ["/api/sandbox/chain/rpc"] }),
    contract: addressField,
    token: addressField,
    tokenSymbol: z.string().meta({ examples: ["FMTD"] }),
    decimals: z.int().meta({ examples: [6] }),
    block: z.object({ number: z.int(), time: z.int().meta({ description: "In seconds since 1970." }) }),
    abi: z.array(z.unknown()).meta({ description: "What the escrow can be asked and told.", examples: [[]] }),
    balances: z.array(z.object({ name: z.string(), address: addressField, coin: amountField, tokens: amountField })),
    events: z
      .array(
        z.object({
          name: z.string().meta({ examples: ["SessionStarted"] }),
          blockNumber: z.int(),
          transactionHash: hashField,
          logIndex: z.int(),
          arguments: z.record(z.string(), z.string()),
        }),
      )
      .meta({ description: "Of the escrow, newest first." }),
  })
  .meta({ id: "SandboxChain" });
