// The lifecycle inside one process: the charging hall on PostgreSQL, called as a function.
import { randomBytes } from "node:crypto";
import { runClosedLoop } from "./closed-loop.mjs";
import { pickPair, terms } from "./people.mjs";
import { createStoryClock } from "./story-clock.mjs";
import { verifyCalls } from "./verify.mjs";

/** A browser's join, as the realtime room records it: the connection, and the proof that its own message gives. */
function joined(userId, connectionId, at) {
  const evidence = { userId, connectionId, reason: null, occurredAt: at };
  return [
    { ...evidence, id: `joined:${connectionId}`, type: "participant.joined", source: "signalling", untilAt: null },
    { ...evidence, id: `seen:${connectionId}:${at}`, type: "participant.seen", source: "proof", untilAt: at },
  ];
}

/** @param server the built modules of the server (see server-modules.mjs) */
export async function openInProcess({ url, server, people, lanes }) {
  // What the product opens; the lanes, the clock and reads share it.
  const db = server.openPostgres(url, { connections: 10 });
  const clock = createStoryClock();
  const ids = server.createIds(clock.now, randomBytes);
  const faults = [];
  const charging = server.createCharging({
    db,
    now: clock.now,
    nextId: ids.next,
    lanes,
    onWritten: () => {},
    onFault: (error) => faults.push(error),
  });
  let opened = 0;
  let charged = 0;

  async function lifecycle(step) {
    const { payerId, payeeId } = pickPair(people);
    const request = { ...terms, payerId, payeeId, minimumMinutes: 5, autoAccept: false };
    const { id } = await step("open", () => charging.openCall(request));
    opened += 1;
    await step("accept", () => charging.commandCall(id, { kind: "accept", userId: payeeId }));
    for (const userId of [payerId, payeeId]) {
      const evidence = joined(userId, ids.next("conn"), clock.now());
      await step("join", () => charging.recordEvents(id, evidence));
    }
    const ended = await step("end", () => charging.commandCall(id, { kind: "end", userId: payerId }));
    if (ended.status !== "completed" || ended.settledAt === null)
      throw new Error(`${id} is ${ended.status} after its end`);
    charged += ended.actualCoins;
  }

  return {
    async run(inFlight, seconds) {
      clock.share(inFlight);
      return runClosedLoop({ inFlight, seconds, lifecycle, onCommand: clock.tick });
    },
    /** @returns the sentence of the first thing that is wrong, or null */
    async verify() {
      if (faults.length > 0) return `${faults.length} faults, the first: ${faults[0]}`;
      return verifyCalls({ db, server, people, now: clock.now(), opened, charged });
    },
    async close() {
      await charging.close();
      await db.close();
    },
  };
}
