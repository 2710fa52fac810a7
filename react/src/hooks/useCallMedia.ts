// The media side of a call for React: one connection per call, opened with the view and left with it.
import { useEffect, useState } from "react";
import type { CallConnection, CallConnectionState } from "../call/callConnection.ts";
import { createStore, type Store } from "../client/store.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { useStore } from "./useStore.ts";

export type CallMedia = CallConnectionState & {
  setMicrophone(on: boolean): void;
  setCamera(on: boolean): void;
  /** The connection itself; null before the view is mounted. */
  connection: CallConnection | null;
};

const unopened: Store<CallConnectionState> = createStore<CallConnectionState>({
  phase: "idle",
  connectionId: null,
  local: { camera: "unopened", microphone: "unopened", video: null, audio: null },
  remote: null,
  problem: null,
});

/**
 * Takes part in a call's media while the component is mounted.
 * @param wish.provider who carries the call; the built-in provider when absent
 * @param wish.devices open camera and microphone (a preview while it rings)
 * @param wish.join be in the call: true once it is accepted
 */
export function useCallMedia(callId: string, wish: { devices: boolean; join: boolean; provider?: string }): CallMedia {
  const { client } = useFairminute();
  const { provider = "webrtc" } = wish;
  const [connection, setConnection] = useState<CallConnection | null>(null);
  const state = useStore(connection?.state ?? unopened);

  useEffect(() => {
    const held = client.calls.acquire(callId, provider);
    setConnection(held.connection);
    return () => {
      held.release();
      setConnection(null);
    };
  }, [client, callId, provider]);

  useEffect(() => {
    if (wish.devices) void connection?.openDevices();
  }, [connection, wish.devices]);
  useEffect(() => {
    if (wish.join) connection?.join();
  }, [connection, wish.join]);

  return {
    ...state,
    connection,
    setMicrophone: (on) => void connection?.setMicrophone(on),
    setCamera: (on) => void connection?.setCamera(on),
  };
}
