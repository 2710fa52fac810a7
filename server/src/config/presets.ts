// The settings of the presets: those that ship, with what the other settings say of them, and a file with the operator's own.
import { type Catalogue, changePresets, isEscrow, Mistakes, readPresets, shippedPresets } from "@fairminute/core";
import type { ChainSettings } from "./chain.ts";

export const presetSettingNames = ["FAIRMINUTE_PRESETS", "FAIRMINUTE_POLL_SECONDS"] as const;
export type PresetSettingName = (typeof presetSettingNames)[number];

/** How single settings are read, and where problems go. */
export interface PresetSettingReader {
  text(setting: PresetSettingName): string | undefined;
  limit(setting: PresetSettingName, from: number, to: number): number | null;
  refuse(setting: string, problem: string, hint: string): void;
}

const SETTING = "FAIRMINUTE_PRESETS";
const example = '{ "presets": { "evening-lesson": { "from": "creator-call", "tariff": { "connectFee": 5 } } } }';

/** The presets that ship, at the price and the interval that settings name. A file that says otherwise is built on these. */
function readShipped(read: PresetSettingReader, chain: ChainSettings | null): Catalogue {
  // With more than a minute a call that nobody tells of would not be settled within one.
  const interval = read.limit("FAIRMINUTE_POLL_SECONDS", 7, 60);
  const chainPrice = chain?.pricePerMinute ?? null;
  if (interval === null && chainPrice === null) return shippedPresets;
  return changePresets(shippedPresets, ({ terms }) => {
    const pollIntervalSeconds = interval ?? terms.limits.pollIntervalSeconds;
    const pricePerMinute = isEscrow(terms) && chainPrice !== null ? chainPrice : terms.tariff.pricePerMinute;
    return { ...terms, tariff: { ...terms.tariff, pricePerMinute }, limits: { ...terms.limits, pollIntervalSeconds } };
  });
}

/** The JSON of the file; undefined when there is none, and that was refused. */
function readJson(read: PresetSettingReader, path: string, readText: (path: string) => string): unknown {
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    read.refuse(SETTING, `names ${path}, which cannot be read.`, `${(error as Error).message}.`);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    read.refuse(SETTING, `names ${path}, which is no JSON: ${(error as Error).message}.`, `Give it as ${example}.`);
    return undefined;
  }
}

/** With a file that is wrong the other settings may still name its presets: that is no second mistake. */
function withNames(shipped: Catalogue, data: unknown): Catalogue {
  const { presets } = Object(data) as { presets?: unknown };
  const free = shipped.get("match");
  const names = Object.keys(Object(presets)).filter((name) => !shipped.has(name));
  return new Map([...shipped, ...names.flatMap((name) => (free === undefined ? [] : [[name, free] as const]))]);
}

/** Where the price of a second must be whole, a minute's price that a file names must be as well. */
function checkWholeSeconds(read: PresetSettingReader, presets: Catalogue, shipped: Catalogue, unit: bigint): void {
  if (unit === 1n) return;
  for (const { name, from, terms } of presets.values()) {
    const { pricePerMinute } = terms.tariff;
    if (!isEscrow(terms) || pricePerMinute % 60n === 0n) continue;
    // What ships is checked where ESCROW_PRICE_PER_MINUTE is read, and may be given with each call.
    if (pricePerMinute === shipped.get(from)?.terms.tariff.pricePerMinute) continue;
    const hint = "Expected a multiple of 60: with ESCROW_UNIT above 1 the price of a second is whole.";
    read.refuse(`${SETTING} ${name}.tariff.pricePerMinute`, `is ${pricePerMinute}.`, hint);
  }
}

/**
 * Reads the presets; what is wrong goes to `read.refuse`, each mistake of the file by itself.
 * @param chain whose price is the one of presets that are paid on it
 * @param readText reads the file that is named
 */
export function readPresetSettings(
  read: PresetSettingReader,
  chain: ChainSettings | null,
  readText: (path: string) => string,
): Catalogue {
  const shipped = readShipped(read, chain);
  const path = read.text(SETTING);
  if (path === undefined) return shipped;
  const data = readJson(read, path, readText);
  if (data === undefined) return shipped;
  try {
    const presets = readPresets(data, shipped);
    checkWholeSeconds(read, presets, shipped, chain?.unit ?? 1n);
    return presets;
  } catch (error) {
    if (!(error instanceof Mistakes)) throw error;
    for (const { path: at, value, expected } of error.all) {
      read.refuse(`${SETTING} ${at}`, `is ${value}.`, `Expected ${expected}.`);
    }
    return withNames(shipped, data);
  }
}
