// One's study time by day, and today's while it runs.
import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { StudyTimeJson, StudyTodayJson } from "../client/wire.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";

export type StudyTime = {
  today: UseQueryResult<StudyTodayJson>;
  /** Today's seconds at this moment; counts while one is present. */
  secondsToday: number;
  /** The days asked for, ending today. */
  days: UseQueryResult<StudyTimeJson>;
  setTimeZone: UseMutationResult<{ timeZone: string }, Error, string>;
};

/** As often as a heartbeat: what others' evidence changes is seen as soon as one's own. */
const readAgainMs = 15_000;
/** Without news for so long nobody knows whether the presence goes on. */
const trustMs = 30_000;

/** @param length how many days, today included */
export function useStudyTime(length = 7): StudyTime {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const today = useQuery({
    queryKey: queryKeys.studyToday,
    queryFn: client.readStudyToday,
    refetchInterval: readAgainMs,
  });
  const to = today.data?.date ?? "";
  const span = { from: to === "" ? "" : dayBefore(to, length - 1), to };
  const days = useQuery({
    queryKey: queryKeys.studyDays(span),
    queryFn: () => client.readStudyTime(span),
    enabled: to !== "",
    // The chart stays while the next span is read.
    placeholderData: (previous) => previous,
  });
  const setTimeZone = useMutation({
    mutationFn: client.writeStudyTimeZone,
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.study }),
  });
  useOwnTimeZone(today.data, setTimeZone.mutate);
  return { today, secondsToday: useRunningSeconds(today.data), days, setTimeZone };
}

/** Whoever never chose a time zone lives in the one of this machine. */
function useOwnTimeZone(today: StudyTodayJson | undefined, choose: (timeZone: string) => void): void {
  const isChosen = today === undefined || today.isTimeZoneChosen;
  useEffect(() => {
    if (!isChosen) choose(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  }, [isChosen, choose]);
}

/** The local day so many days before. */
function dayBefore(day: string, count: number): string {
  return new Date(Date.parse(day) - count * 86_400_000).toISOString().slice(0, 10);
}

/** Today's seconds by the server's clock; renewed every second while one is present. */
function useRunningSeconds(today: StudyTodayJson | undefined): number {
  const { serverClock } = useFairminute().client;
  const [now, setNow] = useState(0);
  const runs = today?.isPresent === true;
  useEffect(() => {
    if (!runs) return;
    const tick = () => setNow(serverClock.now());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [serverClock, runs]);
  if (today === undefined) return 0;
  const since = runs ? Math.min(Math.max(0, now - today.serverTime), trustMs) : 0;
  return today.seconds + Math.floor(since / 1000);
}
