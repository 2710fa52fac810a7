// Stories of days: split at the midnights of a person's time zone, also in the nights in which clocks change.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { Stage } from "./stage.case.ts";

const HOUR = 3600;

for (const kind of databaseKinds) {
  describe(`days of study on ${kind.name}`, () => {
    let test: TestDatabase;
    let stage: Stage;
    beforeAll(async () => {
      test = await kind.open();
      stage = new Stage(test);
    });
    afterAll(() => test.close());

    const minutes = async (userId: string, from: string, to: string, timeZone: string) => {
      const { days } = await stage.study.readDays(userId, { from, to, timeZone });
      return Object.fromEntries(days.map((day) => [day.date, day.minutes]));
    };

    it("are split at midnight of the user's time zone, also in the night in which clocks go forward", async () => {
      const { leo } = stage.setting();
      // In Madrid 2026-03-29 has 23 hours: 2 o'clock is 3 o'clock.
      await stage.studied(leo, ["2026-03-28T22:30:00Z", "2026-03-29T02:30:00Z"]);
      expect(await minutes(leo, "2026-03-27", "2026-03-30", "Europe/Madrid")).toEqual({
        "2026-03-27": 0,
        "2026-03-28": 30,
        "2026-03-29": 210,
        "2026-03-30": 0,
      });
      expect(await minutes(leo, "2026-03-28", "2026-03-29", "America/New_York")).toEqual({
        "2026-03-28": 240,
        "2026-03-29": 0,
      });
      expect(await minutes(leo, "2026-03-28", "2026-03-29", "Asia/Kolkata")).toEqual({
        "2026-03-28": 0,
        "2026-03-29": 240,
      });
    });

    it("begin at one o'clock where clocks go forward at midnight", async () => {
      const { leo } = stage.setting();
      await stage.studied(leo, ["2026-04-23T21:30:00Z", "2026-04-23T22:45:00Z"]);
      expect(await minutes(leo, "2026-04-23", "2026-04-24", "Africa/Cairo")).toEqual({
        "2026-04-23": 30,
        "2026-04-24": 45,
      });
    });

    it("have 25 hours when clocks go back, and nobody studies more than that", async () => {
      const { leo } = stage.setting();
      await stage.studied(
        leo,
        ["2026-10-24T22:00:00Z", "2026-10-25T11:00:00Z"],
        ["2026-10-25T11:00:00Z", "2026-10-25T23:00:00Z"],
      );
      expect(await minutes(leo, "2026-10-24", "2026-10-26", "Europe/Madrid")).toEqual({
        "2026-10-24": 0,
        "2026-10-25": 1500,
        "2026-10-26": 0,
      });
      const { rooms, totalSeconds } = await stage.study.readDays(leo, { from: "2026-10-25", to: "2026-10-25" });
      expect(totalSeconds).toBe(23 * HOUR);
      expect(rooms.map(({ durationSeconds }) => durationSeconds)).toEqual([11 * HOUR, 12 * HOUR]);
    });

    it("are those of the chosen time zone, past ones too; one that does not exist is refused and changes nothing", async () => {
      const { leo } = stage.setting();
      await stage.studied(leo, ["2026-11-01T22:00:00Z", "2026-11-02T01:00:00Z"]);
      expect(await stage.study.readToday(leo)).toMatchObject({ timeZone: "UTC", isTimeZoneChosen: false, minutes: 60 });
      expect(await stage.study.readToday(leo, "Asia/Tokyo")).toMatchObject({ date: "2026-11-02", minutes: 180 });
      expect(await stage.study.chooseTimeZone(leo, "europe/madrid")).toBe("Europe/Madrid");
      for (const name of ["Mars/Base", "+05:30", "", "Europe/Madrid ", "../UTC"]) {
        await expect(stage.study.chooseTimeZone(leo, name)).rejects.toMatchObject({
          code: "invalid_request",
          param: "timeZone",
        });
      }
      expect(await stage.study.readToday(leo)).toMatchObject({
        date: "2026-11-02",
        timeZone: "Europe/Madrid",
        isTimeZoneChosen: true,
        minutes: 120,
        dailyHours: 2,
      });
      const week = await stage.study.readDays(leo, {});
      expect([week.from, week.to, week.days.length]).toEqual(["2026-10-27", "2026-11-02", 7]);
      expect(week.days.slice(-2).map((day) => day.minutes)).toEqual([60, 120]);
    });

    it("of the client are those that it lives in until the user chooses", async () => {
      const { leo, room } = stage.setting();
      await stage.passTo("2026-11-10T22:30:00Z");
      await stage.start(leo, room);
      await stage.passTo("2026-11-10T23:30:00Z");
      const word = { userId: leo, callId: room, timeZone: "Europe/Madrid" };
      expect(await stage.study.end(word)).toMatchObject({ durationMinutes: 60, dailyHours: 0.5 });
      await stage.study.chooseTimeZone(leo, "UTC");
      expect(await stage.study.end(word)).toMatchObject({ dailyHours: 1 });
      await expect(stage.study.end({ ...word, timeZone: "nowhere" })).resolves.toMatchObject({ dailyHours: 1 });
    });

    it("asked for the wrong way round, or too many at once, are refused with the reason", async () => {
      const { leo } = stage.setting();
      const ask = (from: string, to: string) => stage.study.readDays(leo, { from, to });
      await expect(ask("2026-03-02", "2026-03-01")).rejects.toMatchObject({ code: "invalid_request", param: "from" });
      await expect(ask("2025-01-01", "2026-01-02")).rejects.toThrow(/367 days are asked for, expected at most 366/);
      expect((await ask("2025-01-01", "2026-01-01")).days).toHaveLength(366);
    });
  });
}
