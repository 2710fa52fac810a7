// docs/terms.md: its examples are read and charged as it says, and it names every field with what it is in every preset.
import { readFileSync } from "node:fs";
import {
  type Catalogue,
  findPreset,
  presetNames,
  presetTerms,
  rateUsage,
  readPresets,
  settleCharge,
  type TermsJson,
  writeTerms,
} from "@fairminute/core";
import { describe, expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const page = read("terms.md");
const rows = page.split("\n").flatMap((line) => (line.startsWith("| ") ? [line.slice(2, -2).split(" | ")] : []));

/** The presets of the page's example. */
function example(): Catalogue {
  const [, json = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  return readPresets(JSON.parse(json));
}

/** The value at a path such as `tariff.connectFee`, as the page writes it. */
function shown(terms: TermsJson, path: string): string {
  const value = path.split(".").reduce<unknown>((at, key) => Object(at)[key], terms);
  if (value === undefined) return "none";
  if (!Array.isArray(value)) return `\`${JSON.stringify(value).replaceAll('"', "")}\``;
  return value.length === 0 ? "none" : value.map(({ kind }: { kind: string }) => kind).join(", ");
}

/** Every field of terms that a preset may change. */
function fieldsOf(terms: TermsJson): string[] {
  const parts = ["tariff", "funding", "split", "limits"] as const;
  return [...parts.flatMap((part) => Object.keys(terms[part]).map((key) => `${part}.${key}`)), "billable", "policies"];
}

describe("docs/terms.md", () => {
  it("shows the file that it lets be checked, and its presets are read", () => {
    const [, json] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(json).toBe(read("presets.json"));
    expect([...example().keys()].length).toBeGreaterThan(presetNames.length);
  });

  const charged = rows.filter((cells) => /^\d{4}-/.test(cells[1] ?? ""));
  it.each(charged)("%s from %s for %s costs %s", (name = "", begins = "", lasts = "", costs) => {
    const terms = presetTerms(name.replaceAll("`", ""), {}, example());
    const from = Date.parse(begins);
    const rating = rateUsage(terms.tariff, [{ from, to: from + Number.parseInt(lasts, 10) * 1000 }]);
    expect(String(rating.total)).toBe(costs);
  });

  it("has an example of each price that it explains", () => {
    expect(new Set(charged.map(([name]) => name))).toEqual(new Set(["`evening-lesson`", "`weekend`", "`trial`"]));
    const lesson = presetTerms("evening-lesson", {}, example());
    expect(settleCharge(13n, lesson)).toMatchObject({ platform: 1n, payee: 12n });
    const { policies } = findPreset("match", example()).terms;
    expect(policies).toEqual([
      { kind: "early_exit", underSeconds: 60, coins: 1n, firstFree: 1, growth: 1n, periodSeconds: 7 * 86_400 },
    ]);
  });

  const usual = writeTerms(presetTerms("creator-call"));
  it.each(fieldsOf(usual))("says what %s is in every preset", (path) => {
    const row = rows.find(([field]) => field === `\`${path}\``);
    const others = new Map<string, string[]>();
    for (const name of presetNames) {
      const value = shown(writeTerms(presetTerms(name)), path);
      if (value !== shown(usual, path)) others.set(value, [...(others.get(value) ?? []), name]);
    }
    const said = [...others].map(([value, names]) => `${value} in ${names.join(", ")}`).join("; ");
    expect(row?.slice(2, 4).map((cell) => cell.trim())).toEqual([shown(usual, path), said]);
    expect([row?.[1], row?.[4]].every((cell) => (cell ?? "").trim() !== "")).toBe(true);
  });

  it("names every field of windows and policies, and no other", () => {
    const inMatch = rows.filter(([kind]) => kind === "`early_exit`").map((cells) => [cells[1], cells[3]]);
    const [policy] = writeTerms(presetTerms("match")).policies;
    const fields = Object.entries(policy ?? {}).filter(([key]) => key !== "kind");
    expect(inMatch).toEqual(fields.map(([key, value]) => [`\`${key}\``, `\`${value}\``]));
    const named = (kind: string) => rows.filter(([first]) => first === `\`${kind}\``).map(([, field]) => field);
    expect(named("long_call_bonus")).toEqual(["`overSeconds`", "`coins`", "`to`"]);
    expect(named("no_show")).toEqual(["`coins`", "`who`"]);
    for (const field of ["weekdays", "fromMinute", "toMinute"]) expect(page).toContain(`| \`${field}\` |`);
  });
});
