// Today's study time while it runs, and the way into a room and out of it.
import { type FormEvent, type ReactNode, useEffect, useId, useState } from "react";
import { isUnreachable } from "../../client/problem.ts";
import type { StudyTodayJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import { type StudyTimeTracker, useStreamStudyTimeTracker } from "../../hooks/useStreamStudyTimeTracker.ts";
import { Button } from "../parts/Button.tsx";
import { ErrorText } from "../parts/StatePanel.tsx";
import { roomIdOf, roomNameOf } from "./room.ts";

export type StudyTodayProps = {
  today: StudyTodayJson | undefined;
  seconds: number;
  /** The room that one is in; it belongs to the app (to its address, for instance), so that a reload stays in it. */
  room: string | null;
  onRoom: (room: string | null) => void;
};

/** Whoever opens the page with a room is in it. */
export function StudyToday({ today, seconds, room, onRoom }: StudyTodayProps): ReactNode {
  const { words, format } = useFairminute();
  const tracker = useStreamStudyTimeTracker(room);
  const { startTracking, endTracking } = tracker;
  useEffect(() => {
    if (room !== null) void startTracking();
  }, [room, startTracking]);
  const leave = () => {
    void endTracking();
    onRoom(null);
  };
  const here = today?.rooms.find(({ callId }) => callId === tracker.tracking?.callId);
  return (
    <section className="fm-card fm-study-today">
      <p className="fm-study-figure">
        <span className="fm-figure-label">{words.study.today}</span>
        <span className="fm-balance-value" role="timer" data-testid="study-today">
          {format.clock(seconds)}
        </span>
      </p>
      {room === null ? (
        <JoinForm onRoom={onRoom} />
      ) : (
        <div className="fm-study-room" data-testid="study-room">
          <p className="fm-study-in">{words.study.inRoom(roomNameOf(room))}</p>
          <People present={here?.present} />
          <p className="fm-field-hint">{words.study.leaveHint}</p>
          <Button onClick={leave} testId="study-leave">
            {words.study.leave}
          </Button>
        </div>
      )}
      <Trouble tracker={tracker} />
    </section>
  );
}

function People({ present }: { present: StudyTodayJson["rooms"][number]["present"] | undefined }): ReactNode {
  const { words } = useFairminute();
  if (present === undefined || present.length <= 1) return <p className="fm-row-sub">{words.study.alone}</p>;
  return (
    <div>
      <p className="fm-figure-label">{words.study.present}</p>
      <ul className="fm-study-people" data-testid="study-people">
        {present.map(({ userId, name }) => (
          <li key={userId}>{name ?? userId}</li>
        ))}
      </ul>
    </div>
  );
}

function JoinForm({ onRoom }: Pick<StudyTodayProps, "onRoom">): ReactNode {
  const { words } = useFairminute();
  const [name, setName] = useState("");
  const field = useId();
  const room = roomIdOf(name);
  const invalid = name.trim() !== "" && room === "";
  const join = (event: FormEvent) => {
    event.preventDefault();
    if (room !== "") onRoom(room);
  };
  return (
    <form className="fm-study-join" onSubmit={join}>
      <p className="fm-row-sub">{words.study.notInRoom}</p>
      <div className="fm-field fm-study-name">
        <label htmlFor={field}>{words.study.room}</label>
        <input
          id={field}
          value={name}
          maxLength={60}
          autoComplete="off"
          aria-invalid={invalid}
          aria-describedby={`${field}-hint`}
          onChange={(event) => setName(event.target.value)}
          data-testid="study-name"
        />
        <span id={`${field}-hint`} className={invalid ? "fm-field-error" : "fm-field-hint"}>
          {invalid ? words.study.roomInvalid : words.study.roomHint}
        </span>
      </div>
      <Button type="submit" look="primary" disabled={room === ""} testId="study-join">
        {words.study.join}
      </Button>
    </form>
  );
}

/** A lost line goes on by itself; a refusal does not. */
function Trouble({ tracker: { error } }: { tracker: StudyTimeTracker }): ReactNode {
  const { words } = useFairminute();
  if (error === null) return null;
  const unreachable = isUnreachable(error);
  return (
    <p
      className={unreachable ? "fm-note fm-note-warning" : "fm-note fm-note-danger"}
      role={unreachable ? "status" : "alert"}
      data-testid="study-trouble"
    >
      {unreachable ? words.study.offline : <ErrorText error={error} />}
    </p>
  );
}
