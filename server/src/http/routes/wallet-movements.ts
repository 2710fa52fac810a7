// What comes into wallets from outside and goes out of them, by the word of the app's backend: it took the money, or pays it out.
import type { Queryable } from "../../db/database.ts";
import { creditWallet, type Movement, payOut, transferIdOf } from "../../ledger/outside.ts";
import { readWallet, type WalletJson } from "../../ledger/wallet.ts";
import { putNotice } from "../../outbox/notices.ts";
import { rememberUser } from "../../people/users.ts";
import type { AppDeps } from "../deps.ts";
import { requireOperator } from "../operator.ts";
import { type Route, route } from "../route.ts";
import { movedSchema, movementSchema, walletParamsSchema } from "../schemas/wallet.ts";

/** The notice that goes with a movement. */
const tellOf = (userId: string, now: number) => (tx: Queryable) =>
  putNotice(tx, { audience: [userId], type: "wallet:updated", data: {} }, now);

/**
 * Puts coins into a wallet, once a key; calls that were about to run out of money are extended.
 * @returns the wallet as it now stands
 * @throws FairminuteError idempotency_key_reused
 */
export async function topUp(
  { charging, clock, courier, db }: AppDeps,
  credit: Omit<Movement, "now">,
): Promise<WalletJson> {
  const { userId } = credit;
  await rememberUser(db, { id: userId, name: null, role: null });
  const now = clock.now();
  await creditWallet(db, { ...credit, now }, tellOf(userId, now));
  // Also when the coins were there before: whoever sent it then may have died before it came to this.
  await charging.advanceCallsOf(userId);
  courier.poke();
  return readWallet(db, userId);
}

/** `POST /api/wallets/:userId/top-ups` and `/payouts`. */
export function walletMovementRoutes(deps: AppDeps): Route[] {
  const { clock, courier, db } = deps;
  const shared = {
    method: "POST",
    tag: "Wallet",
    who: "caller",
    needsKey: true,
    params: walletParamsSchema,
    body: movementSchema,
    answer: movedSchema,
  } as const;
  return [
    route({
      ...shared,
      url: "/api/wallets/:userId/top-ups",
      id: "topUpWallet",
      summary: "Put coins into a wallet",
      description:
        "With the secret key alone, when your payment provider says that a user has paid: its id of the payment makes a good " +
        "Idempotency-Key, so that a webhook told twice pays once. Calls that were about to run out of money are extended.",
      answers: "The wallet, and the top-up's id in its statement.",
      errors: ["forbidden", "idempotency_key_reused"],
      async run({ caller, params: { userId }, body, identity }) {
        requireOperator(caller, "put coins into wallets");
        const key = identity as string;
        const wallet = await topUp(deps, { userId, amount: BigInt(body.amount), key, memo: body.memo });
        return { transferId: transferIdOf("top_up", key), wallet };
      },
    }),
    route({
      ...shared,
      url: "/api/wallets/:userId/payouts",
      id: "payOutWallet",
      summary: "Take coins out of a wallet",
      description:
        "With the secret key alone: what a creator earned and you pay out, or a payment that was charged back. More than can be " +
        "spent is refused; what is held for calls stays with them.",
      answers: "The wallet, and the payout's id in its statement.",
      errors: ["forbidden", "insufficient_balance", "idempotency_key_reused"],
      async run({ caller, params: { userId }, body, identity }) {
        requireOperator(caller, "take coins out of wallets");
        const key = identity as string;
        const now = clock.now();
        await payOut(db, { userId, amount: BigInt(body.amount), key, now, memo: body.memo }, tellOf(userId, now));
        courier.poke();
        return { transferId: transferIdOf("payout", key), wallet: await readWallet(db, userId) };
      },
    }),
  ];
}
