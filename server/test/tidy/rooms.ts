// Every file opens with a sentence that says what it is, and every room has a page that says what it owns.
import { roomOf } from "./floors.ts";
import { parse } from "./syntax.ts";
import { type Finding, isCode, isSource, lineAt, type Tree } from "./tree.ts";

export const longestReadme = 60;

/** Comments that speak to a tool and not to a reader. */
const toTools = /^[!/]?\s*(@|biome-|eslint-|<reference|#!|prettier-)/;

function firstComment(path: string, text: string): { words: string; line: number } | null {
  const { program, comments } = parse(path, text);
  const body = program.body as { start: number }[];
  const codeStart = body[0]?.start ?? text.length;
  const first = comments.find(
    (comment) => !toTools.test(comment.value.trim()) && !text.startsWith("#!", comment.start),
  );
  if (!first || first.start > codeStart) return null;
  const start = comments.indexOf(first);
  let words = "";
  // A sentence may run over several lines: the whole run of line comments is one text.
  for (const comment of comments.slice(start)) {
    if (comment.start > codeStart || (words !== "" && (comment.type === "Block" || first.type === "Block"))) break;
    words += ` ${comment.value.replace(/^\s*\*+/gm, " ")}`;
  }
  return { words: words.replace(/\s+/g, " ").trim(), line: lineAt(text, first.start) };
}

/** SQL and CSS have no parser here; their comment has to be the very first thing. */
function firstPlainComment(path: string, text: string): { words: string; line: number } | null {
  const pattern = path.endsWith(".sql") ? /^((?:--.*\n)+)/ : /^\/\*([\s\S]*?)\*\//;
  const match = pattern.exec(text);
  return match
    ? {
        words: (match[1] ?? "")
          .replace(/^(--|\s*\*)/gm, " ")
          .replace(/\s+/g, " ")
          .trim(),
        line: 1,
      }
    : null;
}

function refuseOpening(opening: { words: string } | null): string | null {
  if (opening === null) return "does not open with a comment that says what the file is";
  const isSentence = /^\S.*[.!?:]/.test(opening.words) && opening.words.split(" ").length >= 3;
  return isSentence ? null : `its opening comment is no sentence: "${opening.words}"`;
}

/** Program files, migrations and style sheets that do not say at their top what they are. */
export function checkOpenings(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    const plain = /\.(sql|css)$/.test(path);
    if (!plain && !isCode(path)) continue;
    const opening = plain ? firstPlainComment(path, text) : firstComment(path, text);
    const says = refuseOpening(opening);
    if (says !== null) findings.push({ path, line: opening?.line ?? 1, says });
  }
  return findings;
}

/** Where the README of a room may stand. Single files (server.ts, cli.ts) are described by their own first sentence. */
function readmesOf(tree: Tree): Map<string, string[]> {
  const rooms = new Map<string, string[]>();
  for (const path of tree.keys()) {
    if (!isSource(path)) continue;
    const room = roomOf(path);
    if (!room.startsWith("server/")) rooms.set(room, [`${room}/README.md`, `${room}/src/README.md`]);
    else if (path.split("/").length > 3) rooms.set(room, [`${room.replace("server/", "server/src/")}/README.md`]);
  }
  return rooms;
}

/** Rooms without a README, and READMEs that are longer than a screen or do not say what they have to. */
export function checkReadmes(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const [room, places] of readmesOf(tree)) {
    const path = places.find((place) => tree.has(place));
    if (path === undefined) {
      findings.push({ path: places[0] ?? room, line: 0, says: `the room ${room} has no README` });
      continue;
    }
    const text = tree.get(path) ?? "";
    const lines = text.split("\n").length;
    if (lines > longestReadme)
      findings.push({ path, line: 0, says: `${lines} lines are more than one screen (${longestReadme})` });
    const asked = {
      "what it owns": /\bowns?\b/i,
      "what it does not own": /\b(not own|own nothing|does not|do not|not owned)\b/i,
      "what is always true": /\balways\b/i,
    };
    for (const [what, pattern] of Object.entries(asked)) {
      if (!pattern.test(text)) findings.push({ path, line: 0, says: `does not say ${what}` });
    }
  }
  return findings;
}
