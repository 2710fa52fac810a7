// Who else is connected to a call, on any server: read from the call's evidence, never from this process's memory.
import { foldCall, readFacts } from "@fairminute/core";
import type { LiveJson } from "../charging/charging.ts";

export type Peer = { userId: string; connectionId: string };

/**
 * The open connections of the other people in a call, as of `at` (milliseconds).
 * Two tabs of one person are no peers: nobody wants to see themselves twice.
 */
export function readPeers(live: LiveJson, ownUserId: string, at: number): Peer[] {
  return foldCall(readFacts(live.facts), live.events, at)
    .connections.filter(({ userId, from, to }) => userId !== ownUserId && from !== null && to === null)
    .map(({ userId, connectionId }) => ({ userId, connectionId }));
}
