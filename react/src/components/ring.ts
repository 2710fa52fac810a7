// A gentle ring from two sine tones. It may stay silent (no sound device, or the page was not touched yet) and never fails.

const everyMs = 3000;
const tones = [
  { hertz: 587.33, atSeconds: 0 },
  { hertz: 783.99, atSeconds: 0.22 },
];

/** Rings until the answer is called. */
export function startRing(): () => void {
  let context: AudioContext | null = null;
  try {
    context = new AudioContext();
    void context.resume().catch(() => {});
  } catch {
    return () => {};
  }
  const audio = context;
  const ring = () => {
    // Browsers keep sound suspended until the page was touched; tones queued meanwhile would all come at once.
    if (audio.state !== "running") return;
    for (const tone of tones) playTone(audio, tone.hertz, audio.currentTime + tone.atSeconds);
  };
  ring();
  const timer = setInterval(ring, everyMs);
  return () => {
    clearInterval(timer);
    void audio.close().catch(() => {});
  };
}

function playTone(audio: AudioContext, hertz: number, at: number): void {
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = hertz;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.08, at + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.9);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + 1);
}
