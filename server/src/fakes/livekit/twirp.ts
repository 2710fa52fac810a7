// The fake's API: LiveKit's room service over Twirp with JSON, its tokens and grants checked as the real server checks them.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type LivekitClaims, readToken, type VideoClaims } from "./jwt.ts";
import { type Message, withOriginalNames } from "./messages.ts";
import { type FakeParticipant, participantMessage, type RoomOptions, type RoomState, roomMessage } from "./state.ts";

/** What can be wrong with the API. `lies`: it says that rooms are empty, or goes on showing people who have left. */
export type ApiTroubles = {
  /** Connections are cut before any answer. */
  apiDown: boolean;
  /** Every request is answered with 500. */
  apiFails: boolean;
  /** Every request is answered with 200 and a page that is not LiveKit's JSON. */
  apiNonsense: boolean;
  /** Every request is answered with a 404 page, as by a proxy that has lost its way. */
  apiMissing: boolean;
  /** Every answer comes so many milliseconds late. */
  apiSlowMs: number;
  apiLies: "empty" | "ghosts" | null;
};

/** What the API stands on. */
export type ApiWorld = {
  keys: { apiKey: string; apiSecret: string };
  trueNow(): number;
  state: RoomState;
  troubles: ApiTroubles;
  /** Who left while the API kept showing ghosts. */
  ghosts: (FakeParticipant & { room: string })[];
  sleep(ms: number): Promise<void>;
};

type Answer = { status: number; contentType: string; text: string };

function twirpError(status: number, code: string, msg: string): Answer {
  return { status, contentType: "application/json", text: JSON.stringify({ code, msg }) };
}

const notFound = (what: string): Answer => twirpError(404, "not_found", what);
const noRoom = notFound("requested room does not exist");
const noParticipant = notFound("participant does not exist");

function answer(message: Message): Answer {
  return { status: 200, contentType: "application/json", text: JSON.stringify(withOriginalNames(message)) };
}

function bodyText(body: Message, field: string): string {
  return typeof body[field] === "string" ? body[field] : "";
}

function bodyNumber(body: Message, camel: string, snake: string): number | undefined {
  const value = body[camel] ?? body[snake];
  return typeof value === "number" ? value : undefined;
}

function roomOptions(body: Message): RoomOptions {
  const given = {
    emptyTimeout: bodyNumber(body, "emptyTimeout", "empty_timeout"),
    departureTimeout: bodyNumber(body, "departureTimeout", "departure_timeout"),
    maxParticipants: bodyNumber(body, "maxParticipants", "max_participants"),
    metadata: bodyText(body, "metadata") || undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Everybody the API admits to: the people of the room, and its ghosts. */
function shown(world: ApiWorld, name: string): FakeParticipant[] {
  if (world.troubles.apiLies === "empty") return [];
  const ghosts = world.troubles.apiLies === "ghosts" ? world.ghosts.filter(({ room }) => room === name) : [];
  return [...(world.state.rooms.get(name)?.participants.values() ?? []), ...ghosts];
}

type Method = {
  allows(video: VideoClaims, body: Message): boolean;
  answer(world: ApiWorld, body: Message): Answer;
};

const isAdmin = (video: VideoClaims, body: Message): boolean => video.roomAdmin === true && video.room === body.room;

const methods: Readonly<Record<string, Method>> = {
  CreateRoom: {
    allows: (video) => video.roomCreate === true,
    answer({ state }, body) {
      const name = bodyText(body, "name");
      if (name === "") return twirpError(400, "invalid_argument", "no room name");
      return answer(roomMessage(state.create(name, roomOptions(body))));
    },
  },
  ListRooms: {
    allows: (video) => video.roomList === true,
    answer({ state, troubles }, body) {
      const names = Array.isArray(body.names) ? body.names : [];
      const rooms = [...state.rooms.values()].filter(({ name }) => names.length === 0 || names.includes(name));
      return answer({ rooms: troubles.apiLies === "empty" ? [] : rooms.map(roomMessage) });
    },
  },
  DeleteRoom: {
    allows: (video) => video.roomCreate === true,
    answer({ state }, body) {
      const room = state.rooms.get(bodyText(body, "room"));
      if (room === undefined) return noRoom;
      state.close(room, "ROOM_DELETED");
      return answer({});
    },
  },
  // A room that is not there has no participants: the real server looks into its store and finds none.
  ListParticipants: {
    allows: isAdmin,
    answer: (world, body) => answer({ participants: shown(world, bodyText(body, "room")).map(participantMessage) }),
  },
  GetParticipant: {
    allows: isAdmin,
    answer(world, body) {
      const found = shown(world, bodyText(body, "room")).find(({ identity }) => identity === body.identity);
      return found === undefined ? noParticipant : answer(participantMessage(found));
    },
  },
  RemoveParticipant: {
    allows: isAdmin,
    answer(world, body) {
      const room = world.state.rooms.get(bodyText(body, "room"));
      const identity = bodyText(body, "identity");
      const isGhost = shown(world, bodyText(body, "room")).some((participant) => participant.identity === identity);
      const left = room === undefined ? null : world.state.leave(room, identity, "PARTICIPANT_REMOVED");
      return left === null && !isGhost ? noParticipant : answer({});
    },
  },
};

async function readBody(request: IncomingMessage): Promise<Message | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Message;
  } catch {
    return null;
  }
}

/** As the server's door does: a token that is not good is refused as plain text, before Twirp. None at all has no grants. */
function readClaims(world: ApiWorld, request: IncomingMessage): LivekitClaims | null {
  const header = request.headers.authorization;
  if (header === undefined) return {};
  return header.startsWith("Bearer ") ? readToken(world.keys, header.slice("Bearer ".length), world.trueNow()) : null;
}

async function findAnswer(world: ApiWorld, request: IncomingMessage): Promise<Answer> {
  const claims = readClaims(world, request);
  if (claims === null) return { status: 401, contentType: "text/plain", text: "invalid authorization token" };
  const [, name = ""] = /^\/twirp\/livekit\.RoomService\/(\w+)$/.exec(request.url ?? "") ?? [];
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (request.method === "GET" && request.url === "/") return { status: 200, contentType: "text/plain", text: "OK" };
  if (method === undefined || request.method !== "POST") {
    return twirpError(404, "bad_route", `no handler for path "${request.url}"`);
  }
  const body = await readBody(request);
  if (body === null) return twirpError(400, "malformed", "the json request could not be decoded");
  world.state.sweep();
  if (!method.allows(claims.video ?? {}, body)) return twirpError(401, "unauthenticated", "permissions denied");
  return method.answer(world, body);
}

/** Answers one request to the fake server, with the troubles of the moment. */
export async function answerRequest(
  world: ApiWorld,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { troubles } = world;
  if (troubles.apiDown) {
    request.socket.destroy();
    return;
  }
  if (troubles.apiSlowMs > 0) await world.sleep(troubles.apiSlowMs);
  let found: Answer;
  if (troubles.apiFails) found = twirpError(500, "internal", "could not lock room");
  else if (troubles.apiNonsense) found = { status: 200, contentType: "text/html", text: "<h1>It works!</h1>" };
  else if (troubles.apiMissing) found = { status: 404, contentType: "text/html", text: "<h1>Not Found</h1>" };
  else found = await findAnswer(world, request);
  response.writeHead(found.status, { "content-type": found.contentType });
  response.end(found.text);
}
