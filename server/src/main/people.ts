// The people a sandbox is born with: two creators and two fans, who get their first coins once.
import type { Database } from "../db/database.ts";
import { creditWallet } from "../ledger/outside.ts";
import { readWallet } from "../ledger/wallet.ts";
import { defaultCreatorSettings, readCreatorSettings, writeCreatorSettings } from "../people/creator-settings.ts";
import { readUser, rememberUser } from "../people/users.ts";

interface Born {
  id: string;
  name: string;
  /** Creators: coins a minute. Fans: coins to begin with. */
  coins: bigint;
}

const creators: readonly Born[] = [
  { id: "mia", name: "Mia Torres", coins: 10n },
  { id: "noor", name: "Noor Haddad", coins: 25n },
];
const fans: readonly Born[] = [
  { id: "leo", name: "Leo Brandt", coins: 500n },
  { id: "ana", name: "Ana Silva", coins: 500n },
];

/** Somebody to try the sandbox with. */
export interface Welcome {
  userId: string;
  name: string;
  role: string;
  /** What there is to know: a creator's price, a fan's coins. */
  says: string;
}

/**
 * Makes the sandbox's people if they are not there. Safe to repeat and safe with several servers.
 * @param now ms since the epoch
 * @returns the two to try first, as they now are
 */
export async function welcomePeople(db: Database, now: number): Promise<Welcome[]> {
  for (const { id, name, coins } of creators) {
    if ((await readUser(db, id)) !== null) continue;
    await writeCreatorSettings(db, id, { ...defaultCreatorSettings, callRatePerMinute: coins }, now);
    await rememberUser(db, { id, name, role: "creator" });
  }
  for (const { id, name, coins } of fans) {
    if ((await readUser(db, id)) === null) await rememberUser(db, { id, name, role: "fan" });
    await creditWallet(db, { userId: id, amount: coins, key: `welcome_${id}`, now, memo: "welcome" });
  }
  const mia = await readCreatorSettings(db, "mia");
  const leo = await readWallet(db, "leo");
  return [
    { userId: "mia", name: "Mia Torres", role: "creator", says: `${mia?.callRatePerMinute} coins a minute` },
    { userId: "leo", name: "Leo Brandt", role: "fan", says: `${leo.available} coins` },
  ];
}
