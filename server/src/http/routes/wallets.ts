// Linking a wallet on the chain: a challenge, its signature, and the list.
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { createRateLimit } from "../rate-limit.ts";
import { type Route, route } from "../route.ts";
import { challengedSchema, challengeSchema, linkedListSchema, linkedSchema, linkSchema } from "../schemas/chain.ts";

/** Where a server that knows no address of its own is reached; wallets show it. */
const somewhere = "http://localhost";

/** `POST /api/wallets/challenge`, `POST /api/wallets` and `GET /api/wallets`. None of them without a chain. */
export function walletLinkRoutes({ clock, config, escrow }: AppDeps): Route[] {
  if (escrow === undefined) return [];
  const { wallets } = escrow;
  const shared = { tag: "Chain", who: "caller" } as const;
  const limit = { burst: 10, everyMs: 6000 };
  const countChallenge = createRateLimit(limit, clock);
  const countLink = createRateLimit(limit, clock);
  return [
    route({
      ...shared,
      method: "POST",
      url: "/api/wallets/challenge",
      id: "challengeWallet",
      summary: "Ask for a message that proves a wallet",
      description: "Good for ten minutes and one answer. Signing it costs nothing and moves nothing.",
      body: challengeSchema,
      answer: challengedSchema,
      answers: "The message.",
      errors: ["rate_limited"],
      async run({ caller, body, origin }) {
        countChallenge(caller);
        return wallets.challenge(actingUser(caller), body.address, config.publicUrl ?? origin ?? somewhere);
      },
    }),
    route({
      ...shared,
      method: "POST",
      url: "/api/wallets",
      id: "linkWallet",
      summary: "Link a wallet",
      description:
        "With the signed message of a challenge. The wallet is then yours for new calls; an address belongs to one person, for ever.",
      body: linkSchema,
      answer: linkedSchema,
      answers: "The wallet.",
      errors: ["invalid_signature", "wallet_taken", "chain_unavailable", "rate_limited"],
      async run({ caller, body }) {
        countLink(caller);
        const signature = body.signature as `0x${string}`;
        return { wallet: await wallets.link(actingUser(caller), body.message, signature) };
      },
    }),
    route({
      ...shared,
      method: "GET",
      url: "/api/wallets",
      id: "listLinkedWallets",
      summary: "List your linked wallets",
      description: "Yours alone.",
      answer: linkedListSchema,
      answers: "The wallets, the one that was linked last first.",
      errors: [],
      run: async ({ caller }) => ({ wallets: await wallets.list(actingUser(caller)) }),
    }),
  ];
}
