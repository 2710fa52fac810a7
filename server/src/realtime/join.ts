// A browser enters a call: a new connection, proved by its own message, with everything it needs to find the others.
import { FairminuteError } from "@fairminute/core";
import { type CallJson, type LiveJson, requireFunded } from "../charging/charging.ts";
import type { IceServer } from "../providers/ice.ts";
import type { WebrtcProvider } from "../providers/webrtc.ts";
import type { Channel, Member } from "./channel.ts";
import type { Directory } from "./directory.ts";
import { type Peer, readPeers } from "./peers.ts";
import { isPolite } from "./polite.ts";
import { requireCallInReach } from "./reach.ts";
import type { RealtimeWorld } from "./world.ts";

/** What a browser is told when it has joined. */
export type JoinAnswer = {
  connectionId: string;
  /** Whether this person gives way when both make an offer at once. The same in every join of this person. */
  polite: boolean;
  peers: Peer[];
  iceServers: IceServer[];
  live: LiveJson;
};

/** Enough for a person with a call on hold; a socket with more of them is not somebody who talks. */
const callsMax = 4;

/**
 * Joins a call. Joining again on the same socket gives the same connection; on another socket (another tab, a reload, a
 * new network) it gives a new one.
 * Refuses with `call_not_found` (also for somebody who is no party), `call_not_accepted`, `call_already_ended`, `not_funded`,
 * `too_many_calls`.
 */
export async function join(
  room: { world: RealtimeWorld; directory: Directory; provider: WebrtcProvider },
  channel: Channel,
  callId: string,
): Promise<JoinAnswer> {
  const { world } = room;
  requireCallInReach(channel, callId);
  requireJoinable(await world.charging.readCall(callId, channel.userId));
  const member = channel.members.get(callId) ?? (await enter(world, room.directory, channel, callId));
  const live = await world.charging.readLive(callId, channel.userId);
  const peers = readPeers(live, channel.userId, world.clock.now());
  member.remotePeers = new Set(peers.map((peer) => peer.connectionId));
  const { payerId, payeeId, terms } = live.call;
  const otherUserId = channel.userId === payerId ? payeeId : payerId;
  return {
    connectionId: member.connectionId,
    polite: otherUserId !== null && isPolite(channel.userId, otherUserId),
    peers,
    iceServers: room.provider.readIceServers(channel.userId, terms.tariff.maximumDurationSeconds),
    live,
  };
}

async function enter(world: RealtimeWorld, directory: Directory, channel: Channel, callId: string): Promise<Member> {
  if (channel.members.size >= callsMax) {
    throw new FairminuteError("too_many_calls", `One socket can be in ${callsMax} calls at once.`);
  }
  const at = world.clock.now();
  const connectionId = world.ids.next("conn");
  const member: Member = {
    callId,
    connectionId,
    channel,
    joinedAt: at,
    recordedAt: at,
    remotePeers: new Set(),
    early: [],
  };
  const evidence = { userId: channel.userId, connectionId, reason: null, occurredAt: at };
  // Known here before it is in the log: the others hear of it at the commit, and their first signal may come at once.
  directory.addMember(member);
  try {
    const call = await world.charging.recordEvents(callId, [
      { ...evidence, id: `joined:${connectionId}`, type: "participant.joined", source: "signalling", untilAt: null },
      { ...evidence, id: `seen:${connectionId}:${at}`, type: "participant.seen", source: "proof", untilAt: at },
    ]);
    requireJoinable(call);
    return member;
  } catch (error) {
    directory.removeMember(member);
    throw error;
  }
}

/** The browser has its connection id now: it gets what was sent to it in the meantime, in order. */
export function openMember(member: Member): void {
  const early = member.early ?? [];
  member.early = null;
  for (const signal of early) member.channel.socket.emit("signal", signal);
}

function requireJoinable(call: CallJson): void {
  const { status } = call;
  if (status === "accepted" || status === "active") {
    requireFunded(call);
    return;
  }
  if (status === "pending") throw new FairminuteError("call_not_accepted", "The call has not been accepted yet.");
  throw new FairminuteError("call_already_ended", `The call is over (${status}).`);
}
