// As much of PostgreSQL's wire protocol as it takes to see which statement is under way, and whether it was committed.

const STARTUP_HEAD = 4;
const MESSAGE_HEAD = 5;

/** Cuts a stream into whole messages; what is not whole yet waits. The first message of a client has no type. */
function createCutter(untypedFirst) {
  let rest = Buffer.alloc(0);
  let untyped = untypedFirst;
  return function* cut(part) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    for (;;) {
      const head = untyped ? STARTUP_HEAD : MESSAGE_HEAD;
      if (rest.length < head) return;
      const length = untyped ? rest.readUInt32BE(0) : 1 + rest.readUInt32BE(1);
      if (rest.length < length) return;
      const bytes = rest.subarray(0, length);
      const type = untyped ? "" : String.fromCharCode(bytes[0]);
      rest = rest.subarray(length);
      untyped = false;
      yield { type, bytes };
    }
  };
}

function readText(bytes, at) {
  const end = bytes.indexOf(0, at);
  return { text: bytes.toString("utf8", at, end), next: end + 1 };
}

const writes = /\bwrite_calls\(|\bpost_transfers\(|^\s*(insert|update|delete)\b/i;

/** What a statement is to us: a write of the hall, of the ledger, another write, or nothing that a commit could lose. */
export function kindOf(sql) {
  if (/\bwrite_calls\(/.test(sql)) return "hall";
  if (/\bpost_transfers\(/.test(sql)) return "ledger";
  return writes.test(sql) ? "other" : null;
}

/**
 * Follows one connection.
 * @returns `front(part)` and `back(part)`, which give the whole messages of either side. A message that asks for a statement carries
 *   `asks`: its kind; ReadyForQuery carries `committed`: the kind of what was just committed, or null.
 */
export function followConnection() {
  const cutFront = createCutter(true);
  const cutBack = createCutter(false);
  const statements = new Map();
  const state = { kind: null, failed: false, tag: "" };

  function* front(part) {
    for (const message of cutFront(part)) {
      const { type, bytes } = message;
      let sql = null;
      if (type === "P") {
        const name = readText(bytes, MESSAGE_HEAD);
        statements.set(name.text, readText(bytes, name.next).text);
      } else if (type === "B") {
        sql = statements.get(readText(bytes, readText(bytes, MESSAGE_HEAD).next).text) ?? "";
      } else if (type === "Q") sql = readText(bytes, MESSAGE_HEAD).text;
      const asks = sql === null ? null : kindOf(sql);
      // Of several in one transaction the first says what it is about.
      state.kind ??= asks;
      yield { bytes, asks };
    }
  }

  function* back(part) {
    for (const message of cutBack(part)) {
      const { type, bytes } = message;
      let committed = null;
      let isWaiting = state.kind !== null;
      if (type === "E") state.failed = true;
      if (type === "C") state.tag = readText(bytes, MESSAGE_HEAD).text;
      if (type === "Z" && String.fromCharCode(bytes[MESSAGE_HEAD]) === "I") {
        if (!state.failed && state.tag !== "ROLLBACK") committed = state.kind;
        state.kind = null;
        state.failed = false;
        isWaiting = false;
      } else if (type === "Z") isWaiting = false;
      yield { bytes, committed, isWaiting };
    }
  }
  return { front, back };
}
