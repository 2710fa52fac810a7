// The page of study time: rooms entered and left, today's figure running, bars and table that agree, the time zone.
// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { draw, serverOfLeo } from "../../../test/draw.tsx";
import type { FakeServer } from "../../../test/fakeServer.ts";
import type { StudyWord } from "../../client/routes.ts";
import type { StudyRoomJson, StudyTimeJson, StudyTodayJson } from "../../client/wire.ts";
import { roomIdOf } from "./room.ts";
import { StudyPanel } from "./StudyPanel.tsx";

const noon = Date.parse("2026-03-01T12:00:00Z");
let server: FakeServer;
let today: StudyTodayJson;
let chosen: string[];

const algebra: StudyRoomJson = {
  callId: "call_1",
  provider: "stream",
  roomName: "default:algebra",
  from: "2026-03-01T11:00:00.000Z",
  durationSeconds: 3500,
  durationSource: "report",
  discrepancy: { source: "report", seconds: 3500, otherSource: "hint", otherSeconds: 4200 },
  isPresent: false,
};

function spanOf(from: string, to: string): StudyTimeJson {
  const days: StudyTimeJson["days"] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    days.push({ date: new Date(at).toISOString().slice(0, 10), seconds: 0, minutes: 0 });
  }
  Object.assign(days.at(-1) as object, { seconds: 3500, minutes: 58 });
  Object.assign(days.at(-2) as object, { seconds: 9000, minutes: 150 });
  const zone = { timeZone: today.timeZone, isTimeZoneChosen: true, serverTime: noon };
  return { ...zone, from, to, days, totalSeconds: 12_500, rooms: [algebra] };
}

beforeEach(() => {
  server = serverOfLeo();
  server.clock.now = noon;
  chosen = [];
  today = {
    date: "2026-03-01",
    seconds: 3500,
    minutes: 58,
    timeZone: "Europe/Madrid",
    isTimeZoneChosen: true,
    dailyHours: 0.97,
    isPresent: false,
    rooms: [],
    serverTime: noon,
  };
  server.routes["GET /api/study-time/today"] = () => ({ body: today });
  server.routes["GET /api/study-time?from=2026-02-23&to=2026-03-01"] = () => ({
    body: spanOf("2026-02-23", "2026-03-01"),
  });
  server.routes["GET /api/study-time?from=2026-01-31&to=2026-03-01"] = () => ({
    body: spanOf("2026-01-31", "2026-03-01"),
  });
  server.routes["PUT /api/study-time/settings"] = (body) => {
    const { timeZone } = body as { timeZone: string };
    chosen.push(timeZone);
    today = { ...today, timeZone, isTimeZoneChosen: true };
    return { body: { timeZone } };
  };
  server.routes["POST /api/study-sessions/stream-duration"] = (body) => {
    const isTracking = (body as StudyWord).action !== "end";
    const tracking = {
      durationSeconds: 0,
      durationMinutes: 0,
      durationSource: null,
      dailyHours: 0.97,
      discrepancy: null,
    };
    return { body: { callId: "call_2", isTracking, ...tracking } };
  };
});
afterEach(() => {
  cleanup();
  sessionStorage.clear();
  vi.restoreAllMocks();
});

function Page() {
  const [room, setRoom] = useState<string | null>(null);
  return <StudyPanel room={room} onRoom={setRoom} />;
}

const words = () => server.to("/api/study-sessions/stream-duration").map(({ body }) => (body as StudyWord).action);

test("a name is typed, the room is entered and proven, people in it are shown, and it is left", async () => {
  draw(server, <Page />);
  fireEvent.change(await screen.findByTestId("study-name"), { target: { value: " Álgebra II! " } });
  today = {
    ...today,
    isPresent: true,
    rooms: [
      {
        ...algebra,
        callId: "call_2",
        isPresent: true,
        present: [
          { userId: "leo", name: "Leo Brandt" },
          { userId: "guest", name: null },
        ],
      },
    ],
  };
  fireEvent.click(screen.getByTestId("study-join"));
  expect((await screen.findByTestId("study-room")).textContent).toContain("You are in algebra-ii");
  const people = await screen.findByTestId("study-people");
  expect(
    within(people)
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent),
  ).toEqual(["Leo Brandt", "guest"]);
  expect(words()).toEqual(["start", "heartbeat"]);
  expect(server.to("/api/study-sessions/stream-duration")[0]?.body).toMatchObject({
    userId: "leo",
    callId: "algebra-ii",
  });
  fireEvent.click(screen.getByTestId("study-leave"));
  await screen.findByTestId("study-join");
  await waitFor(() => expect(words()).toEqual(["start", "heartbeat", "end"]));
});

test("today's figure stands while nobody is present, runs by the server's clock while one is, and stops without news", async () => {
  draw(server, <Page />);
  const figure = await screen.findByTestId("study-today");
  await waitFor(() => expect(figure.textContent).toBe("58:20"));
  expect(figure.getAttribute("role")).toBe("timer");
  cleanup();

  vi.useFakeTimers({ shouldAdvanceTime: true });
  today = { ...today, isPresent: true };
  draw(server, <Page />);
  await waitFor(() => expect(screen.getByTestId("study-today").textContent).toBe("58:20"));
  for (const [seconds, text] of [
    [10, "58:30"],
    [60, "58:50"],
  ] as const) {
    server.clock.now = noon + seconds * 1000;
    await act(() => vi.advanceTimersByTimeAsync(1000));
    expect(screen.getByTestId("study-today").textContent).toBe(text);
  }
  vi.useRealTimers();
});

test("bars and table show the same days, and the picture says in words what it shows", async () => {
  draw(server, <Page />);
  const yesterday = await screen.findByTestId("study-bar-2026-02-28");
  // 2 h 30 min on a scale of 4 hours.
  expect(Number(yesterday.getAttribute("height"))).toBeCloseTo(62.5);
  expect(screen.getByRole("img").getAttribute("aria-label")).toBe(
    "Study time of the last 7 days, 3 h 28 min in all. The table below has the figures.",
  );
  expect(screen.getByTestId("study-day-2026-02-28").textContent).toBe("2 h 30 min");
  expect(screen.getByTestId("study-day-2026-03-01").textContent).toBe("58 min 20 s");
  expect(screen.getByTestId("study-day-2026-02-23").textContent).toBe("0 s");
  fireEvent.click(screen.getByLabelText("30 days"));
  await waitFor(() => expect(screen.getByTestId("study-chart").querySelectorAll("rect")).toHaveLength(30));
});

test("a room says what its time rests on, and what contradicts it", async () => {
  draw(server, <Page />);
  const room = await screen.findByTestId("study-room-call_1");
  expect(room.textContent).toContain("algebra");
  expect(room.textContent).toContain("By the provider’s own record");
  expect(screen.getByTestId("study-discrepancy").textContent).toBe(
    "By the provider’s own record it is 58 min 20 s, by your browser’s word alone 1 h 10 min: the stronger evidence counts.",
  );
});

test("another time zone is kept by the server and read again", async () => {
  draw(server, <Page />);
  const select = (await screen.findByTestId("study-zone")) as HTMLSelectElement;
  await waitFor(() => expect(select.value).toBe("Europe/Madrid"));
  fireEvent.change(select, { target: { value: "Asia/Tokyo" } });
  await waitFor(() => expect(chosen).toEqual(["Asia/Tokyo"]));
  await waitFor(() => expect(select.value).toBe("Asia/Tokyo"));
  expect(server.to("/api/study-time/today").length).toBeGreaterThan(1);
});

test("whoever never chose a time zone gets the one of this machine, once", async () => {
  today = { ...today, timeZone: "UTC", isTimeZoneChosen: false };
  draw(server, <Page />);
  await screen.findByTestId("study-chart");
  await waitFor(() => expect(chosen).toEqual([new Intl.DateTimeFormat().resolvedOptions().timeZone]));
});

test("without a line the page says so, and that unproven time does not count", async () => {
  server.routes["POST /api/study-sessions/stream-duration"] = () => "unreachable";
  draw(server, <StudyPanel room="algebra" onRoom={() => {}} />);
  await act(() => server.advance(4000));
  expect((await screen.findByTestId("study-trouble")).textContent).toContain("nothing can prove");
});

test("names become ids that the server takes", () => {
  expect(["Algebra II", "  ", "-x-", "日本", "a".repeat(80), "Zoë's room"].map(roomIdOf)).toEqual([
    "algebra-ii",
    "",
    "x",
    "",
    "a".repeat(60),
    "zoe-s-room",
  ]);
});
