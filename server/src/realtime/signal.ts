// Offers, answers and ICE candidates, carried from one connection of a call to another, on this server or any other.
import { FairminuteError } from "@fairminute/core";
import { putNotice } from "../outbox/notices.ts";
import type { Channel, Member } from "./channel.ts";
import type { Directory } from "./directory.ts";
import type { Signal } from "./messages.ts";
import { readPeers } from "./peers.ts";
import { requireMember } from "./reach.ts";
import type { RealtimeWorld } from "./world.ts";

/**
 * Relays a signal. On this server directly; to another one as a notice for that connection alone, which its courier
 * reads like every other news.
 * Refuses with `not_found` (param `to`) when no open connection of this call has that id.
 */
export async function relaySignal(
  world: RealtimeWorld,
  directory: Directory,
  channel: Channel,
  signal: Signal,
): Promise<void> {
  const { callId, to, ...content } = signal;
  const own = await requireMember(world, channel, callId);
  const sent = { from: own.connectionId, fromUserId: channel.userId, ...content };
  const target = directory.member(to);
  if (target !== undefined) {
    if (target.callId !== callId || target === own) throw unknownPeer();
    emitSignal(target, { callId, ...sent });
    return;
  }
  if (!own.remotePeers.has(to)) {
    // Unknown so far: joined after this one looked. The evidence decides, here as everywhere.
    const peers = readPeers(await world.charging.readLive(callId, channel.userId), channel.userId, world.clock.now());
    own.remotePeers = new Set(peers.map((peer) => peer.connectionId));
    if (!own.remotePeers.has(to)) throw unknownPeer();
  }
  await putNotice(world.db, { callId, audience: [`connection:${to}`], type: "signal", data: sent }, world.clock.now());
}

/** Gives a signal to a connection of this server, at once or as soon as its browser knows that it has joined. */
export function emitSignal(target: Member, signal: Record<string, unknown>): void {
  if (target.early === null) target.channel.socket.emit("signal", signal);
  else if (target.early.length < earlyMax) target.early.push(signal);
}

/** What may wait for a browser whose join is under way. */
const earlyMax = 200;

function unknownPeer(): FairminuteError {
  return new FairminuteError("not_found", "No other connection of this call has that id now.", { param: "to" });
}
