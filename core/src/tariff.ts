// A tariff: what a minute costs and in which steps, and the price that holds at one instant.

/** Another price on some weekdays between two minutes of the local day, [fromMinute, toMinute). */
export type TariffWindow = {
  /** 0 = Sunday … 6 = Saturday. */
  weekdays: number[];
  fromMinute: number;
  toMinute: number;
  pricePerMinute: bigint;
};

/** How whole seconds of usage become coins. */
export type Tariff = {
  pricePerMinute: bigint;
  /** Once a call, when anything is charged at all. */
  connectFee: bigint;
  initialIncrementSeconds: number;
  incrementSeconds: number;
  /** Which increments are paid: started ones, completed ones, or those at least half used. */
  rounding: "up" | "down" | "nearest";
  /** The first seconds of usage that cost nothing. */
  freeSeconds: number;
  /** Calls with less usage than this are not charged. */
  noChargeUnderSeconds: number;
  minimumCharge: bigint;
  maximumDurationSeconds: number | null;
  /** The first window that fits an instant gives its price. */
  windows: TariffWindow[];
  /** The local day of the windows: minutes east of UTC. */
  utcOffsetMinutes: number;
  /** Whether a charge has one line for all increments of a price, or a line for each of them. */
  lines: "merged" | "per_increment";
};

const minuteMs = 60_000;
const dayMinutes = 1440;
/** 1 January 1970 was a Thursday. */
const epochWeekday = 4;

/** The price per minute that holds at the instant `at`: that of the first fitting window, else the base price. */
export function priceAt(tariff: Tariff, at: number): bigint {
  if (tariff.windows.length === 0) return tariff.pricePerMinute;
  const localMinute = Math.floor(at / minuteMs) + tariff.utcOffsetMinutes;
  const day = Math.floor(localMinute / dayMinutes);
  const minute = localMinute - day * dayMinutes;
  const weekday = (((day + epochWeekday) % 7) + 7) % 7;
  for (const window of tariff.windows) {
    if (minute >= window.fromMinute && minute < window.toMinute && window.weekdays.includes(weekday)) {
      return window.pricePerMinute;
    }
  }
  return tariff.pricePerMinute;
}

/** The first instant after `at` at which the price may change: an edge of a window, or midnight. */
export function nextPriceEdge(tariff: Tariff, at: number): number {
  const localMinute = Math.floor(at / minuteMs) + tariff.utcOffsetMinutes;
  const day = Math.floor(localMinute / dayMinutes);
  const minute = localMinute - day * dayMinutes;
  let edge = dayMinutes;
  for (const { fromMinute, toMinute } of tariff.windows) {
    if (fromMinute > minute && fromMinute < edge) edge = fromMinute;
    if (toMinute > minute && toMinute < edge) edge = toMinute;
  }
  return (day * dayMinutes + edge - tariff.utcOffsetMinutes) * minuteMs;
}
