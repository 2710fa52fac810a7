// The fake's rooms and the people in them, with LiveKit's rules of coming, going and closing.
import { FairminuteError } from "@fairminute/core";
import type { Message, ParticipantState } from "./messages.ts";

/** One connection to a room. `wasActive`: whether it ever had media, which decides how its end is told. */
export type FakeParticipant = {
  sid: string;
  identity: string;
  name: string;
  metadata: string;
  attributes: Record<string, string>;
  kind: string;
  state: ParticipantState;
  joinedAtMs: number;
  /** When media flows, or began to; null when it never does. */
  activeAtMs: number | null;
  publishes: boolean;
  wasActive: boolean;
  disconnectReason: string;
};

/** One life of a room: a room of the same name that is made later is another one. */
export type FakeRoom = {
  sid: string;
  name: string;
  emptyTimeout: number;
  departureTimeout: number;
  maxParticipants: number;
  metadata: string;
  createdAtMs: number;
  lastLeftAtMs: number | null;
  participants: Map<string, FakeParticipant>;
};

/** What a room may be made with; LiveKit's own defaults are 300 s, 20 s and no limit. */
export type RoomOptions = {
  emptyTimeout?: number;
  departureTimeout?: number;
  maxParticipants?: number;
  metadata?: string;
};

/**
 * Who comes in. `media` false stays without media, as behind a firewall; else it flows `mediaAfterMs` after the socket opened, at
 * once when absent. Who `publishes` has a track from then until they go.
 */
export type JoinOptions = {
  name?: string;
  metadata?: string;
  attributes?: Record<string, string>;
  kind?: string;
  media?: boolean;
  mediaAfterMs?: number;
  publishes?: boolean;
};

/** Something that happened, before it is signed. `atMs` is when. */
export type Happening = {
  event: string;
  room: Message & { name: string };
  participant?: Message;
  track?: Message;
  atMs: number;
};

/** The rooms of a fake server. Whatever happens is told in its order. */
export type RoomState = {
  rooms: Map<string, FakeRoom>;
  create(name: string, options: RoomOptions): FakeRoom;
  join(room: FakeRoom, identity: string, options: JoinOptions): FakeParticipant;
  leave(room: FakeRoom, identity: string, reason: string): FakeParticipant | null;
  /** Closes a room with everybody in it, each with the reason. */
  close(room: FakeRoom, reason: string, atMs?: number): void;
  /** Media begins where its time has come, and rooms close whose time without anybody is over; each at its own instant. */
  sweep(): void;
};

/** A room as a message. */
export function roomMessage(room: FakeRoom): Message & { name: string } {
  return {
    sid: room.sid,
    name: room.name,
    emptyTimeout: room.emptyTimeout,
    departureTimeout: room.departureTimeout,
    maxParticipants: room.maxParticipants,
    creationTime: String(Math.floor(room.createdAtMs / 1000)),
    creationTimeMs: String(room.createdAtMs),
    turnPassword: "",
    enabledCodecs: [],
    metadata: room.metadata,
    numParticipants: room.participants.size,
    numPublishers: 0,
    activeRecording: false,
  };
}

/** A participant as a message. */
export function participantMessage(participant: FakeParticipant): Message {
  const { sid, identity, name, metadata, attributes, kind, state, joinedAtMs, disconnectReason } = participant;
  return {
    sid,
    identity,
    state,
    tracks: [],
    metadata,
    joinedAt: String(Math.floor(joinedAtMs / 1000)),
    joinedAtMs: String(joinedAtMs),
    name,
    version: 1,
    permission: { canSubscribe: true, canPublish: true, canPublishData: true, hidden: false, recorder: false },
    region: "",
    isPublisher: false,
    kind,
    attributes,
    disconnectReason,
  };
}

/** Around the rooms: their clock, names as LiveKit gives them (`RM_…`, `PA_…`), and who hears what happens. */
export type RoomWorld = {
  now(): number;
  nextId(prefix: string): string;
  tell(happening: Happening): void;
  noteLeft(room: string, participant: FakeParticipant): void;
};

function newRoom(sid: string, name: string, options: RoomOptions, createdAtMs: number): FakeRoom {
  const { emptyTimeout = 300, departureTimeout = 20, maxParticipants = 0, metadata = "" } = options;
  return {
    sid,
    name,
    emptyTimeout,
    departureTimeout,
    maxParticipants,
    metadata,
    createdAtMs,
    lastLeftAtMs: null,
    participants: new Map(),
  };
}

function newParticipant(sid: string, identity: string, options: JoinOptions, joinedAtMs: number): FakeParticipant {
  const { name = "", metadata = "", attributes = {}, kind = "STANDARD", media = true } = options;
  const { mediaAfterMs = 0, publishes = false } = options;
  return {
    sid,
    identity,
    name,
    metadata,
    attributes,
    kind,
    state: "JOINED",
    joinedAtMs,
    activeAtMs: media ? joinedAtMs + mediaAfterMs : null,
    publishes,
    wasActive: false,
    disconnectReason: "UNKNOWN_REASON",
  };
}

/** How what happens to somebody is told. */
function createVoice(tell: RoomWorld["tell"]) {
  const tellOf = (event: string, room: FakeRoom, participant: FakeParticipant | null, atMs: number): void => {
    const about = participant === null ? {} : { participant: participantMessage(participant) };
    tell({ event, room: roomMessage(room), ...about, atMs });
  };

  /** A track is told of slimly: names of room and person, and nothing else of them. */
  const tellOfTrack = (event: string, { sid, name }: FakeRoom, participant: FakeParticipant, atMs: number): void => {
    const track = { sid: `TR_${participant.sid.slice(3)}`, type: "VIDEO", source: "CAMERA" };
    const about = { participant: { sid: participant.sid, identity: participant.identity }, track };
    tell({ event, room: { sid, name }, ...about, atMs });
  };

  /** Media flows, if its time has come. */
  const activate = (room: FakeRoom, participant: FakeParticipant, untilMs: number): void => {
    const { activeAtMs: atMs, wasActive, publishes } = participant;
    if (wasActive || atMs === null || atMs > untilMs) return;
    Object.assign(participant, { state: "ACTIVE", wasActive: true });
    tellOf("participant_joined", room, participant, atMs);
    if (publishes) tellOfTrack("track_published", room, participant, atMs);
  };

  return { tellOf, tellOfTrack, activate };
}

/** Makes an empty server. */
export function createRoomState({ now, nextId, tell, noteLeft }: RoomWorld): RoomState {
  const rooms = new Map<string, FakeRoom>();

  const { tellOf, tellOfTrack, activate } = createVoice(tell);

  const create = (name: string, options: RoomOptions): FakeRoom => {
    const known = rooms.get(name);
    if (known !== undefined) return Object.assign(known, options);
    const room = newRoom(nextId("RM_"), name, options, now());
    rooms.set(name, room);
    tellOf("room_started", room, null, room.createdAtMs);
    return room;
  };

  const leave = (room: FakeRoom, identity: string, reason: string, atMs = now()): FakeParticipant | null => {
    const participant = room.participants.get(identity);
    if (participant === undefined) return null;
    activate(room, participant, atMs);
    if (participant.wasActive && participant.publishes) tellOfTrack("track_unpublished", room, participant, atMs);
    room.participants.delete(identity);
    Object.assign(participant, { state: "DISCONNECTED", disconnectReason: reason });
    room.lastLeftAtMs = atMs;
    const event = participant.wasActive ? "participant_left" : "participant_connection_aborted";
    tellOf(event, room, participant, atMs);
    noteLeft(room.name, participant);
    return participant;
  };

  const join = (room: FakeRoom, identity: string, options: JoinOptions): FakeParticipant => {
    leave(room, identity, "DUPLICATE_IDENTITY");
    if (room.maxParticipants > 0 && room.participants.size >= room.maxParticipants) {
      throw new FairminuteError("forbidden", "room has exceeded its max participants");
    }
    const participant = newParticipant(nextId("PA_"), identity, options, now());
    room.participants.set(identity, participant);
    activate(room, participant, participant.joinedAtMs);
    return participant;
  };

  const close = (room: FakeRoom, reason: string, atMs = now()): void => {
    for (const identity of [...room.participants.keys()]) leave(room, identity, reason, atMs);
    rooms.delete(room.name);
    tellOf("room_finished", room, null, atMs);
  };

  const sweep = (): void => {
    for (const room of [...rooms.values()]) {
      for (const participant of room.participants.values()) activate(room, participant, now());
      if (room.participants.size > 0) continue;
      const wait = room.lastLeftAtMs === null ? room.emptyTimeout : room.departureTimeout;
      const dueMs = (room.lastLeftAtMs ?? room.createdAtMs) + wait * 1000;
      if (dueMs <= now()) close(room, "ROOM_CLOSED", dueMs);
    }
  };

  return { rooms, create, join, leave, close, sweep };
}
