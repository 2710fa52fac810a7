// The floors of the house: imports run down only, and rooms on one floor do not know each other.
import { type Edge, findEdges } from "./imports.ts";
import { type Finding, isSource, isTest, type Tree } from "./tree.ts";

/** Rooms from the ground up. A room may import the rooms of every floor below its own, and itself. */
export const floors: readonly (readonly string[])[] = [
  ["core"],
  ["server/config", "server/ids"],
  ["server/providers", "server/db"],
  ["server/chain"],
  ["server/ledger", "server/clock", "server/outbox", "server/people"],
  ["server/charging"],
  ["server/webhooks", "server/reconciliation", "server/matchmaking", "server/study", "server/escrow"],
  ["server/http", "server/realtime"],
  ["server/server"],
  ["server/main", "server/fakes"],
  ["server/simulator"],
  ["server/cli"],
];

/** The other staircase: the browser's side never meets the server's. */
export const browserFloors: readonly (readonly string[])[] = [["core"], ["react"], ["web"]];

/** The room of a source file: `core`, `react`, `web`, or `server/<folder or file>`. */
export function roomOf(path: string): string {
  const [house = "", , first = ""] = path.split("/");
  return house === "server" ? `server/${first.replace(/\.ts$/, "")}` : house;
}

function floorOf(stairs: readonly (readonly string[])[], room: string): number {
  return stairs.findIndex((rooms) => rooms.includes(room));
}

function refuse(from: string, to: string): string | null {
  if (from === to) return null;
  const stairs = from.startsWith("server/") || to.startsWith("server/") ? floors : browserFloors;
  const fromFloor = floorOf(stairs, from);
  const toFloor = floorOf(stairs, to);
  if (fromFloor === -1) return `${from} stands on no floor that reaches ${to}: see server/test/tidy/floors.ts`;
  if (toFloor === -1) return `${from} must not reach over to ${to}`;
  if (toFloor === fromFloor) return `${from} and ${to} stand on one floor and must not know each other`;
  return toFloor > fromFloor ? `${from} imports upwards from ${to}` : null;
}

function checkEdge(edge: Edge): string | null {
  const { from, target } = edge;
  if (target === null) return null;
  if (isTest(target)) return `a source must not import a test (${target})`;
  if (!isSource(target)) return `a source must not import ${target}, which does not ship`;
  const crosses = from.split("/")[0] !== target.split("/")[0];
  if (crosses && edge.specifier.startsWith(".")) return `reaches into another package by path: import its name`;
  return refuse(roomOf(from), roomOf(target));
}

/** Every import of a source that runs up, across, into another package's inside, or into a test. */
export function checkFloors(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const known = new Set([...floors, ...browserFloors].flat());
  for (const path of tree.keys()) {
    if (isSource(path) && !known.has(roomOf(path))) {
      findings.push({
        path,
        line: 0,
        says: `${roomOf(path)} stands on no floor: give it one in server/test/tidy/floors.ts`,
      });
    }
  }
  for (const edge of findEdges(tree)) {
    if (!isSource(edge.from) || edge.target?.endsWith(".css")) continue;
    const says = checkEdge(edge);
    if (says !== null) findings.push({ path: edge.from, line: edge.line, says });
  }
  return findings;
}
