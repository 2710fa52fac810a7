// The face of study time: who studies now, where, and how long on each of their days.
import { type EventSource, FairminuteError, isFinal } from "@fairminute/core";
import { readAttendedCalls } from "../charging/attended.ts";
import type { Charging, Evidence } from "../charging/charging.ts";
import type { StoredCall } from "../charging/stored.ts";
import { readCalls } from "../charging/write.ts";
import type { Database } from "../db/database.ts";
import { convertStreamDurationToMinutes } from "../providers/stream/durations.ts";
import { attend, type DiscrepancyJson, secondsOf } from "./attendance.ts";
import { type DayJson, type Days, dateAfter, datesBetween, type RoomJson, readSpan } from "./days.ts";
import { enterRoom, findRoom, type StudyRoom } from "./rooms.ts";
import { checkTimeZone, dayOf, defaultTimeZone, readTimeZone, writeTimeZone } from "./time-zone.ts";
import { endHint, heartbeat, isTracking, nextConnection, startHint, trackedConnection } from "./tracking.ts";

export type { DiscrepancyJson } from "./attendance.ts";
export type { DayJson, RoomJson } from "./days.ts";

/** What a client is told after it said something of its user. */
export interface TrackingJson {
  callId: string;
  isTracking: boolean;
  /** How long the user has been in this call. */
  durationSeconds: number;
  durationMinutes: number;
  /** The evidence that the duration rests on; null as long as there is none. */
  durationSource: EventSource | null;
  /** Today's hours over all rooms. */
  dailyHours: number;
  discrepancy: DiscrepancyJson | null;
}

interface InZone {
  timeZone: string;
  /** Whether the user chose the time zone. */
  isTimeZoneChosen: boolean;
  /** The server's now, ms: who shows running time counts from here. */
  serverTime: number;
}

export interface StudyTimeJson extends InZone, Days {
  from: string;
  to: string;
}

/** Somebody who is in a room at this moment. */
export interface Present {
  userId: string;
  name: string | null;
}

export interface TodayJson extends InZone, DayJson {
  dailyHours: number;
  isPresent: boolean;
  rooms: (RoomJson & { present: Present[] })[];
}

/** A word of a client about its user. `callId` is ours, or Stream's call id or cid. */
export interface StudyWord {
  userId: string;
  callId: string;
  /** Whose days `dailyHours` counts when the user chose no time zone. */
  timeZone?: string | undefined;
}

export interface Study {
  /**
   * The client says that its user came. Opens the room's call when there is none; repeating it changes nothing.
   * @throws FairminuteError call_not_joinable (no study room), call_already_ended (a call of ours that is over)
   */
  start(word: StudyWord): Promise<TrackingJson>;
  /** The client says that its user went. Repeating it changes nothing. @throws FairminuteError call_not_found */
  end(word: StudyWord): Promise<TrackingJson>;
  /** A heartbeat: proof, while the user is tracked in a room that is open. @throws FairminuteError call_not_found */
  seen(word: StudyWord): Promise<TrackingJson>;
  /** Local days, both included; the last seven when absent. @throws FairminuteError invalid_request */
  readDays(
    userId: string,
    span: { from?: string | undefined; to?: string | undefined; timeZone?: string | undefined },
  ): Promise<StudyTimeJson>;
  /** @param timeZone instead of the one that the user chose. @throws FairminuteError invalid_request */
  readToday(userId: string, timeZone?: string): Promise<TodayJson>;
  /** @returns the time zone as it is kept. @throws FairminuteError invalid_request */
  chooseTimeZone(userId: string, timeZone: string): Promise<string>;
}

export interface StudyWorld {
  db: Database;
  charging: Charging;
  now: () => number;
  /** Who carries the rooms that are opened from here. */
  provider: string;
}

const DAYS_MAX = 366;
const USUAL_DAYS = 7;
/** No room is open for longer by its terms. */
const TRACKED_MS = 2 * 86_400_000;

/** Hours with two decimals: what people read. The seconds beside them are exact. */
const hoursOf = (seconds: number): number => Math.round(seconds / 36) / 100;

async function readOne(db: Database, callId: string): Promise<StoredCall> {
  const [call] = await readCalls(db, [callId]);
  if (call === undefined)
    throw new FairminuteError("call_not_found", `there is no call ${callId}`, { param: "callId" });
  return call;
}

/** The call of the room in which the user is tracked; else the one that is in the room. */
async function trackedCall({ db, now }: StudyWorld, room: StudyRoom, userId: string): Promise<StoredCall> {
  const calls = await readAttendedCalls(db, userId, now() - TRACKED_MS, now() + 1);
  const tracked = calls.findLast(
    (call) =>
      (room.callId === null
        ? call.provider === room.provider && call.roomName === room.roomName
        : call.id === room.callId) && trackedConnection(call, userId) !== null,
  );
  if (tracked !== undefined) return tracked;
  if (room.call === null) {
    throw new FairminuteError("call_not_found", `callId: nobody has studied in ${room.roomName} yet`, {
      param: "callId",
    });
  }
  return readOne(db, room.call.id);
}

function tracking(world: StudyWorld): Pick<Study, "start" | "end" | "seen"> {
  const { db, charging, now } = world;
  const answer = async (callId: string, { userId, timeZone }: StudyWord): Promise<TrackingJson> => {
    const chosen = await readTimeZone(db, userId);
    const today = await readNow(world, userId, chosen ?? zoneOf(timeZone));
    const call = await readOne(db, callId);
    const attended = attend(call, userId, now());
    const durationSeconds = secondsOf(attended);
    return {
      callId,
      isTracking: isTracking(call, userId),
      durationSeconds,
      durationMinutes: convertStreamDurationToMinutes(durationSeconds),
      durationSource: attended.source,
      dailyHours: hoursOf(today.day.seconds),
      discrepancy: attended.discrepancy,
    };
  };
  return {
    async start(word) {
      const room = await findRoom(world, word.callId);
      const { id } = await enterRoom(world, room, word.userId);
      const call = await readOne(db, id);
      if (trackedConnection(call, word.userId) === null) {
        await charging.recordEvents(id, [startHint(word.userId, nextConnection(call, word.userId), now())]);
      }
      return answer(id, word);
    },
    async end(word) {
      const { userId } = word;
      const call = await trackedCall(world, await findRoom(world, word.callId), userId);
      const connection = trackedConnection(call, userId);
      if (connection !== null) {
        const said: Evidence[] = [endHint(userId, connection, now())];
        // Who sent heartbeats until now proves with this word, too, that it was there.
        const isProven = call.events.some(
          ({ connectionId, source }) => connectionId === connection && source === "proof",
        );
        if (isProven && !isFinal(call.status)) said.unshift(heartbeat(userId, connection, now()));
        await charging.recordEvents(call.id, said);
      }
      return answer(call.id, word);
    },
    async seen(word) {
      const { userId } = word;
      const call = await trackedCall(world, await findRoom(world, word.callId), userId);
      const connection = trackedConnection(call, userId);
      if (connection !== null && !isFinal(call.status)) {
        await charging.recordEvents(call.id, [heartbeat(userId, connection, now())]);
      }
      return answer(call.id, word);
    },
  };
}

type Today = InZone & { date: string; day: DayJson; rooms: RoomJson[] };

/** Today without the people in its rooms. */
async function readNow({ db, now }: StudyWorld, userId: string, timeZone: string | null): Promise<Today> {
  const zone = await readZone(db, userId, now());
  if (timeZone !== null) zone.timeZone = timeZone;
  const date = dayOf(zone.serverTime, zone.timeZone);
  const { days, rooms } = await readSpan(db, userId, { ...zone, from: date, to: date }, zone.serverTime);
  return { ...zone, date, day: days[0] as DayJson, rooms };
}

async function readZone(db: Database, userId: string, now: number): Promise<InZone> {
  const chosen = await readTimeZone(db, userId);
  return { timeZone: chosen ?? defaultTimeZone, isTimeZoneChosen: chosen !== null, serverTime: now };
}

const zoneOf = (asked: string | undefined): string | null => (asked === undefined ? null : checkTimeZone(asked));

function reading(world: StudyWorld): Pick<Study, "readDays" | "readToday"> {
  const { db, charging, now } = world;
  const presentIn = async (callId: string, userId: string): Promise<Present[]> => {
    const { participants } = await charging.readParticipants(callId, userId);
    return participants
      .filter(({ connections }) => connections.some(({ joinedAt, leftAt }) => joinedAt !== null && leftAt === null))
      .map((participant) => ({ userId: participant.userId, name: participant.name }));
  };
  return {
    async readDays(userId, span) {
      const asked = zoneOf(span.timeZone);
      const zone = await readZone(db, userId, now());
      if (asked !== null) zone.timeZone = asked;
      const to = span.to ?? dayOf(zone.serverTime, zone.timeZone);
      const from = span.from ?? dateAfter(to, 1 - USUAL_DAYS);
      checkSpan(from, to);
      return { ...zone, from, to, ...(await readSpan(db, userId, { ...zone, from, to }, zone.serverTime)) };
    },
    async readToday(userId, asked) {
      const { day, rooms, date: _date, ...zone } = await readNow(world, userId, zoneOf(asked));
      const filled = rooms.map(async (room) => ({
        ...room,
        present: room.isPresent ? await presentIn(room.callId, userId) : [],
      }));
      return {
        ...zone,
        ...day,
        dailyHours: hoursOf(day.seconds),
        isPresent: rooms.some(({ isPresent }) => isPresent),
        rooms: await Promise.all(filled),
      };
    },
  };
}

function checkSpan(from: string, to: string): void {
  if (from > to) {
    throw new FairminuteError("invalid_request", `from: ${from} is after to (${to})`, { param: "from" });
  }
  if (dateAfter(from, DAYS_MAX - 1) < to) {
    const days = datesBetween(from, to).length;
    throw new FairminuteError("invalid_request", `from: ${days} days are asked for, expected at most ${DAYS_MAX}`, {
      param: "from",
    });
  }
}

/** Makes the room of study time. */
export function createStudy(world: StudyWorld): Study {
  return {
    ...tracking(world),
    ...reading(world),
    chooseTimeZone: (userId, timeZone) => writeTimeZone(world.db, userId, timeZone),
  };
}
