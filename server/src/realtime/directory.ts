// Which sockets of this server belong to which user, and which connection to which socket.
import type { Channel, Member } from "./channel.ts";

export type Directory = {
  /** Adds a channel. Returns true when it is its user's first one here. */
  addChannel(channel: Channel): boolean;
  /** Takes a channel and all its members away. Returns true when it was its user's last one here. */
  removeChannel(channel: Channel): boolean;
  addMember(member: Member): void;
  removeMember(member: Member): void;
  /** Whether no socket is here. */
  isEmpty(): boolean;
  channels(): Iterable<Channel>;
  channelsOf(userId: string): ReadonlySet<Channel>;
  member(connectionId: string): Member | undefined;
  membersOf(callId: string): ReadonlySet<Member>;
};

/** Makes an empty directory. */
export function createDirectory(): Directory {
  const byUser = new Map<string, Set<Channel>>();
  const byCall = new Map<string, Set<Member>>();
  const byConnection = new Map<string, Member>();

  const removeMember = (member: Member): void => {
    if (member.channel.members.get(member.callId) === member) member.channel.members.delete(member.callId);
    byConnection.delete(member.connectionId);
    take(byCall, member.callId, member);
  };

  return {
    addChannel(channel) {
      const first = !byUser.has(channel.userId);
      put(byUser, channel.userId, channel);
      return first;
    },
    removeChannel(channel) {
      for (const member of [...channel.members.values()]) removeMember(member);
      take(byUser, channel.userId, channel);
      return !byUser.has(channel.userId);
    },
    addMember(member) {
      member.channel.members.set(member.callId, member);
      byConnection.set(member.connectionId, member);
      put(byCall, member.callId, member);
    },
    removeMember,
    isEmpty: () => byUser.size === 0,
    *channels() {
      for (const channels of byUser.values()) yield* channels;
    },
    channelsOf: (userId) => byUser.get(userId) ?? new Set(),
    member: (connectionId) => byConnection.get(connectionId),
    membersOf: (callId) => byCall.get(callId) ?? new Set(),
  };
}

function put<T>(map: Map<string, Set<T>>, key: string, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, new Set([item]));
  else items.add(item);
}

function take<T>(map: Map<string, Set<T>>, key: string, item: T): void {
  const items = map.get(key);
  items?.delete(item);
  if (items?.size === 0) map.delete(key);
}
