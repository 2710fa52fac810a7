// What the fake knows of a call: its people, its limits, and who was connected when.

/** One connection of one user. */
export type FakeConnection = { userId: string; connectionId: string; joinedAtMs: number; leftAtMs: number | null };

/** One run of a call, which Stream calls a session: from its first join until it has been empty for a while. */
export type FakeRun = {
  id: string;
  startedAtMs: number;
  lastLeftAtMs: number | null;
  endedAtMs: number | null;
  connections: FakeConnection[];
};

/** A call with its runs, the last one last. `limitSeconds` counts from the start of each run. */
export type FakeCall = {
  cid: string;
  type: string;
  id: string;
  createdBy: string;
  createdAtMs: number;
  memberIds: string[];
  limitSeconds: number | null;
  inactivitySeconds: number;
  blocked: Set<string>;
  endedAtMs: number | null;
  runs: FakeRun[];
};
