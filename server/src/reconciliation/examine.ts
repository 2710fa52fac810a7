// Asks every provider who is in its rooms and says where that differs from the log, without changing anything.
import { foldCall } from "@fairminute/core";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import { readCalls } from "../charging/write.ts";
import { providerConnections } from "./evidence.ts";
import { type LookWorld, ofCall, providerCallOf, providerOf } from "./world.ts";

/** What does not fit together at one call. */
export interface Finding {
  callId: string;
  provider: string;
  roomName: string;
  /**
   * unknown_connection: the provider shows somebody whom the log does not know. lost_connection: the log has somebody whom the
   * provider does not show. still_there: somebody is in the room of a call that is over. cannot_ask: the provider does not answer.
   */
  kind: "unknown_connection" | "lost_connection" | "still_there" | "cannot_ask";
  /** Whom it is about, or what the provider said. */
  what: string;
}

type Row = { call_id: string; provider: string; state: string };

async function examineCall(world: LookWorld, call: StoredCall, state: string): Promise<Finding[]> {
  const finding = (kind: Finding["kind"], what: string): Finding => ({
    callId: call.id,
    provider: call.provider,
    roomName: call.roomName,
    kind,
    what,
  });
  try {
    const provider = providerOf(world.providers, call.provider);
    if (provider.listPresence === null) return [];
    const present = ofCall(call, await world.ask(provider.listPresence(providerCallOf(call))));
    if (state !== "live") return present.map(({ userId }) => finding("still_there", userId));
    const open = providerConnections(foldCall(factsOf(call), call.events, world.now())).filter(({ to }) => to === null);
    const known = new Set(open.map(({ connectionId }) => connectionId));
    const shown = new Set(present.map(({ connectionId }) => connectionId));
    const name = ({ userId, connectionId }: { userId: string; connectionId: string }) => `${userId} (${connectionId})`;
    return [
      ...present.filter((one) => !known.has(one.connectionId)).map((one) => finding("unknown_connection", name(one))),
      ...open.filter((one) => !shown.has(one.connectionId)).map((one) => finding("lost_connection", name(one))),
    ];
  } catch (error) {
    return [finding("cannot_ask", error instanceof Error ? error.message : String(error))];
  }
}

const BATCH = 100;

/** @param take waits until one more question is allowed */
export async function examineAll(world: LookWorld, take: () => Promise<void>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let after = ""; ; ) {
    const rows = await world.db.query<Row>(
      `select p.call_id, p.provider, p.state from provider_calls p join calls c on c.id = p.call_id
        where p.state <> 'closed' and c.status <> 'pending' and p.call_id > $1 order by p.call_id limit ${BATCH}`,
      [after],
    );
    const ids = rows.map(({ call_id: id }) => id);
    const calls = new Map((await readCalls(world.db, ids)).map((call) => [call.id, call]));
    for (const { call_id: id, state } of rows) {
      const call = calls.get(id);
      if (call === undefined) continue;
      await take();
      findings.push(...(await examineCall(world, call, state)));
    }
    const last = ids.at(-1);
    if (last === undefined) return findings;
    after = last;
  }
}
