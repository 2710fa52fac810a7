// Two people study in one room, in two real browsers: they see each other, a reload goes on, and the day is the server's.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openBrowser, type Person, sitDown } from "./person.ts";
import { type Server, startServer } from "./server.ts";

type Today = {
  date: string;
  seconds: number;
  timeZone: string;
  isPresent: boolean;
  rooms: { durationSource: string; isPresent: boolean }[];
};

let server: Server;
let browser: Browser;
let people: Person[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(false);
});
afterEach(async () => {
  const errors = people.flatMap((person) => person.errors);
  for (const person of people) await person.page.context().close();
  people = [];
  expect(errors).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const today = (person: Person) => person.ask<Today>("/api/study-time/today");

async function enter(person: Person, room: string): Promise<void> {
  await person.page.getByRole("link", { name: "Study" }).click();
  await person.at("study-name").fill(room);
  await person.press("study-join");
  await person.sees("study-room");
}

test("leo and mia study together; a reload stays in the room, leaving ends it, and the day counts in their time zone", async () => {
  for (const userId of ["leo", "mia"]) {
    people.push(await sitDown(browser, server, userId, { timezoneId: "Asia/Tokyo" }));
  }
  const [leo, mia] = people as [Person, Person];
  await enter(leo, "Algebra");
  await enter(mia, " algebra ");
  await leo.expectText("study-people", /Leo Brandt.*Mia Torres/);
  await leo.expectText("study-today", /^0:(0[3-9]|[1-5]\d)$/);
  expect(await today(leo)).toMatchObject({
    isPresent: true,
    timeZone: "Asia/Tokyo",
    rooms: [{ durationSource: "proof" }],
  });

  await leo.page.reload();
  await leo.sees("study-people");
  expect((await today(leo)).rooms).toMatchObject([{ isPresent: true }]);

  await leo.press("study-leave");
  await leo.sees("study-join");
  await expect.poll(async () => (await today(leo)).isPresent, { timeout: 30_000 }).toBe(false);
  expect((await today(mia)).isPresent).toBe(true);
  const { date, seconds } = await today(leo);
  await leo.at("study-as-table").click();
  await expect.poll(() => leo.seconds("study-today"), { timeout: 30_000 }).toBe(seconds);
  expect(await leo.text(`study-day-${date}`)).toMatch(/\d+ s$/);

  // Going to another page is leaving.
  await mia.page.getByRole("link", { name: "Wallet" }).first().click();
  await expect.poll(async () => (await today(mia)).isPresent, { timeout: 30_000 }).toBe(false);
});
