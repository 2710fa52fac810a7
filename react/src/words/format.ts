// Numbers, money, durations and dates as a person of the locale reads them.
import type { Words } from "./words.ts";

export type Format = ReturnType<typeof createFormat>;

/** A currency that is no coin: its name, how many of its smallest units an amount's unit has, and the token's decimals. */
export type Money = { currency: string; unit: bigint; decimals: number };

/** An amount of smallest units as people write it: at least two decimals where there are any, and no more zeroes. */
export function writeAmount(smallest: bigint, decimals: number, locale?: string): string {
  const digits = (smallest < 0n ? -smallest : smallest).toString().padStart(decimals + 1, "0");
  const [whole, rest] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
  const shown = rest.replace(/0+$/, "").padEnd(Math.min(2, decimals), "0");
  const point = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";
  const text = new Intl.NumberFormat(locale).format(BigInt(whole));
  return `${smallest < 0n ? "−" : ""}${text}${shown === "" ? "" : point + shown}`;
}

/** Makes the formats of one language. Amounts are whole coins, or units of `money`; durations seconds, instants ms or ISO texts. */
export function createFormat(words: Words, locale?: string, money?: Money) {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 });
  const plural = new Intl.PluralRules(locale);
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const timeWithSeconds = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
  // A local day is no instant: it is written as it stands, wherever the reader is.
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  const dayOfMonth = new Intl.DateTimeFormat(locale, { day: "numeric", month: "numeric", timeZone: "UTC" });
  const localDay = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });

  const number = (value: number | bigint) =>
    money === undefined ? whole.format(value) : writeAmount(BigInt(value) * money.unit, money.decimals, locale);
  /** The two largest units that say enough: "45 s", "12 min", "1 h 5 min". */
  function duration(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const parts =
      hours > 0
        ? [
            [hours, "hours"],
            [minutes, "minutes"],
          ]
        : [
            [minutes, "minutes"],
            [rest, "seconds"],
          ];
    const said = parts.filter(([count]) => count !== 0);
    if (said.length === 0) return words.duration.seconds(0);
    return said.map(([count, unit]) => words.duration[unit as "hours"](count as number)).join(" ");
  }

  return {
    number,
    /** The token that amounts are written in; null for coins. */
    token: money?.currency ?? null,
    /** "+5", "−5": a real minus sign, as wide as the plus. */
    signed: (value: number) => `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`,
    /** What goes off: "−5", and plain "0" for nothing. */
    less: (value: number) => (value === 0 ? number(0) : `−${number(value)}`),
    /** The unit alone, for an amount that stands in letters of its own. */
    unit: (value: number | bigint) =>
      money?.currency ?? (plural.select(Number(value)) === "one" ? words.coinUnit : words.coinsUnit),
    coins: (value: number | bigint) =>
      money === undefined
        ? words.coins(number(value), plural.select(Number(value)) === "one")
        : `${number(value)} ${money.currency}`,
    /** 2000 basis points as "20%". */
    percent: (basisPoints: number) => percent.format(basisPoints / 10_000),
    /** 4:05, 1:02:03. */
    clock,
    duration,
    /** A length of time in which something is counted, in days where it is whole ones: "7 days", "1 h". */
    period: (seconds: number) =>
      seconds > 0 && seconds % 86_400 === 0 ? words.duration.days(seconds / 86_400) : duration(seconds),
    time: (instant: number | string) => time.format(new Date(instant)),
    timeWithSeconds: (instant: number | string) => timeWithSeconds.format(new Date(instant)),
    day: (instant: number | string) => day.format(new Date(instant)),
    /** Of a local day, YYYY-MM-DD: "Mon", "2/3", "Monday 2 March 2026". */
    weekday: (date: string) => weekday.format(Date.parse(date)),
    dayOfMonth: (date: string) => dayOfMonth.format(Date.parse(date)),
    localDay: (date: string) => localDay.format(Date.parse(date)),
  };
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
