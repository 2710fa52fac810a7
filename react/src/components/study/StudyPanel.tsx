// Study time: today's while it runs, day by day, and room by room with the evidence that it rests on.
import { type ReactNode, useId, useMemo, useState } from "react";
import type { StudyRoomJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { type StudyTime, useStudyTime } from "../../hooks/useStudyTime.ts";
import { QueryPanel } from "../parts/QueryPanel.tsx";
import { ErrorText, StatePanel } from "../parts/StatePanel.tsx";
import { roomNameOf } from "./room.ts";
import { StudyChart } from "./StudyChart.tsx";
import { StudyToday, type StudyTodayProps } from "./StudyToday.tsx";

export type StudyPanelProps = Pick<StudyTodayProps, "room" | "onRoom">;

const spans = [7, 14, 30] as const;

/** The whole page of one's study time. */
export function StudyPanel({ room, onRoom }: StudyPanelProps): ReactNode {
  const { words } = useFairminute();
  const [length, setLength] = useState<number>(spans[0]);
  const time = useStudyTime(length);
  return (
    <div className="fm-study" data-testid="study">
      <StudyToday today={time.today.data} seconds={time.secondsToday} room={room} onRoom={onRoom} />
      <section className="fm-card fm-section">
        <h2 className="fm-section-title">{words.study.byDay}</h2>
        <SpanChoice length={length} onLength={setLength} />
        <QueryPanel query={time.days} rows={3}>
          {(data) => <StudyChart time={data} secondsToday={time.secondsToday} />}
        </QueryPanel>
        <TimeZoneChoice time={time} />
      </section>
      <section className="fm-section">
        <h2 className="fm-section-title">{words.study.rooms}</h2>
        <QueryPanel query={time.days} rows={2}>
          {(data) => <Rooms rooms={data.rooms} />}
        </QueryPanel>
      </section>
    </div>
  );
}

function SpanChoice({ length, onLength }: { length: number; onLength: (length: number) => void }): ReactNode {
  const { words } = useFairminute();
  const name = useId();
  return (
    <fieldset className="fm-choice fm-choice-quiet">
      <legend className="fm-hidden">{words.study.span}</legend>
      <div className="fm-choice-options">
        {spans.map((days) => (
          <label key={days} className="fm-choice-option">
            <input type="radio" name={name} checked={days === length} onChange={() => onLength(days)} />
            <span>{words.study.days(days)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Every zone that this browser knows, and the one that is chosen; by continent, as people look for them. */
function zonesByRegion(chosen: string): [string, string[]][] {
  const regions = new Map<string, string[]>();
  for (const zone of new Set([...Intl.supportedValuesOf("timeZone"), chosen, "UTC"])) {
    const region = zone.includes("/") ? zone.slice(0, zone.indexOf("/")) : "";
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return [...regions];
}

function TimeZoneChoice({ time: { today, setTimeZone } }: { time: StudyTime }): ReactNode {
  const { words } = useFairminute();
  const field = useId();
  const chosen = setTimeZone.isPending ? setTimeZone.variables : (today.data?.timeZone ?? "UTC");
  const regions = useMemo(() => zonesByRegion(chosen), [chosen]);
  return (
    <div className="fm-field fm-study-zone">
      <label htmlFor={field}>{words.study.timeZone}</label>
      <select
        id={field}
        value={chosen}
        disabled={today.data === undefined}
        onChange={(event) => setTimeZone.mutate(event.target.value)}
        data-testid="study-zone"
      >
        {regions.map(([region, zones]) => (
          <optgroup key={region} label={region === "" ? words.study.otherZones : region}>
            {zones.map((zone) => (
              <option key={zone} value={zone}>
                {zone.replaceAll("_", " ")}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {setTimeZone.error !== null && (
        <span className="fm-field-error" role="alert">
          <ErrorText error={setTimeZone.error} />
        </span>
      )}
    </div>
  );
}

function Rooms({ rooms }: { rooms: StudyRoomJson[] }): ReactNode {
  const { words } = useFairminute();
  if (rooms.length === 0) {
    return <StatePanel icon="clock" title={words.study.roomsEmptyTitle} text={words.study.roomsEmptyText} />;
  }
  return (
    <ul className="fm-list" data-testid="study-rooms">
      {rooms.toReversed().map((room) => (
        <li key={room.callId}>
          <Room room={room} />
        </li>
      ))}
    </ul>
  );
}

function Room({ room }: { room: StudyRoomJson }): ReactNode {
  const { words, format } = useFairminute();
  const { durationSource, discrepancy } = room;
  return (
    <div className="fm-row" data-testid={`study-room-${room.callId}`}>
      <div className="fm-row-text">
        <p className="fm-row-title">{roomNameOf(room.roomName)}</p>
        <p className="fm-row-sub">
          {format.day(room.from)}, {format.time(room.from)}
          {durationSource !== null && `. ${words.study.restsOn(words.study.sources[durationSource])}`}
        </p>
        {discrepancy !== null && (
          <p className="fm-row-sub fm-text-busy" data-testid="study-discrepancy">
            {words.study.discrepancy(
              words.study.sources[discrepancy.source],
              format.duration(discrepancy.seconds),
              words.study.sources[discrepancy.otherSource],
              format.duration(discrepancy.otherSeconds),
            )}
          </p>
        )}
      </div>
      <div className="fm-row-figures">
        <p className="fm-amount">{format.duration(room.durationSeconds)}</p>
        {room.isPresent && <p className="fm-row-sub fm-text-available">{words.study.hereNow}</p>}
      </div>
    </div>
  );
}
