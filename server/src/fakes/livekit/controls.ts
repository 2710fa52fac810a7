// What a story may do to the fake's rooms: people come, go, reconnect and fail to connect.
import { FairminuteError } from "@fairminute/core";
import { readToken } from "./jwt.ts";
import type { FakeParticipant, FakeRoom, JoinOptions, RoomState } from "./state.ts";

/** One who has come in. `sid` names the connection. */
export type Joined = { sid: string; identity: string };

/** The hands on the rooms. */
export type Controls = {
  /** Somebody comes in, with media at once or later. With a `token` it is checked, and who comes is who it says. */
  join(room: string, identity: string, options?: JoinOptions & { token?: string }): Joined;
  /** A connection ends; CLIENT_INITIATED when no reason is given. */
  leave(room: string, identity: string, reason?: string): void;
  /** The same person comes again with a new connection: the old one goes as DUPLICATE_IDENTITY. */
  reconnectFull(room: string, identity: string): Joined;
  /** Somebody tries to come in and never gets media. */
  abort(room: string, identity: string): void;
  /** The room closes as an empty one does. */
  finishRoom(room: string): void;
  /** Who is in a room; nobody when there is no such room, or no more. */
  peopleIn(room: string): string[];
};

/** What the hands need: the rooms, and by what and when tokens are checked. */
export type ControlsWorld = {
  keys: { apiKey: string; apiSecret: string };
  trueNow(): number;
  /** Whether joining makes the room. */
  autoCreate: boolean;
  people: JoinOptions;
};

function missing(what: string): FairminuteError {
  return new FairminuteError("not_found", `The fake has no ${what}.`);
}

/** The parts of a token or a participant that are there. */
function given<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}

function readJoin({ keys, trueNow }: ControlsWorld, room: string, token: string): JoinOptions & { identity: string } {
  const claims = readToken(keys, token, trueNow());
  if (claims?.sub === undefined || claims.video?.roomJoin !== true || claims.video.room !== room) {
    throw new FairminuteError("unauthenticated", "The fake refuses this token.");
  }
  const { name, metadata, attributes } = claims;
  return { identity: claims.sub, ...given({ name, metadata, attributes }) } as JoinOptions & { identity: string };
}

/** Makes the controls of a server's rooms. Whatever is not there is refused with `not_found`. */
export function createControls(world: ControlsWorld, state: RoomState): Controls {
  const roomOf = (name: string): FakeRoom => {
    const room = state.rooms.get(name);
    if (room === undefined) throw missing(`room "${name}"`);
    return room;
  };
  const enter = (name: string, identity: string, options: JoinOptions): Joined => {
    state.sweep();
    const room = world.autoCreate ? state.create(name, {}) : roomOf(name);
    const { sid } = state.join(room, identity, { ...world.people, ...options });
    return { sid, identity };
  };
  const exit = (room: string, identity: string, reason: string): void => {
    if (state.leave(roomOf(room), identity, reason) === null) throw missing(`"${identity}" in the room "${room}"`);
  };
  return {
    join(room, identity, { token, ...options } = {}) {
      if (token === undefined) return enter(room, identity, options);
      const { identity: named, ...told } = readJoin(world, room, token);
      return enter(room, named, { ...options, ...told });
    },
    leave: (room, identity, reason = "CLIENT_INITIATED") => exit(room, identity, reason),
    reconnectFull(room, identity) {
      const before: FakeParticipant | undefined = roomOf(room).participants.get(identity);
      if (before === undefined) throw missing(`"${identity}" in the room "${room}"`);
      const { name, metadata, attributes, kind } = before;
      return enter(room, identity, { name, metadata, attributes, kind });
    },
    abort(room, identity) {
      enter(room, identity, { media: false });
      exit(room, identity, "JOIN_FAILURE");
    },
    finishRoom: (room) => state.close(roomOf(room), "ROOM_CLOSED"),
    peopleIn: (room) => [...(state.rooms.get(room)?.participants.keys() ?? [])],
  };
}
