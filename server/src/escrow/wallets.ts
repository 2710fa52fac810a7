// Whose wallet is whose: proved by a signed message (EIP-4361) with a challenge that is used once.
import { FairminuteError } from "@fairminute/core";
import { type Address, getAddress, type Hex } from "viem";
import { createSiweMessage, parseSiweMessage } from "viem/siwe";
import type { Chain } from "../chain/chain.ts";
import type { Database, Queryable } from "../db/database.ts";

/** How long a challenge may be answered. */
const CHALLENGE_MS = 10 * 60_000;
const STATEMENT = "Link this wallet to your account. It costs nothing and moves nothing.";

export interface WalletJson {
  address: string;
  linkedAt: string;
}

export interface Wallets {
  /** What a user has to sign to prove that an address is theirs. `origin` is the address of the site that they see. */
  challenge(userId: string, address: string, origin: string): Promise<{ message: string; expiresAt: string }>;
  /**
   * Links the wallet of a signed challenge.
   * @throws FairminuteError invalid_signature (also for a challenge that is unknown, used, late or somebody else's), wallet_taken
   */
  link(userId: string, message: string, signature: Hex): Promise<WalletJson>;
  /** The user's wallets, the one that is used for new calls first. */
  list(userId: string): Promise<WalletJson[]>;
}

export interface WalletsWorld {
  db: Database;
  chain: Pick<Chain, "chainId" | "isSignedBy">;
  now: () => number;
  /** Letters and digits that nobody can guess. */
  newNonce: () => string;
}

const toJson = (row: { address: string; linked_at: bigint }): WalletJson => ({
  address: row.address,
  linkedAt: new Date(Number(row.linked_at)).toISOString(),
});

/** The wallet that each of these users has for new calls. */
export async function readWalletsOf(db: Queryable, userIds: readonly string[]): Promise<Map<string, Address>> {
  const rows = await db.query<{ user_id: string; address: Address }>(
    "select user_id, address from linked_wallets where user_id = any($1) order by linked_at, address",
    [userIds],
  );
  return new Map(rows.map(({ user_id, address }) => [user_id, address]));
}

const refuse = (message: string, param: string) => new FairminuteError("invalid_signature", message, { param });

function createLink({ db, chain, now }: WalletsWorld): Wallets["link"] {
  return async (userId, message, signature) => {
    const { nonce } = parseSiweMessage(message);
    // Taken before it is looked at: whatever comes of it, it is used.
    const [known] = await db.query<{ user_id: string; address: Address; message: string; expires_at: bigint }>(
      "delete from wallet_challenges where nonce = $1 returning user_id, address, message, expires_at",
      [nonce ?? ""],
    );
    if (known === undefined || known.user_id !== userId || known.message !== message) {
      throw refuse("message is no challenge of yours that is still to be answered; ask for a new one", "message");
    }
    if (Number(known.expires_at) <= now()) throw refuse("the challenge is too old; ask for a new one", "message");
    if (!(await chain.isSignedBy(known.address, message, signature))) {
      throw refuse(`signature is not that of ${known.address} under this message`, "signature");
    }
    const [row] = await db.query<{ address: string; user_id: string; linked_at: bigint }>(
      `insert into linked_wallets (address, user_id, linked_at) values ($1, $2, $3)
       on conflict (address) do update set linked_at = case when linked_wallets.user_id = $2 then $3 else linked_wallets.linked_at end
       returning address, user_id, linked_at`,
      [known.address, userId, now()],
    );
    if (row === undefined || row.user_id !== userId) {
      throw new FairminuteError("wallet_taken", `${known.address} is linked to somebody else`, { param: "message" });
    }
    return toJson(row);
  };
}

export function createWallets(world: WalletsWorld): Wallets {
  const { db, chain, now, newNonce } = world;
  return {
    async challenge(userId, given, origin) {
      const address = getAddress(given.toLowerCase());
      const { host: domain, href: uri } = new URL(origin);
      const nonce = newNonce();
      const expiresAt = now() + CHALLENGE_MS;
      const times = { issuedAt: new Date(now()), expirationTime: new Date(expiresAt) };
      const { chainId } = chain;
      const text = { address, chainId, domain, nonce, statement: STATEMENT, uri, version: "1" as const, ...times };
      const message = createSiweMessage(text);
      await db.query("delete from wallet_challenges where expires_at < $1", [now()]);
      await db.query(
        "insert into wallet_challenges (nonce, user_id, address, message, expires_at) values ($1, $2, $3, $4, $5)",
        [nonce, userId, address, message, expiresAt],
      );
      return { message, expiresAt: new Date(expiresAt).toISOString() };
    },
    link: createLink(world),
    async list(userId) {
      const rows = await db.query<{ address: string; linked_at: bigint }>(
        "select address, linked_at from linked_wallets where user_id = $1 order by linked_at desc, address desc",
        [userId],
      );
      return rows.map(toJson);
    },
  };
}
