// The functions of source document 002 for an app's own backend: import them from "fairminute/stream".
import { createStreamApi, type StreamApiConfig } from "./api.ts";
import { createStreamDurations, type StreamDurations } from "./durations.ts";

export {
  type ActiveStreamCall,
  convertStreamDurationToMinutes,
  type StreamCallDetails,
  type StreamDurations,
} from "./durations.ts";

/** The keys of a Stream app. `apiUrl` is Stream's own address when it is absent; `callType` of calls named by their id alone, `default`. */
export type StreamKeys = Pick<StreamApiConfig, "apiKey" | "secretKey" | "timeoutMs"> & {
  readonly apiUrl?: string | null;
  readonly callType?: string;
};

/**
 * `getStreamCallDuration`, `getStreamCallDetails`, `isStreamCallActive` and `getUserActiveCalls` for one Stream app. Each refuses with
 * `provider_unavailable` when Stream does not answer with sense.
 * @param world the time in milliseconds, and how requests are made: `{ now: Date.now, fetch }`
 */
export function openStreamDurations(keys: StreamKeys, world: { now(): number; fetch: typeof fetch }): StreamDurations {
  const { apiUrl = null, callType, ...config } = keys;
  return createStreamDurations(createStreamApi({ ...config, apiUrl }, world), world, callType);
}
