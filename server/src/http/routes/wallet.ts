// The caller's wallet and its statement.
import { listTransfers, readWallet } from "../../ledger/wallet.ts";
import { actingUser } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import { transferPageSchema, transferQuerySchema, walletSchema } from "../schemas/wallet.ts";

/** `GET /api/wallet` and `/api/wallet/transfers`. */
export function walletRoutes({ db }: AppDeps): Route[] {
  const shared = { method: "GET", tag: "Wallet", who: "caller" } as const;
  return [
    route({
      ...shared,
      url: "/api/wallet",
      id: "readWallet",
      summary: "Read your wallet",
      description: "What you can spend, what is held for calls, and what calls have paid you.",
      answer: walletSchema,
      answers: "The wallet.",
      errors: [],
      run: ({ caller }) => readWallet(db, actingUser(caller)),
    }),
    route({
      ...shared,
      url: "/api/wallet/transfers",
      id: "listTransfers",
      summary: "Read your statement",
      description: "Every transfer of your wallet, newest first, in pages.",
      query: transferQuerySchema,
      answer: transferPageSchema,
      answers: "A page of transfers.",
      errors: ["invalid_cursor"],
      run: ({ caller, query }) => listTransfers(db, actingUser(caller), { limit: query.limit, cursor: query.cursor }),
    }),
  ];
}
