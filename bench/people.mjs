// Who calls whom in the benchmark: payers with full wallets, payees, and the template database that holds them.

/** Every call is opened for so long at so much: the hold is 300 coins. */
export const terms = { estimatedMinutes: 30, pricePerMinute: 10n };
/** What every payer has to begin with. */
export const openingCoins = 1_000_000n;

const batch = 5_000;

/** Two people at random, who have never to wait for each other on purpose. */
export function pickPair(people, random = Math.random) {
  return { payerId: `payer-${Math.floor(random() * people)}`, payeeId: `payee-${Math.floor(random() * people)}` };
}

/**
 * Tops up every payer, opens every payee's wallet, and introduces all of them, through the same door as the product.
 * @param ledger the module server/ledger/transfers
 */
export async function preload(db, ledger, people, now) {
  for (let from = 0; from < people; from += batch) {
    const numbers = Array.from({ length: Math.min(batch, people - from) }, (_, i) => from + i);
    const accounts = numbers.flatMap((n) =>
      [`payer-${n}`, `payee-${n}`].map((id) => ({ subject: null, id: `wallet:${id}`, kind: "wallet", ownerId: id })),
    );
    const transfers = numbers.map((n) => ({
      subject: `topup_bench-${n}`,
      name: "top_up",
      kind: "top_up",
      from: "external",
      to: `wallet:payer-${n}`,
      amount: openingCoins,
    }));
    const refused = await ledger.postTransfers(db, { accounts, transfers, now });
    if (refused.length > 0) throw new Error(`${refused.length} top-ups were refused, the first: ${refused[0].code}`);
  }
  await db.query(
    `insert into users (id, name, role)
       select side.name || '-' || n, initcap(side.name) || ' ' || n, side.role
         from generate_series(0, $1::int - 1) n cross join (values ('payer', 'fan'), ('payee', 'creator')) side(name, role)`,
    [people],
  );
  await db.execute("vacuum analyze");
}
