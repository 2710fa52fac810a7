// What must be known during a call: a pause that is not charged, money that runs low, a device that is missing.
import type { ReactNode } from "react";
import type { LocalMediaState } from "../../call/media.ts";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import type { CallMedia } from "../../hooks/useCallMedia.ts";
import type { Ticker } from "../../hooks/useCallTicker.ts";
import { Button } from "../parts/Button.tsx";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { TopUpButton } from "../TopUpButton.tsx";
import type { CallCondition } from "./condition.ts";

export type CallBannersProps = { condition: CallCondition; media: CallMedia; otherName: string; role: Ticker["role"] };

/** Nothing most of the time. Banners are announced politely; the low balance at once. */
export function CallBanners({ condition, media, otherName, role }: CallBannersProps): ReactNode {
  const { words, format } = useFairminute();
  const devices = deviceText(media.local, words.devices);
  return (
    <div className="fm-banners" aria-live="polite">
      {condition.meter === "paused" && (
        <Banner icon="pause" tone="warning" testId="banner-paused">
          {condition.missing === "other" ? words.call.pausedOther(otherName) : words.call.pausedSelf}
        </Banner>
      )}
      {condition.linkLost && (
        <Banner icon="offline" tone="warning" testId="banner-link">
          {words.call.linkLost}
        </Banner>
      )}
      {condition.lowSeconds !== null && <LowBalance seconds={condition.lowSeconds} role={role} />}
      {condition.limitSeconds !== null && (
        <Banner icon="clock" tone="warning" testId="banner-time-limit">
          {words.call.limitTitle} <span aria-hidden="true">{format.clock(condition.limitSeconds)}</span>
        </Banner>
      )}
      {devices !== null && (
        <Banner
          icon="cameraOff"
          tone="plain"
          testId="banner-devices"
          action={
            <Button look="quiet" onClick={() => retryDevices(media)}>
              {words.devices.retry}
            </Button>
          }
        >
          {devices}
        </Banner>
      )}
    </div>
  );
}

/** The payer sees how long the money lasts and how to go on; the payee only that the call may end. */
function LowBalance({ seconds, role }: { seconds: number; role: Ticker["role"] }): ReactNode {
  const { words, format } = useFairminute();
  if (role !== "payer") {
    return (
      <Banner icon="clock" tone="plain" testId="banner-ending-soon">
        {words.call.endsSoon}
      </Banner>
    );
  }
  return (
    <div className="fm-banner fm-banner-warning" data-testid="banner-low-balance" role="alert" aria-live="off">
      <Icon name="warning" size={20} />
      <div className="fm-banner-text">
        <strong>{words.call.lowTitle}</strong> <span aria-hidden="true">{format.clock(seconds)}</span>
        <p>{words.call.lowText}</p>
      </div>
      <TopUpButton amount={100} look="primary" testId="call-top-up" />
    </div>
  );
}

type BannerProps = {
  icon: IconName;
  tone: "plain" | "warning";
  children: ReactNode;
  action?: ReactNode;
  testId: string;
};

function Banner({ icon, tone, children, action, testId }: BannerProps): ReactNode {
  return (
    <div className={`fm-banner fm-banner-${tone}`} data-testid={testId}>
      <Icon name={icon} size={20} />
      <p className="fm-banner-text">{children}</p>
      {action}
    </div>
  );
}

type DeviceWords = Record<"camera" | "microphone" | "both", Record<string, string>>;

/** One sentence for what is missing; null when both devices are there, were switched off by hand, or are being opened. */
export function deviceText(local: LocalMediaState, words: DeviceWords): string | null {
  const camera = words.camera[local.camera];
  const microphone = words.microphone[local.microphone];
  if (camera !== undefined && microphone !== undefined) return words.both[local.microphone] ?? microphone;
  return microphone ?? camera ?? null;
}

function retryDevices(media: CallMedia): void {
  if (media.local.audio === null) media.setMicrophone(true);
  if (media.local.video === null) media.setCamera(true);
}
