// Devices: both, one, or none, always with a reason; switched off really means off.
import { expect, test } from "vitest";
import { fakeDevices } from "../../test/fakeMedia.ts";
import { createLocalMedia } from "./media.ts";

test("both devices are asked for in one question", async () => {
  const devices = fakeDevices();
  const media = createLocalMedia(devices);
  await Promise.all([media.open(), media.open()]);
  expect(devices.asked).toHaveLength(1);
  expect(media.state.get()).toMatchObject({ camera: "on", microphone: "on" });
});

test.each([
  ["no camera", { video: "NotFoundError" }, { camera: "none_found", microphone: "on" }],
  ["a camera that is in use", { video: "NotReadableError" }, { camera: "in_use", microphone: "on" }],
  ["a blocked camera", { video: "NotAllowedError" }, { camera: "refused", microphone: "on" }],
  ["no microphone", { audio: "NotFoundError" }, { camera: "on", microphone: "none_found" }],
  ["nothing", { audio: "NotFoundError", video: "NotFoundError" }, { camera: "none_found", microphone: "none_found" }],
])("with %s the rest is used and the reason is told", async (_, refusals, expected) => {
  const media = createLocalMedia(fakeDevices(refusals));
  await media.open();
  expect(media.state.get()).toMatchObject(expected);
});

test("a page that may not have devices says so", async () => {
  const media = createLocalMedia(undefined);
  await media.open();
  expect(media.state.get()).toMatchObject({ camera: "insecure_page", microphone: "insecure_page", video: null });
});

test("switching the camera off stops its track, switching on opens a new one", async () => {
  const devices = fakeDevices();
  const media = createLocalMedia(devices);
  await media.open();
  const first = devices.tracks.find(({ kind }) => kind === "video");
  await media.setCamera(false);
  expect(first?.stopped).toBe(true);
  expect(media.state.get()).toMatchObject({ camera: "off", video: null });
  await media.setCamera(true);
  expect(media.state.get().video).not.toBe(first);
  expect(media.state.get().camera).toBe("on");
});

test("muting keeps the microphone's track and silences it", async () => {
  const devices = fakeDevices();
  const media = createLocalMedia(devices);
  await media.open();
  await media.setMicrophone(false);
  expect(media.state.get()).toMatchObject({ microphone: "off" });
  expect(media.state.get().audio).toMatchObject({ enabled: false, stopped: false });
});

test("closing stops every track, also one that is delivered afterwards", async () => {
  const devices = fakeDevices();
  const media = createLocalMedia(devices);
  const opening = media.open();
  media.close();
  await opening;
  expect(devices.tracks).toHaveLength(2);
  expect(devices.tracks.every(({ stopped }) => stopped)).toBe(true);
  expect(media.state.get()).toMatchObject({ video: null, audio: null });
});

test("a camera that is pulled out is noticed", async () => {
  const devices = fakeDevices();
  const media = createLocalMedia(devices);
  await media.open();
  media.state.get().video?.dispatchEvent(new Event("ended"));
  expect(media.state.get()).toMatchObject({ camera: "none_found", video: null, microphone: "on" });
});
