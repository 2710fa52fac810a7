// Study time: what a client says of its user, days in a time zone, and durations as Stream tells them.
import { eventSources } from "@fairminute/core";
import { z } from "zod";
import { idField, timeField } from "./fields.ts";

/** Days that can be meant. */
const dayField = z.iso
  .date()
  .refine((day) => day >= "2000-01-01" && day < "2200-01-01", "expected a day from 2000-01-01 to 2199-12-31");

const timeZoneField = z
  .string()
  .max(64)
  .meta({ description: "An IANA name.", examples: ["Europe/Madrid"] });

const secondsField = z.int().min(0);

const sourceField = z.enum(eventSources).meta({
  description:
    "What it rests on, the strongest first: report (the provider's record of connections), webhook (the provider's events), " +
    "signalling (our own sockets), poll (looks at the provider's room), proof (heartbeats), hint (the client's word alone).",
  examples: ["webhook"],
});

const discrepancySchema = z
  .object({
    source: sourceField,
    seconds: secondsField.meta({ description: "What counts.", examples: [3600] }),
    otherSource: sourceField.meta({ examples: ["hint"] }),
    otherSeconds: secondsField.meta({ examples: [4200] }),
  })
  .meta({ id: "StudyDiscrepancy", description: "Two kinds of evidence for the same presence that do not agree." });

export const trackStudySchema = z
  .strictObject({
    userId: idField.meta({ description: "The caller; a backend may name anybody.", examples: ["leo"] }),
    callId: z
      .string()
      .min(1)
      .max(257)
      .meta({
        description: "A call's id here, or Stream's call id or cid (type:id). A room that has no call yet gets one.",
        examples: ["algebra"],
      }),
    action: z.enum(["start", "end", "heartbeat"]).meta({ examples: ["start"] }),
    timeZone: timeZoneField.optional().meta({
      description: "Whose day `dailyHours` counts while the user has chosen no time zone.",
      examples: ["Europe/Madrid"],
    }),
  })
  .meta({ id: "TrackStudy" });

export const studyTrackingSchema = z
  .object({
    callId: z.string().meta({ description: "The call's id here.", examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
    isTracking: z.boolean().meta({ examples: [true] }),
    durationSeconds: secondsField.meta({ description: "How long the user has been in this call.", examples: [3600] }),
    durationMinutes: z
      .int()
      .min(0)
      .meta({ description: "To the nearest minute.", examples: [60] }),
    durationSource: sourceField.nullable(),
    dailyHours: z
      .number()
      .min(0)
      .meta({ description: "Today's hours over all rooms.", examples: [1.25] }),
    discrepancy: discrepancySchema.nullable(),
  })
  .meta({ id: "StudyTracking" });

const dayFields = {
  date: z.string().meta({ examples: ["2026-03-01"] }),
  seconds: secondsField.meta({ examples: [4500] }),
  minutes: z
    .int()
    .min(0)
    .meta({ examples: [75] }),
};

const roomFields = {
  callId: z.string().meta({ examples: ["call_01jd3v6k9q2m8r4t7w0x5y1z6a"] }),
  provider: z.string().meta({ examples: ["stream"] }),
  roomName: z.string().meta({ examples: ["default:algebra"] }),
  from: timeField.meta({ description: "When the user first came.", examples: ["2026-03-01T12:00:00.000Z"] }),
  durationSeconds: secondsField.meta({ description: "Within the days asked for.", examples: [4500] }),
  durationSource: sourceField.nullable(),
  discrepancy: discrepancySchema.nullable(),
  isPresent: z.boolean().meta({ examples: [false] }),
};

const zoneFields = {
  timeZone: timeZoneField,
  isTimeZoneChosen: z.boolean().meta({ description: "By the user; else it is a default.", examples: [true] }),
  serverTime: z.int().meta({ description: "The server's now in milliseconds.", examples: [1_772_366_400_000] }),
};

export const studyTimeSchema = z
  .object({
    ...zoneFields,
    from: z.string().meta({ examples: ["2026-03-01"] }),
    to: z.string().meta({ examples: ["2026-03-01"] }),
    days: z.array(z.object(dayFields).meta({ id: "StudyDay" })).meta({ description: "Every day, also empty ones." }),
    totalSeconds: secondsField.meta({ examples: [4500] }),
    rooms: z.array(z.object(roomFields).meta({ id: "StudyRoom" })),
  })
  .meta({ id: "StudyTime" });

export const studyTodaySchema = z
  .object({
    ...zoneFields,
    ...dayFields,
    dailyHours: z
      .number()
      .min(0)
      .meta({ examples: [1.25] }),
    isPresent: z.boolean().meta({ description: "In at least one room at this moment.", examples: [true] }),
    rooms: z.array(
      z
        .object({
          ...roomFields,
          present: z
            .array(z.object({ userId: z.string(), name: z.string().nullable() }))
            .meta({ description: "Who is in the room at this moment, while the user is." }),
        })
        .meta({ id: "StudyRoomToday" }),
    ),
  })
  .meta({ id: "StudyToday" });

export const studySpanSchema = z.strictObject({
  from: dayField.optional().meta({ description: "The first local day; six days before `to` when absent." }),
  to: dayField.optional().meta({ description: "The last local day, included; today when absent." }),
  timeZone: timeZoneField.optional().meta({ description: "Instead of the one that the user chose." }),
});

export const todayQuerySchema = z.strictObject({ timeZone: timeZoneField.optional() });

export const studySettingsSchema = z.strictObject({ timeZone: timeZoneField }).meta({ id: "StudySettings" });

export const streamCallParamsSchema = z.strictObject({
  callId: z
    .string()
    .min(1)
    .max(257)
    .meta({ description: "Stream's call id or cid.", examples: ["default:algebra"] }),
});

export const streamDurationSchema = z
  .object({
    callId: z.string().meta({ examples: ["default:algebra"] }),
    durationSeconds: secondsField.nullable().meta({
      description: "From the first who came to the last who left, or to now. Null: nobody was ever in it.",
      examples: [3600],
    }),
    durationMinutes: z
      .int()
      .min(0)
      .nullable()
      .meta({ examples: [60] }),
  })
  .meta({ id: "StreamCallDuration" });

export const streamDetailsSchema = z
  .object({
    cid: z.string().meta({ examples: ["default:algebra"] }),
    type: z.string().meta({ examples: ["default"] }),
    id: z.string().meta({ examples: ["algebra"] }),
    createdBy: z
      .string()
      .nullable()
      .meta({ examples: ["leo"] }),
    memberIds: z.array(z.string()),
    isActive: z.boolean(),
    startedAt: timeField.nullable(),
    endedAt: timeField.nullable(),
    durationSeconds: secondsField.nullable().meta({ examples: [3600] }),
    durationMinutes: z
      .int()
      .min(0)
      .nullable()
      .meta({ examples: [60] }),
    connections: z.array(
      z.object({
        userId: z.string(),
        connectionId: z.string(),
        from: timeField,
        to: timeField.nullable().meta({ description: "Null while it is open." }),
      }),
    ),
  })
  .meta({ id: "StreamCallDetails" });

export const streamActiveSchema = z
  .object({ callId: z.string().meta({ examples: ["default:algebra"] }), isActive: z.boolean() })
  .meta({ id: "StreamCallActive" });

export const streamUserParamsSchema = z.strictObject({ userId: idField.meta({ examples: ["leo"] }) });

export const streamActiveCallsSchema = z
  .object({
    calls: z.array(
      z.object({
        cid: z.string().meta({ examples: ["default:algebra"] }),
        type: z.string(),
        id: z.string(),
        startedAt: timeField.nullable(),
        isPresent: z.boolean().meta({ description: "The user is in it at this moment." }),
      }),
    ),
  })
  .meta({ id: "StreamActiveCalls" });
