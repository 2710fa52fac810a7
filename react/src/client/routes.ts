// The server's routes, one typed function each: the whole HTTP surface that a browser uses.
import type { CallStatus } from "@fairminute/core";
import type { Manner, Request } from "./request.ts";
import type {
  CallJson,
  CallPageJson,
  ConfigJson,
  CreatorJson,
  CreatorSettingsJson,
  JoinGrantJson,
  LiveJson,
  MatchmakingJson,
  MeJson,
  PresetJson,
  ReceiptJson,
  StudyTimeJson,
  StudyTodayJson,
  StudyTrackingJson,
  TimelineJson,
  TransferPageJson,
  WalletJson,
} from "./wire.ts";

/** Which calls of one's history are wanted. Instants are ISO 8601. */
export type HistoryFilter = {
  statuses?: CallStatus[];
  otherUserId?: string;
  from?: string;
  to?: string;
  limit?: number;
  cursor?: string;
};

/** What a client says of its own person in a study room. */
export type StudyWord = {
  userId: string;
  callId: string;
  action: "start" | "end" | "heartbeat";
  timeZone?: string | undefined;
};

/** Whom one would like to be matched with; what is left out does not matter. */
export type MatchWish = { preset?: string; filters?: { topic?: string; language?: string } };

export type Routes = ReturnType<typeof createRoutes>;

/** Makes the routes over one way of asking. */
export function createRoutes(request: Request) {
  const call = (path: string, body?: object) =>
    request<{ call: CallJson }>("POST", path, body ?? {}).then((answer) => answer.call);
  const of = (callId: string) => `/api/calls/${encodeURIComponent(callId)}`;

  return {
    readConfig: () => request<ConfigJson>("GET", "/api/config"),
    readMe: () => request<MeJson>("GET", "/api/me"),
    /** What there is to open calls under, with whole terms. A creator's price takes the place of theirs. */
    listPresets: () => request<{ presets: PresetJson[] }>("GET", "/api/presets").then(({ presets }) => presets),
    listCreators: () => request<{ creators: CreatorJson[] }>("GET", "/api/creators").then(({ creators }) => creators),

    /** Calls somebody and places the hold. Refused with insufficient_balance (required, available), creator_unavailable … */
    initiateCall: (wish: { creatorId: string; estimatedMinutes: number; preset?: string }) =>
      call("/api/calls/initiate", wish),
    acceptCall: (callId: string) => call(`${of(callId)}/accept`),
    rejectCall: (callId: string, reason?: string) =>
      call(`${of(callId)}/reject`, reason === undefined ? {} : { reason }),
    cancelCall: (callId: string, reason?: string) =>
      call(`${of(callId)}/cancel`, reason === undefined ? {} : { reason }),
    /** Ends the call and answers with it, settled. */
    endCall: (callId: string) => call(`${of(callId)}/end`),

    readCall: (callId: string) => request<{ call: CallJson }>("GET", of(callId)).then((answer) => answer.call),
    readReceipt: (callId: string) => request<ReceiptJson>("GET", `${of(callId)}/receipt`),
    readTimeline: (callId: string) => request<TimelineJson>("GET", `${of(callId)}/timeline`),
    /** The way into the room of a call that a provider carries. A fresh one for every attempt: they are short-lived. */
    readGrant: (callId: string) => request<JoinGrantJson>("GET", `${of(callId)}/token`),
    readLive: (callId: string) => request<LiveJson>("GET", `${of(callId)}/live`),

    listHistory: (filter: HistoryFilter = {}) => request<CallPageJson>("GET", `/api/calls/history${query(filter)}`),
    /** Calls that ring: for me, or for whom I call. */
    listPending: () => request<CallPageJson>("GET", "/api/calls/pending").then(({ calls }) => calls),
    listActive: () => request<{ calls: CallJson[] }>("GET", "/api/calls/active").then(({ calls }) => calls),

    /** Waits for somebody who fits, or is matched at once. Refused with too_many_calls, already_in_queue … */
    joinMatchmaking: (wish: MatchWish = {}) => request<MatchmakingJson>("POST", "/api/matchmaking/join", wish),
    leaveMatchmaking: () => request<MatchmakingJson>("POST", "/api/matchmaking/leave", {}),
    /** Asking is a sign of life: it keeps one's place. */
    readMatchmaking: () => request<MatchmakingJson>("GET", "/api/matchmaking/status"),

    readWallet: () => request<WalletJson>("GET", "/api/wallet"),
    listTransfers: (page: { limit?: number; cursor?: string } = {}) =>
      request<TransferPageJson>("GET", `/api/wallet/transfers${query(page)}`),

    readCreatorSettings: () => request<CreatorSettingsJson>("GET", "/api/creator-settings"),
    writeCreatorSettings: (settings: Partial<CreatorSettingsJson>) =>
      request<CreatorSettingsJson>("PUT", "/api/creator-settings", settings),

    /** Repeating it changes nothing, so it carries no key. */
    trackStudyTime: (word: StudyWord, manner: Manner = {}) =>
      request<StudyTrackingJson>("POST", "/api/study-sessions/stream-duration", word, { ...manner, repeatable: true }),
    /** Days are local: YYYY-MM-DD, both included. */
    readStudyTime: (span: { from?: string; to?: string; timeZone?: string } = {}) =>
      request<StudyTimeJson>("GET", `/api/study-time${query(span)}`),
    readStudyToday: () => request<StudyTodayJson>("GET", "/api/study-time/today"),
    writeStudyTimeZone: (timeZone: string) =>
      request<{ timeZone: string }>("PUT", "/api/study-time/settings", { timeZone }),

    /** Sandbox only: a token for any name. */
    createSandboxToken: (person: { userId: string; name?: string; role?: string }) =>
      request<{ token: string }>("POST", "/api/sandbox/tokens", person).then(({ token }) => token),
    /** Sandbox only: coins out of nowhere. */
    creditSandboxWallet: (userId: string, amount: number) =>
      request<unknown>("POST", `/api/sandbox/wallets/${encodeURIComponent(userId)}/credit`, { amount }),
  };
}

/** Names that differ on the wire. */
const wireNames: Record<string, string> = { statuses: "status", otherUserId: "with" };

function query(values: Record<string, string | number | string[] | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    search.set(wireNames[name] ?? name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
