// Questions that many ask at the same time, put to the database as one.

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Makes a function that answers one key, and asks for many at once. One question is under way at a time: whoever asks meanwhile
 * goes into the next one, so that an answer is never older than its question.
 * @param ask answers several keys, each named once; a key without an answer is undefined
 */
export function gather<Key, Answer>(
  ask: (keys: Key[]) => Promise<ReadonlyMap<Key, Answer>>,
): (key: Key) => Promise<Answer | undefined> {
  let last: Promise<unknown> = Promise.resolve();
  let next: { keys: Set<Key>; answers: Promise<ReadonlyMap<Key, Answer>> } | null = null;

  function begin(): NonNullable<typeof next> {
    const keys = new Set<Key>();
    const answers = last.then(nextTurn).then(() => {
      next = null;
      return ask([...keys]);
    });
    last = answers.catch(() => undefined);
    return { keys, answers };
  }

  return async (key) => {
    next ??= begin();
    next.keys.add(key);
    return (await next.answers).get(key);
  };
}
