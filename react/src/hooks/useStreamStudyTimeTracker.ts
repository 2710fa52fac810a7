// Study time of a call: tracked while a component is mounted, measured by the server, whatever this machine's clock says.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { createStore, type Store } from "../client/store.ts";
import type { StudyTrackingJson } from "../client/wire.ts";
import type { StudyTracker, TrackerState } from "../study/tracker.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";
import { useStore } from "./useStore.ts";

export type StudyTimeTracker = {
  /** Say it when the call is joined. Repeating it changes nothing. */
  startTracking: () => Promise<void>;
  /** Say it when the call is left. It is also said when the last component that tracks this call goes away. */
  endTracking: () => Promise<void>;
  isTracking: boolean;
  /** Today's hours over all rooms, in one's own time zone. */
  dailyHours: number;
  /** Why the server did not hear the last word; it is tried again by itself unless it was refused. */
  error: Error | null;
  /** What the server knows of one's presence in this call; null before its first word. */
  tracking: StudyTrackingJson | null;
};

const nothing: Store<TrackerState> = createStore<TrackerState>({ isTracking: false, answer: null, error: null });

/**
 * Tracks how long the signed-in person studies in a call.
 * @param callId the call's id here, or Stream's call id or cid; nothing is tracked as long as it is not known
 */
export function useStreamStudyTimeTracker(callId: string | null | undefined): StudyTimeTracker {
  const { client } = useFairminute();
  const queryClient = useQueryClient();
  const today = useQuery({ queryKey: queryKeys.studyToday, queryFn: client.readStudyToday });
  // Effects that call startTracking run in the render that made the tracker: they find it here.
  const current = useRef<StudyTracker | null>(null);
  const [tracker, setTracker] = useState<StudyTracker | null>(null);
  const { isTracking, answer, error } = useStore(tracker?.state ?? nothing);

  useEffect(() => {
    if (callId === null || callId === undefined || callId === "") return;
    const held = client.study.acquire(callId);
    current.current = held.tracker;
    setTracker(held.tracker);
    void held.tracker.resume();
    return () => {
      current.current = null;
      setTracker(null);
      held.release();
    };
  }, [client, callId]);

  const told = answer?.isTracking;
  useEffect(() => {
    if (told !== undefined) void queryClient.invalidateQueries({ queryKey: queryKeys.study });
  }, [queryClient, told]);

  const startTracking = useCallback(async () => current.current?.start(), []);
  const endTracking = useCallback(async () => current.current?.end(), []);
  const dailyHours = answer?.dailyHours ?? today.data?.dailyHours ?? 0;
  return { startTracking, endTracking, isTracking, dailyHours, error, tracking: answer };
}
