// Rows come out of the database as they went in, whatever stands in their texts.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { jsonArray, rowArray } from "./rows.ts";

/** Anything but what PostgreSQL knows no text for: a zero byte, half a surrogate pair. */
const text = fc.oneof(
  fc.constantFrom("", " ", "NULL", "null", "{}", "()", ",", '"', "\\", '\\"', "a,b", "(a)", "'", "ä", "🪙", "a\nb"),
  fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0")),
);
const row = fc.record({
  name: fc.option(text),
  size: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  names: fc.array(text, { maxLength: 4 }),
  is_new: fc.boolean(),
});

for (const kind of databaseKinds) {
  describe(`arrays of rows on ${kind.name}`, () => {
    let test: TestDatabase;
    beforeAll(async () => {
      test = await kind.open();
      await test.db.execute("create type nasty as (name text, size bigint, names text[], is_new boolean)");
    });
    afterAll(() => test.close());

    it("of JSON are read as they were written", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.json({ noUnicodeString: false }), { maxLength: 5 }), async (values) => {
          const texts = values.map((value) => JSON.stringify(JSON.parse(value)));
          const [row] = await test.db.query("select $1::text::text[] as texts", [jsonArray(texts)]);
          expect(row).toEqual({ texts });
        }),
        { numRuns: 200 },
      );
      const nasty = JSON.stringify({ "\\": '"', lines: "a\n\t\u0000\u001f\u2028", half: "\ud800", coin: "🪙" });
      const [row] = await test.db.query("select $1::text::text[] as texts", [jsonArray([nasty])]);
      expect(row).toEqual({ texts: [nasty] });
    });

    it("are read as they were written", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
          const literal = rowArray(rows.map(({ name, size, names, is_new }) => [name, size, names, is_new]));
          const sql = "select n.name, n.size, n.names, n.is_new from unnest($1::text::nasty[]) n";
          expect(await test.db.query(sql, [literal])).toEqual(rows);
        }),
        { numRuns: 200 },
      );
    });
  });
}
