// A person at a browser window of their own: what they press, what they see, and what their browser measures.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import type { Server } from "./server.ts";

const pictures = fileURLToPath(new URL("../.test-output/e2e", import.meta.url));
const patient = { timeout: 30_000 };

/** Opens Chromium. With `devices` it has a moving test picture as a camera and a tone as a microphone; without, it has none. */
export function openBrowser(devices: boolean): Promise<Browser> {
  const fake = devices ? ["--use-fake-device-for-media-stream"] : [];
  return chromium.launch({
    executablePath: process.env.FAIRMINUTE_TEST_CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: false,
    args: [...fake, "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"],
  });
}

/** Runs in the page before the app: remembers peers and tracks, so that the test can ask the browser itself about them. */
function watchMedia(): void {
  const seen = { peers: [] as RTCPeerConnection[], tracks: [] as MediaStreamTrack[] };
  Object.assign(globalThis, { seen });
  const Peer = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Peer {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      seen.peers.push(this);
    }
  };
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wish) => {
    const stream = await open(wish);
    seen.tracks.push(...stream.getTracks());
    return stream;
  };
}

type Seen = { peers: RTCPeerConnection[]; tracks: MediaStreamTrack[] };

export class Person {
  readonly userId: string;
  readonly page: Page;
  readonly errors: string[] = [];
  readonly #server: Server;

  constructor(userId: string, page: Page, server: Server) {
    this.userId = userId;
    this.page = page;
    this.#server = server;
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  at(testId: string) {
    return this.page.getByTestId(testId);
  }

  async press(testId: string): Promise<void> {
    await this.at(testId).click(patient);
  }

  async sees(testId: string): Promise<void> {
    await this.at(testId).waitFor({ state: "visible", ...patient });
  }

  async seesNo(testId: string): Promise<void> {
    await this.at(testId).waitFor({ state: "detached", ...patient });
  }

  async text(testId: string): Promise<string> {
    return ((await this.at(testId).textContent(patient)) ?? "").trim();
  }

  /** A figure on screen as a number. */
  async figure(testId: string): Promise<number> {
    return Number((await this.text(testId)).replace(/[^\d-]/g, ""));
  }

  /** A clock on screen ("17:01") in seconds. */
  async seconds(testId: string): Promise<number> {
    return (await this.text(testId)).split(":").reduce((total, part) => total * 60 + Number(part), 0);
  }

  /** Waits until a figure or text on screen is as wished. */
  async expectText(testId: string, wished: string | RegExp): Promise<void> {
    await expect.poll(() => this.text(testId), patient).toMatch(wished);
  }

  picture(name: string): Promise<unknown> {
    mkdirSync(pictures, { recursive: true });
    return this.page.screenshot({ path: `${pictures}/${name}.png` });
  }

  /** Frames of the other person that this browser decoded, over all links of the page. */
  framesDecoded(): Promise<number> {
    return this.page.evaluate(async () => {
      let frames = 0;
      for (const peer of (globalThis as unknown as { seen: Seen }).seen.peers) {
        for (const report of (await peer.getStats()).values()) {
          if (report.type === "inbound-rtp" && report.kind === "video") frames += report.framesDecoded ?? 0;
        }
      }
      return frames;
    });
  }

  /** Waits until new frames of the other person arrive. */
  async expectMovingPicture(): Promise<void> {
    const before = await this.framesDecoded();
    await expect.poll(() => this.framesDecoded(), patient).toBeGreaterThan(before + 10);
  }

  /** The states of all tracks of camera and microphone that this page ever opened. */
  trackStates(): Promise<string[]> {
    return this.page.evaluate(() => {
      return (globalThis as unknown as { seen: Seen }).seen.tracks.map(({ readyState }) => readyState);
    });
  }

  callId(): string {
    return /call_[a-z0-9]+/.exec(this.page.url())?.[0] ?? "";
  }

  token(): Promise<string> {
    return this.page.evaluate(() => JSON.parse(sessionStorage.getItem("fairminute.person") ?? "{}").token);
  }

  /** Asks the API as this person. */
  async ask<Answer>(path: string): Promise<Answer> {
    return this.#server.ask<Answer>("GET", path, undefined, await this.token());
  }
}

/** Opens a window and chooses who to be. */
export async function sitDown(
  browser: Browser,
  server: Server,
  userId: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  await context.addInitScript(watchMedia);
  const person = new Person(userId, await context.newPage(), server);
  await person.page.goto(server.url);
  await person.press(`be-${userId}`);
  await person.sees("mode-badge");
  return person;
}

/** One calls the other through the lobby; both windows then know of the call. */
export async function ring(caller: Person, callee: Person, minutes: number): Promise<string> {
  await caller.press(`call-${callee.userId}`);
  await caller.sees("lobby");
  await caller.at(`lobby-minutes-${minutes}`).check(patient);
  await caller.press("lobby-consent");
  await caller.page.waitForURL(/\/calls\/call_/, patient);
  await callee.sees("incoming-call");
  return caller.callId();
}

/** Lets `seconds` pass on the sandbox's clock while both are there: time that nobody proves to have been there is not charged. */
export async function talkFor(server: Server, someone: Person, seconds: number): Promise<void> {
  const callId = someone.callId();
  for (let left = seconds; left > 0; left -= 20) {
    await server.ask("POST", "/api/sandbox/clock/advance", { seconds: Math.min(20, left) });
    const { events } = await someone.ask<{ events: Evidence[] }>(`/api/calls/${callId}/live`);
    await server.ask("POST", `/api/sandbox/calls/${callId}/events`, stillHere(events));
  }
}

type Evidence = { type: string; userId: string; connectionId: string };

function stillHere(events: Evidence[]) {
  const of = (type: string) => events.filter((event) => event.type === type);
  const left = new Set(of("participant.left").map(({ connectionId }) => connectionId));
  return of("participant.joined")
    .filter(({ connectionId }) => !left.has(connectionId))
    .map(({ userId, connectionId }) => ({ type: "participant.seen", userId, connectionId }));
}
