// News that the courier brings, given to the sockets of this server that it is meant for.
import { asSeenBy, type CallJson } from "../charging/charging.ts";
import type { Notice } from "../outbox/courier.ts";
import type { Channel } from "./channel.ts";
import type { Directory } from "./directory.ts";
import { emitSignal } from "./signal.ts";

const everyone = "everyone";
const toConnection = "connection:";
const endings = new Set(["call:ended", "call:cancelled", "call:rejected", "call:missed"]);

/**
 * Delivers one notice. Every server gets every notice and keeps what is for its own sockets.
 * On the wire it is an event named by its type, with `{ ...data, callId, seq, serverTime }`; `serverTime` is `now`, in
 * milliseconds. The `webrtc:…` events carry exactly the fields that their listeners know, and not the call; where it is paid on
 * a chain, tutor and student are named by their wallets.
 */
export function deliver(directory: Directory, notice: Notice, now: number): void {
  if (notice.type === "signal") {
    deliverSignal(directory, notice);
    return;
  }
  const { call, exact, wallets } = readData(notice.data);
  const stamp = { callId: notice.callId, seq: Number(notice.id), serverTime: now };
  const isForOthers = notice.type.startsWith("webrtc:");
  const payload = isForOthers ? { ...exact, ...wallets } : { ...exact, ...(call && { call }), ...stamp };
  for (const channel of audienceOf(directory, notice.audience)) {
    if (isMeantFor(channel, notice)) channel.socket.emit(notice.type, ownView(payload, channel.userId));
  }
  if (endings.has(notice.type)) closeCall(directory, notice.callId);
}

/** A notice's own fields, its call, and the wallets of a call that is paid on a chain. */
function readData(data: Record<string, unknown>) {
  const { call: given, ...exact } = data as { call?: Record<string, unknown> };
  const { onChain: wallets, ...call } = (given ?? {}) as { onChain?: object };
  return { exact, wallets, call: given && call };
}

/** Whether a notice is for anybody on this server, or about a call that somebody is in here. */
export function concerns(directory: Directory, { audience, callId }: Notice): boolean {
  if (callId !== null && directory.membersOf(callId).size > 0) return true;
  return audience.some(
    (name) =>
      name === everyone ||
      directory.channelsOf(name).size > 0 ||
      (name.startsWith(toConnection) && directory.member(name.slice(toConnection.length)) !== undefined),
  );
}

function deliverSignal(directory: Directory, notice: Notice): void {
  for (const name of notice.audience) {
    const target = name.startsWith(toConnection) ? directory.member(name.slice(toConnection.length)) : undefined;
    if (target !== undefined && target.callId === notice.callId)
      emitSignal(target, { callId: notice.callId, ...notice.data });
  }
}

function audienceOf(directory: Directory, audience: readonly string[]): Iterable<Channel> {
  if (audience.includes(everyone)) return directory.channels();
  const channels = new Set<Channel>();
  for (const name of audience) {
    const member = name.startsWith(toConnection) ? directory.member(name.slice(toConnection.length)) : undefined;
    if (member !== undefined) channels.add(member.channel);
    for (const channel of directory.channelsOf(name)) channels.add(channel);
  }
  return channels;
}

/** The call of a piece of news, for one of those who hear it. */
function ownView(payload: Record<string, unknown>, userId: string): Record<string, unknown> {
  const { call } = payload as { call?: CallJson };
  return call === undefined ? payload : { ...payload, call: asSeenBy(call, userId) };
}

/** A socket with a join token hears of its one call only; and nobody is a peer of themselves. */
function isMeantFor(channel: Channel, { callId, type, data }: Notice): boolean {
  if (channel.onlyCallId !== null && channel.onlyCallId !== callId) return false;
  const aboutPeer = type === "call:peer-joined" || type === "call:peer-left";
  return !aboutPeer || data.userId !== channel.userId;
}

/**
 * The call is over, so its connections are no evidence any more. Without this, a tab that is closed after the end would
 * put a `left` at its last proof, seconds before the hang-up, and take those seconds off a bill that is right.
 */
export function closeCall(directory: Directory, callId: string | null): void {
  if (callId === null) return;
  for (const member of [...directory.membersOf(callId)]) directory.removeMember(member);
}
