// The sandbox's chain: free coins, requests passed on so that browsers need no other port, and what the lab shows of it.
import { escrowAbi } from "@fairminute/contracts";
import type { ErrorCode } from "@fairminute/core";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { chainViewSchema, fundedSchema, fundSchema, rpcAnswerSchema, rpcSchema } from "../schemas/sandbox-chain.ts";

const rpcUrl = "/api/sandbox/chain/rpc";
const shared = { tag: "Sandbox", who: "anyone", errors: ["invalid_request"] as ErrorCode[] } as const;

/** `GET /api/sandbox/chain`, its `rpc`, and the faucet. None of them without a chain that was started for the sandbox. */
export function sandboxChainRoutes({ sandboxChain: chain }: AppDeps): Route[] {
  if (chain === undefined) return [];
  return [
    route({
      ...shared,
      method: "GET",
      url: "/api/sandbox/chain",
      id: "readSandboxChain",
      summary: "Look at the sandbox's chain",
      description: "The escrow with its ABI, who has what, and what happened on it.",
      answer: chainViewSchema,
      answers: "The chain.",
      run: async () => ({ ...(await chain.read()), rpcUrl, abi: [...escrowAbi] }),
    }),
    route({
      ...shared,
      method: "POST",
      url: rpcUrl,
      id: "askSandboxChain",
      summary: "Ask the sandbox's chain",
      description:
        "JSON-RPC, passed on to the chain and back. What would use its accounts or move its time is refused.",
      body: rpcSchema,
      answer: rpcAnswerSchema,
      answers: "The chain's answer.",
      run: ({ body }) => chain.pass(body),
    }),
    route({
      ...shared,
      method: "POST",
      url: "/api/sandbox/faucet",
      id: "fundAddress",
      summary: "Give an address coins",
      description: "Ten coins for gas and a hundred test tokens, worth nothing anywhere.",
      body: fundSchema,
      answer: fundedSchema,
      answers: "The transaction that made the tokens.",
      run: ({ body }) => chain.fund(body.address),
    }),
  ];
}
