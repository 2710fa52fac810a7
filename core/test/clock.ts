// Times of day in stories: "12:00:30" or "12:00:30.250" on the day of the story, as ms since the epoch and back.

/** Saturday, 1 March 2025, 00:00 UTC. */
export const storyDay = 1_740_787_200_000;

export function timeOf(text: string): number {
  const match = /^(\d+):(\d\d):(\d\d)(?:\.(\d{3}))?$/.exec(text);
  if (match === null) throw new Error(`"${text}" is no time of day`);
  const [, hours, minutes, seconds, ms] = match;
  return storyDay + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms ?? 0);
}

export function sayTime(at: number | null): string {
  if (at === null) return "-";
  const ms = at - storyDay;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const rest = ms % 1000 === 0 ? "" : `.${String(ms % 1000).padStart(3, "0")}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${rest}`;
}
