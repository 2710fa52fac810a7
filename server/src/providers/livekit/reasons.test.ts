// The table of LiveKit's disconnect reasons: all seventeen, each with its reading, by name and by number.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { disconnectRows, readDisconnectReason } from "./reasons.ts";

describe("disconnectRows", () => {
  it("writes down what each reason proves", () => {
    const rows = disconnectRows.map((row) => [row.name, row.class, row.leave, row.isLeave, row.closesConnection]);
    expect(rows).toEqual([
      ["UNKNOWN_REASON", "ambiguous", "unknown", true, true],
      ["CLIENT_INITIATED", "voluntary", "client_initiated", true, true],
      ["DUPLICATE_IDENTITY", "reconnect", "duplicate_identity", false, true],
      ["SERVER_SHUTDOWN", "infrastructure", "server_shutdown", true, true],
      ["PARTICIPANT_REMOVED", "kicked", "removed", true, true],
      ["ROOM_DELETED", "ended_by_backend", "room_deleted", true, true],
      ["STATE_MISMATCH", "technical", "technical", true, true],
      ["JOIN_FAILURE", "technical", "technical", true, true],
      ["MIGRATION", "reconnect", "migration", false, false],
      ["SIGNAL_CLOSE", "network", "connection_lost", true, true],
      ["ROOM_CLOSED", "end_of_room", "room_closed", true, true],
      ["USER_UNAVAILABLE", "missed", "unknown", true, true],
      ["USER_REJECTED", "rejected", "unknown", true, true],
      ["SIP_TRUNK_FAILURE", "technical", "technical", true, true],
      ["CONNECTION_TIMEOUT", "network", "connection_lost", true, true],
      ["MEDIA_FAILURE", "network", "connection_lost", true, true],
      ["AGENT_ERROR", "technical", "technical", true, true],
    ]);
  });

  it("has the names and numbers of the protocol that the SDK brings", () => {
    const sdk = createRequire(import.meta.url).resolve("livekit-server-sdk");
    const types = createRequire(sdk)
      .resolve("@livekit/protocol")
      .replace(/index\.\w+$/, "index.d.ts");
    const [, body = ""] = /declare enum DisconnectReason \{([\s\S]*?)\n\}/.exec(readFileSync(types, "utf8")) ?? [];
    const values = [...body.matchAll(/^ {2}(\w+) = (\d+),/gm)].map(([, name, number]) => [name, Number(number)]);
    expect(values).toEqual(disconnectRows.map(({ name }, number) => [name, number]));
  });

  it("blames nobody but who said goodbye", () => {
    const blamed = disconnectRows.filter((row) => row.class === "voluntary" || row.leave === "client_initiated");
    expect(blamed.map(({ name }) => name)).toEqual(["CLIENT_INITIATED"]);
  });
});

describe("readDisconnectReason", () => {
  it.each(disconnectRows.map((row, number) => [row.name, number, row] as const))(
    "reads %s by its name and as the number %i",
    (name, number, row) => {
      expect(readDisconnectReason(name)).toBe(row);
      expect(readDisconnectReason(number)).toBe(row);
    },
  );

  it.each([undefined, null, "", "SOMETHING_NEW", 17, -1, 1.5, "1", {}, "toString"])("takes %j as unknown", (value) => {
    expect(readDisconnectReason(value)).toBe(disconnectRows[0]);
  });
});
