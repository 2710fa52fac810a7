// The hook as apps use it: started when the call is joined, ended when the component goes, and honest without a line.
// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { StrictMode, useEffect } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { type FakeServer, settle } from "../../test/fakeServer.ts";
import type { StudyWord } from "../client/routes.ts";
import type { StudyTodayJson } from "../client/wire.ts";
import { createQueryClient, FairminuteProvider } from "./FairminuteProvider.tsx";
import { useStreamStudyTimeTracker } from "./useStreamStudyTimeTracker.ts";

const track = "POST /api/study-sessions/stream-duration";
let server: FakeServer;

const today: StudyTodayJson = {
  date: "2026-03-01",
  seconds: 1800,
  minutes: 30,
  timeZone: "UTC",
  isTimeZoneChosen: true,
  dailyHours: 0.5,
  isPresent: false,
  rooms: [],
  serverTime: Date.parse("2026-03-01T12:00:00Z"),
};

const heard = (body: unknown) => ({
  body: {
    callId: "call_1",
    isTracking: (body as StudyWord).action !== "end",
    durationSeconds: 60,
    durationMinutes: 1,
    durationSource: "proof",
    dailyHours: 0.75,
    discrepancy: null,
  },
});

beforeEach(() => {
  server = serverOfLeo();
  server.routes["GET /api/study-time/today"] = () => ({ body: today });
  server.routes[track] = heard;
});
afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

const said = () =>
  server.to("/api/study-sessions/stream-duration").map(({ body }) => {
    const { userId, callId, action } = body as StudyWord;
    return `${userId} ${callId} ${action}`;
  });

/** The usage example of source document 002, word for word where it matters. */
function Study({ joined, call }: { joined: boolean; call?: { id: string } | undefined }) {
  const { startTracking, endTracking, isTracking, dailyHours, error } = useStreamStudyTimeTracker(call?.id);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the example leaves them out
  useEffect(() => {
    if (joined && call?.id) {
      void startTracking();
    }
  }, [joined, call?.id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the example leaves them out
  useEffect(() => {
    return () => {
      if (isTracking) {
        void endTracking();
      }
    };
  }, []);
  return (
    <p data-testid="shown">{`${isTracking ? "tracking" : "idle"} ${dailyHours} ${error === null ? "" : error.message}`}</p>
  );
}

const shown = () => screen.getByTestId("shown").textContent?.trim();
const inside = (children: React.ReactNode) => (
  <FairminuteProvider client={server.client} queryClient={createQueryClient()}>
    {children}
  </FairminuteProvider>
);

test("it tracks from the moment the call is joined, and ends when the component goes", async () => {
  const page = render(inside(<Study joined={false} />));
  await waitFor(() => expect(shown()).toBe("idle 0.5"));
  page.rerender(inside(<Study joined={true} call={{ id: "algebra" }} />));
  await waitFor(() => expect(shown()).toBe("tracking 0.75"));
  await act(() => server.advance(15_000));
  page.unmount();
  await server.advance(1000);
  expect(said()).toEqual(["leo algebra start", "leo algebra heartbeat", "leo algebra heartbeat", "leo algebra end"]);
});

test("mounting twice, as StrictMode does, starts once", async () => {
  draw(
    server,
    <StrictMode>
      <Study joined={true} call={{ id: "algebra" }} />
    </StrictMode>,
  );
  await waitFor(() => expect(shown()).toBe("tracking 0.75"));
  await act(() => server.advance(1000));
  expect(said()).toEqual(["leo algebra start", "leo algebra heartbeat"]);
});

test("another call ends the first one and starts the second", async () => {
  const page = render(inside(<Study joined={true} call={{ id: "algebra" }} />));
  await waitFor(() => expect(said()).toHaveLength(2));
  page.rerender(inside(<Study joined={true} call={{ id: "logic" }} />));
  await act(() => server.advance(1000));
  expect(said().filter((word) => !word.endsWith("heartbeat"))).toEqual([
    "leo algebra start",
    "leo logic start",
    "leo algebra end",
  ]);
});

test("after a reload it goes on by itself, before the call is joined again", async () => {
  const first = render(inside(<Study joined={true} call={{ id: "algebra" }} />));
  await waitFor(() => expect(said()).toHaveLength(2));
  window.dispatchEvent(new Event("pagehide"));
  await settle();
  expect(said().at(-1)).toBe("leo algebra heartbeat");
  const stored = sessionStorage.getItem("fairminute.study:algebra") as string;
  first.unmount();
  await server.advance(1000);
  // Unmounting ends the tracking; a reload does not unmount, so what it leaves behind is put back.
  sessionStorage.setItem("fairminute.study:algebra", stored);
  server = Object.assign(serverOfLeo(), {});
  server.routes["GET /api/study-time/today"] = () => ({ body: today });
  server.routes[track] = heard;
  render(inside(<Study joined={false} call={{ id: "algebra" }} />));
  await waitFor(() => expect(shown()).toBe("tracking 0.75"));
  expect(said()).toEqual(["leo algebra start", "leo algebra heartbeat"]);
});

test("without a line it says so, stays on, and shows the hours that the server last knew", async () => {
  server.routes[track] = () => "unreachable";
  draw(server, <Study joined={true} call={{ id: "algebra" }} />);
  await act(() => server.advance(4000));
  expect(shown()).toBe("tracking 0.5 The server did not answer.");
  server.routes[track] = heard;
  await act(() => server.advance(5000));
  expect(shown()).toBe("tracking 0.75");
});

test("a refusal ends it and is shown", async () => {
  const body = { code: "call_not_joinable", message: "That call is no study room." };
  server.routes[track] = () => ({ status: 409, body });
  draw(server, <Study joined={true} call={{ id: "call_9" }} />);
  await waitFor(() => expect(shown()).toBe("idle 0.5 That call is no study room."));
});
