// Who fits whom, longest wait first, and nobody twice.
import { describe, expect, it } from "vitest";
import { fits, type Place, pairUp } from "./pairing.ts";

/** `ana:chess/en` waits for somebody to talk to about chess in English; what is left out does not matter to her. */
function place(text: string, waitingSince: number): Place {
  const [userId = "", wishes = ""] = text.split(":");
  const [topic = "", language = ""] = wishes.split("/");
  return { userId, preset: "match", topic: topic || null, language: language || null, waitingSince };
}

const places = (...texts: string[]): Place[] => texts.map(place);
const named = (waiting: Place[], most = 100): string[] =>
  pairUp(waiting, most).map((pair) => `${pair.waiting.userId}+${pair.joining.userId}`);

describe("who fits whom", () => {
  it.each([
    ["ana", "bo", true],
    ["ana:chess", "bo", true],
    ["ana:chess", "bo:chess", true],
    ["ana:chess", "bo:go", false],
    ["ana:chess/en", "bo:/en", true],
    ["ana:chess/en", "bo:chess/de", false],
    ["ana:/en", "bo:/de", false],
  ])("%s and %s: %s", (one, other, wished) => {
    expect(fits(place(one, 0), place(other, 1))).toBe(wished);
    expect(fits(place(other, 0), place(one, 1))).toBe(wished);
  });

  it("other terms are another queue", () => {
    expect(fits(place("ana", 0), { ...place("bo", 1), preset: "study-room" })).toBe(false);
  });
});

describe("the pairs of a queue", () => {
  it("two by two in the order of waiting; an odd one is left", () => {
    expect(named(places("a", "b", "c", "d", "e"))).toEqual(["a+b", "c+d"]);
    expect(named(places("a"))).toEqual([]);
    expect(named([])).toEqual([]);
  });

  it("each gets the one who has waited longest among those who fit", () => {
    expect(named(places("a:chess", "b:go", "c:chess", "d"))).toEqual(["a+c", "b+d"]);
    expect(named(places("a:chess", "b:go", "c"))).toEqual(["a+c"]);
  });

  it("nobody is in two pairs, and whoever is left fits nobody who is left", () => {
    const wishes = ["", ":chess", ":go", ":/en", ":chess/en", ":go/de", ":/de"];
    // Every wish, in an order that mixes them: 5 and 7 have no common divisor.
    const all = Array.from({ length: 210 }, (_, i) => place(`p${i}${wishes[(i * 5) % 7]}`, i));
    const pairs = pairUp(all, 1000);
    const taken = pairs.flatMap(({ waiting, joining }) => [waiting.userId, joining.userId]);
    expect(new Set(taken).size).toBe(taken.length);
    for (const { waiting, joining } of pairs) expect(fits(waiting, joining)).toBe(true);
    const left = all.filter(({ userId }) => !taken.includes(userId));
    for (const one of left) for (const other of left) expect(one === other || !fits(one, other)).toBe(true);
  });

  it("makes no more pairs than it is asked for", () => {
    expect(named(places("a", "b", "c", "d", "e", "f"), 2)).toEqual(["a+b", "c+d"]);
  });
});
