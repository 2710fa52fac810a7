// The server's routes for calls that are paid on a chain, over the client's own way of asking.
import type { LearnTime } from "../client/client.ts";
import type { Request } from "../client/request.ts";
import type { CallJson } from "../client/wire.ts";
import type { ChainJson, EscrowJson, Hex, PaymentAnswerJson, SandboxChainJson, WalletLinkJson } from "./wire.ts";

export type ChainRoutes = ReturnType<typeof createChainRoutes>;

/** Makes the routes over one client's `request`; with its `learnTime` what is open now is read by the server's clock. */
export function createChainRoutes(request: Request, learnTime: LearnTime = (ask) => ask()) {
  return {
    /** How a call stands on the chain. */
    readEscrow: (callId: string) =>
      learnTime(() =>
        request<{ escrow: EscrowJson }>("GET", `/api/calls/${encodeURIComponent(callId)}/escrow`).then(
          ({ escrow }) => escrow,
        ),
      ),
    /** The chain that calls are paid on, and the usual price. */
    readChain: () => request<{ chain: ChainJson }>("GET", "/api/chain").then(({ chain }) => chain),
    /** A call to a tutor that is paid from an escrow. Refused with wallet_not_linked, naming whose. */
    callTutor: (wish: { creatorId: string; estimatedMinutes: number; languageId?: number }) =>
      request<{ call: CallJson }>("POST", "/api/calls/initiate", { ...wish, preset: "tutoring-onchain" }).then(
        ({ call }) => call,
      ),
    /** Tells the server of a transaction. It looks for itself; telling it again changes nothing. */
    tellPayment: (word: { sessionId: string; userAddress: string; transactionHash: string }) =>
      request<PaymentAnswerJson>("POST", "/api/webrtc-session-ended", word, { repeatable: true }),

    /** The wallet that was linked last: new calls are paid from it, or to it. */
    readWallet: () =>
      request<{ wallets: WalletLinkJson[] }>("GET", "/api/wallets").then(({ wallets }) => wallets[0] ?? null),
    /** The sentence that proves, signed, whose wallet it is (EIP-4361). */
    askChallenge: (address: string) =>
      request<{ message: string; expiresAt: string }>(
        "POST",
        "/api/wallets/challenge",
        { address },
        { repeatable: true },
      ),
    linkWallet: (proof: { message: string; signature: Hex }) =>
      request<{ wallet: WalletLinkJson }>("POST", "/api/wallets", proof).then(({ wallet }) => wallet),

    /** Sandbox only: gas and test tokens out of nowhere. */
    fundAddress: (address: string) =>
      request<{ transactionHash: Hex; tokens: string }>(
        "POST",
        "/api/sandbox/faucet",
        { address },
        { repeatable: true },
      ),
    readSandboxChain: () => request<SandboxChainJson>("GET", "/api/sandbox/chain"),
  };
}
