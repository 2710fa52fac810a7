// The naive version of the call lifecycle: one transaction a command, rows locked, checked, inserted and updated one by one.
import { randomUUID } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { calls, events, holds, keys, ledger, statements, wallets } from "./schema.mjs";

export const platform = "platform";
const platformShare = 5n;

/** One command, once: a key that is known is answered as before, all in the command's own transaction. */
function once(db, key, work) {
  return db.transaction(async (tx) => {
    const [known] = await tx.select().from(keys).where(eq(keys.key, key));
    if (known !== undefined) return known.answer;
    const answer = await work(tx, new Date());
    await tx.insert(keys).values({ key, answer, createdAt: new Date() });
    return answer;
  });
}

async function lockCall(tx, id, statuses) {
  const [call] = await tx.select().from(calls).where(eq(calls.id, id)).for("update");
  if (call === undefined) throw new Error(`there is no call ${id}`);
  if (!statuses.includes(call.status)) throw new Error(`call ${id} is ${call.status}`);
  return call;
}

/** A call as an answer: amounts as numbers, because JSON knows no bigint. */
function toAnswer(call) {
  return Object.fromEntries(
    Object.entries(call).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );
}

async function change(tx, call, values) {
  const [changed] = await tx.update(calls).set(values).where(eq(calls.id, call.id)).returning();
  return changed;
}

function open(db, { payerId, payeeId, estimatedMinutes, pricePerMinute }, key) {
  return once(db, key, async (tx, now) => {
    const amount = BigInt(estimatedMinutes) * pricePerMinute;
    const [wallet] = await tx.select().from(wallets).where(eq(wallets.userId, payerId)).for("update");
    if (wallet === undefined || wallet.balance < amount) throw new Error(`${payerId} cannot pay ${amount}`);
    const balance = wallet.balance - amount;
    await tx
      .update(wallets)
      .set({ balance, held: wallet.held + amount })
      .where(eq(wallets.userId, payerId));
    const id = randomUUID();
    const row = { id, payerId, payeeId, status: "pending", ratePerMinute: pricePerMinute, estimatedMinutes };
    const [call] = await tx
      .insert(calls)
      .values({ ...row, heldCoins: amount, roomName: `room-${id}`, requestedAt: now })
      .returning();
    await tx
      .insert(holds)
      .values({ id: randomUUID(), callId: id, userId: payerId, amount, status: "open", createdAt: now });
    await tx
      .insert(ledger)
      .values({ userId: payerId, callId: id, kind: "hold", amount: -amount, balanceAfter: balance, createdAt: now });
    await tx.insert(events).values({ callId: id, type: "call.requested", userId: payerId, occurredAt: now });
    return toAnswer(call);
  });
}

function accept(db, id, userId, key) {
  return once(db, key, async (tx, now) => {
    const call = await lockCall(tx, id, ["pending"]);
    if (call.payeeId !== userId) throw new Error("only the payee can accept");
    await tx.insert(events).values({ callId: id, type: "call.accepted", userId, occurredAt: now });
    return toAnswer(await change(tx, call, { status: "accepted", acceptedAt: now }));
  });
}

function join(db, id, userId, connectionId, key) {
  return once(db, key, async (tx, now) => {
    const call = await lockCall(tx, id, ["accepted", "active"]);
    await tx.insert(events).values({ callId: id, type: "participant.joined", userId, connectionId, occurredAt: now });
    await tx.insert(events).values({ callId: id, type: "participant.seen", userId, connectionId, occurredAt: now });
    const isPayer = userId === call.payerId;
    const both = (isPayer ? call.payeeJoinedAt : call.payerJoinedAt) !== null;
    const joined = isPayer ? { payerJoinedAt: now } : { payeeJoinedAt: now };
    return toAnswer(await change(tx, call, both ? { ...joined, status: "active", startedAt: now } : joined));
  });
}

/** The charge: started minutes, at least one, never more than the hold. */
function chargeOf(call, now) {
  const minutes = Math.max(1, Math.ceil((now.getTime() - call.startedAt.getTime()) / 60_000));
  const charge = BigInt(minutes) * call.ratePerMinute;
  return charge < call.heldCoins ? charge : call.heldCoins;
}

function end(db, id, userId, key) {
  return once(db, key, async (tx, now) => {
    const call = await lockCall(tx, id, ["active"]);
    const [hold] = await tx.select().from(holds).where(eq(holds.callId, id)).for("update");
    const charge = chargeOf(call, now);
    const fee = charge / platformShare;
    const ids = [call.payerId, call.payeeId, platform].sort();
    const rows = await tx
      .select()
      .from(wallets)
      .where(inArray(wallets.userId, ids))
      .orderBy(wallets.userId)
      .for("update");
    const moves = [
      { userId: call.payerId, kind: "release", amount: hold.amount - charge, held: -hold.amount },
      { userId: call.payeeId, kind: "earning", amount: charge - fee, held: 0n },
      { userId: platform, kind: "fee", amount: fee, held: 0n },
    ];
    for (const { userId: owner, kind, amount, held } of moves) {
      const wallet = rows.find((row) => row.userId === owner);
      const balance = wallet.balance + amount;
      await tx
        .update(wallets)
        .set({ balance, held: wallet.held + held })
        .where(eq(wallets.userId, owner));
      await tx
        .insert(ledger)
        .values({ userId: owner, callId: id, kind, amount, balanceAfter: balance, createdAt: now });
    }
    await tx.update(holds).set({ status: "settled", settledAt: now }).where(eq(holds.id, hold.id));
    await tx.insert(events).values({ callId: id, type: "hangup", userId, occurredAt: now });
    const durationSeconds = Math.floor((now.getTime() - call.startedAt.getTime()) / 1000);
    return toAnswer(
      await change(tx, call, {
        status: "completed",
        endedAt: now,
        endedBy: userId,
        durationSeconds,
        actualCoins: charge,
      }),
    );
  });
}

/** @param connections how many commands may be at the database at once */
export async function openCalls(url, connections) {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  pool.on("error", () => {});
  const db = drizzle(pool);
  return {
    open: (request, key) => open(db, request, key),
    accept: (id, userId, key) => accept(db, id, userId, key),
    join: (id, userId, connectionId, key) => join(db, id, userId, connectionId, key),
    end: (id, userId, key) => end(db, id, userId, key),
    async makeTables() {
      for (const statement of statements) await pool.query(statement);
    },
    query: (text, values) => pool.query(text, values).then(({ rows }) => rows),
    close: () => pool.end(),
  };
}
