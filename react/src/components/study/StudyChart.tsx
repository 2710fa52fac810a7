// Study time by day as bars, with the same figures as a table for whoever reads no bars.
import type { ReactNode } from "react";
import type { StudyDayJson, StudyTimeJson } from "../../client/wire.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";

export type StudyChartProps = {
  time: StudyTimeJson;
  /** Today's seconds at this moment, which the server's answer is too old to know. */
  secondsToday: number;
};

/** Round heights for the scale, in hours. */
const scales = [0.25, 0.5, 1, 2, 4, 6, 8, 12, 16, 24];
const barWidth = 10;
const height = 100;
/** Labels below more bars than this do not fit on a phone: every n-th one then. */
const labelsMax = 7;

/** Bars grow from a floor line; the scale is in hours and fits the longest day. */
export function StudyChart({ time, secondsToday }: StudyChartProps): ReactNode {
  const { words, format } = useFairminute();
  const days = time.days.map((day, i) =>
    i === time.days.length - 1 ? { ...day, seconds: Math.max(day.seconds, secondsToday) } : day,
  );
  const total = format.duration(days.reduce((sum, { seconds }) => sum + seconds, 0));
  const most = Math.max(...days.map(({ seconds }) => seconds)) / 3600;
  const scale = scales.find((hours) => most <= hours) ?? 24;
  return (
    <div className="fm-study-chart" data-testid="study-chart">
      <div className="fm-chart">
        <div className="fm-chart-scale" aria-hidden="true">
          {[scale, scale / 2, 0].map((hours) => (
            <span key={hours}>{hours === 0 ? "0" : format.duration(hours * 3600)}</span>
          ))}
        </div>
        <Bars days={days} scale={scale} label={words.study.chart(words.study.days(days.length), total)} />
        <Labels days={days} />
      </div>
      <p className="fm-row-sub" data-testid="study-total">
        {words.study.total(total)}
      </p>
      <DayTable days={days} />
    </div>
  );
}

function Bars({ days, scale, label }: { days: StudyDayJson[]; scale: number; label: string }): ReactNode {
  const { format } = useFairminute();
  const width = days.length * barWidth;
  return (
    <svg
      className="fm-chart-bars"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {[0, height / 2, height].map((y) => (
        <line key={y} className="fm-chart-line" x1={0} x2={width} y1={y} y2={y} />
      ))}
      {days.map(({ date, seconds }, i) => {
        const bar = Math.min(height, (seconds / 3600 / scale) * height);
        return (
          <rect
            key={date}
            className={i === days.length - 1 ? "fm-chart-bar fm-chart-bar-today" : "fm-chart-bar"}
            x={i * barWidth + barWidth * 0.18}
            y={height - bar}
            width={barWidth * 0.64}
            height={bar}
            data-testid={`study-bar-${date}`}
          >
            <title>{`${format.localDay(date)}: ${format.duration(seconds)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function Labels({ days }: { days: StudyDayJson[] }): ReactNode {
  const { words, format } = useFairminute();
  const every = Math.ceil(days.length / labelsMax);
  const few = every === 1;
  return (
    <div className="fm-chart-labels" aria-hidden="true">
      {days.map(({ date, seconds }, i) => {
        const shown = (days.length - 1 - i) % every === 0;
        return (
          <span key={date}>
            {shown && <span>{few ? format.weekday(date) : format.dayOfMonth(date)}</span>}
            {few && <small>{seconds < 60 ? words.study.none : format.clock(Math.floor(seconds / 60))}</small>}
          </span>
        );
      })}
    </div>
  );
}

function DayTable({ days }: { days: StudyDayJson[] }): ReactNode {
  const { words, format } = useFairminute();
  return (
    <details className="fm-study-table">
      <summary data-testid="study-as-table">{words.study.asTable}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.study.day}</th>
            <th scope="col">{words.study.time}</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map(({ date, seconds }) => (
            <tr key={date}>
              <th scope="row">{format.localDay(date)}</th>
              <td data-testid={`study-day-${date}`}>{format.duration(seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
