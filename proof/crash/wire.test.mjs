// The proxy's eyes: messages cut at any byte, and a commit seen where there is one and nowhere else.
import { expect, test } from "vitest";
import { followConnection, kindOf } from "./wire.mjs";

const text = (value) => Buffer.from(`${value}\0`);
function message(type, ...parts) {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(type === "" ? 4 : 5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, head.length - 4);
  return Buffer.concat([head, body]);
}
const startup = message("", Buffer.from([0, 3, 0, 0]), text("user"), text("me"), text(""));
const parse = (name, sql) => message("P", text(name), text(sql), Buffer.from([0, 0]));
const bind = (name) => message("B", text(""), text(name), Buffer.alloc(6));
const query = (sql) => message("Q", text(sql));
const complete = (tag) => message("C", text(tag));
const ready = (status) => message("Z", Buffer.from(status));
const refusal = message("E", text("SERROR"), text(""));

/** Plays both sides of a connection, each part byte by byte. @returns what was committed, in order */
function play(steps) {
  const wire = followConnection();
  const committed = [];
  for (const [side, bytes] of steps) {
    for (const byte of bytes) {
      for (const seen of wire[side](Buffer.from([byte]))) if (seen.committed) committed.push(seen.committed);
    }
  }
  return committed;
}

const login = [
  ["front", startup],
  ["back", ready("I")],
];
const hall = parse("fm1", "select id from write_calls($1)");

test.each([
  [
    "a login and a read",
    [
      ["front", query("select 1")],
      ["back", complete("SELECT 1")],
      ["back", ready("I")],
    ],
    [],
  ],
  [
    "a write of its own",
    [
      ["front", hall],
      ["front", bind("fm1")],
      ["back", complete("SELECT 0")],
      ["back", ready("I")],
    ],
    ["hall"],
  ],
  [
    "a write that was refused",
    [
      ["front", hall],
      ["front", bind("fm1")],
      ["back", refusal],
      ["back", ready("I")],
    ],
    [],
  ],
  [
    "the same statement again, by its name",
    [
      ["front", hall],
      ["front", bind("fm1")],
      ["back", ready("I")],
      ["front", bind("fm1")],
      ["back", ready("I")],
    ],
    ["hall", "hall"],
  ],
  [
    "a transaction: only its commit commits",
    [
      ["front", query("begin")],
      ["back", complete("BEGIN")],
      ["back", ready("T")],
      ["front", query("insert into users values (1)")],
      ["back", complete("INSERT 0 1")],
      ["back", ready("T")],
      ["front", query("commit")],
      ["back", complete("COMMIT")],
      ["back", ready("I")],
    ],
    ["other"],
  ],
  [
    "a transaction that was rolled back",
    [
      ["front", query("begin")],
      ["back", ready("T")],
      ["front", query("insert into users values (1)")],
      ["back", ready("T")],
      ["front", query("rollback")],
      ["back", complete("ROLLBACK")],
      ["back", ready("I")],
    ],
    [],
  ],
])("%s", (_what, steps, committed) => {
  expect(play([...login, ...steps])).toEqual(committed);
});

test("money is told from other writes", () => {
  const kinds = [
    "select * from write_calls($1)",
    "select x from post_transfers($1)",
    " insert into users values (1)",
    "select 1",
  ];
  expect(kinds.map(kindOf)).toEqual(["hall", "ledger", "other", null]);
});
