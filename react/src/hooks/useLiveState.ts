// Whether the live connection to the server stands.
import type { LiveState } from "../client/live.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { useStore } from "./useStore.ts";

/** `online`, `connecting` (also after a loss) or `offline` (nobody wants it). */
export function useLiveState(): LiveState {
  return useStore(useFairminute().client.live.state);
}
