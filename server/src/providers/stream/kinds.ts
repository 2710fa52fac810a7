// The names of Stream's events: one spelling for each, whichever of them a webhook or an old guide uses.

/** The kinds that are understood, in Stream's own spelling. Others are kept by the name that they came with. */
export const streamKinds = [
  "call.created",
  "call.updated",
  "call.deleted",
  "call.ring",
  "call.notification",
  "call.accepted",
  "call.rejected",
  "call.missed",
  "call.live_started",
  "call.session_started",
  "call.session_participant_joined",
  "call.session_participant_left",
  "call.session_participant_count_updated",
  "call.session_ended",
  "call.ended",
  "call.kicked_user",
  "call.blocked_user",
  "call.unblocked_user",
  "call.member_added",
  "call.member_updated",
  "call.member_removed",
  "call.stats_report_ready",
] as const;
export type StreamKind = (typeof streamKinds)[number];

const known: ReadonlySet<string> = new Set(streamKinds);

/** Names that guides use and Stream does not send; members come and go by them, which is no presence. */
const otherNames: Readonly<Record<string, StreamKind>> = {
  "call.started": "call.session_started",
  "call.member_joined": "call.member_added",
  "call.member_left": "call.member_removed",
};

/** The one spelling of a kind: `call.session.participant_left` is `call.session_participant_left`; unknown ones stay. */
export function readKind(type: string): string {
  if (!type.startsWith("call.")) return type;
  const spelled = `call.${type.slice("call.".length).replaceAll(/[.-]/g, "_")}`;
  const kind = otherNames[spelled] ?? spelled;
  return known.has(kind) ? kind : type;
}
