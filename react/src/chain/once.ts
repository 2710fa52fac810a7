// One piece of work at a time: whoever asks meanwhile gets the work that is under way.

/** Makes the gate. */
export function createOnce(): (work: () => Promise<void>) => Promise<void> {
  let running: Promise<void> | null = null;
  return (work) => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}
