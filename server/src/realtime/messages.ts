// What a browser may say over the socket: one schema a message, everything else is refused.
import { FairminuteError } from "@fairminute/core";
import { z } from "zod";

const callId = z.string().min(1).max(128);
const connectionId = z.string().min(1).max(128);

/** A session description with the largest SDP that a call of two needs many times over. */
const description = z.strictObject({
  type: z.enum(["offer", "answer", "pranswer", "rollback"]),
  sdp: z.string().max(65_536).optional(),
});

/** RTCIceCandidateInit; an empty candidate line says that there are no more. */
const candidate = z.strictObject({
  candidate: z.string().max(2_048),
  sdpMid: z.string().max(64).nullish(),
  sdpMLineIndex: z.int().min(0).max(1_024).nullish(),
  usernameFragment: z.string().max(256).nullish(),
});

const ofCall = z.strictObject({ callId });

/** The schemas by the name of the message. */
export const messages = {
  "call:join": ofCall,
  "call:heartbeat": ofCall,
  "call:hangup": ofCall,
  "call:leave": ofCall,
  signal: z
    .strictObject({ callId, to: connectionId, description: description.optional(), candidate: candidate.nullish() })
    .refine((signal) => (signal.description === undefined) !== (signal.candidate === undefined), {
      path: ["description"],
      message: "give either a description or a candidate",
    }),
} as const;

export type MessageName = keyof typeof messages;
export type Message<Name extends MessageName> = z.infer<(typeof messages)[Name]>;
export type Signal = Message<"signal">;

/**
 * Reads what a browser sent.
 * Refuses with `invalid_request`, naming in `param` the first field that is wrong (null when it is the message itself).
 */
export function readMessage<Name extends MessageName>(name: Name, payload: unknown): Message<Name> {
  const reading = messages[name].safeParse(payload);
  if (reading.success) return reading.data as Message<Name>;
  const issue = reading.error.issues[0];
  const unknownField = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknownField === undefined ? [] : [unknownField])].map(String);
  const param = path.length === 0 ? null : path.join(".");
  const what = issue?.message ?? "it is not understood";
  throw new FairminuteError("invalid_request", `${name}: ${param === null ? "" : `${param}: `}${what}`, { param });
}
