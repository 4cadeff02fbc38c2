/** Look-ups whose answers do not change under a running process, shared by all tiers. It must not know what is looked up. */

/** Answers by what was asked. */
export type Answers<T> = Map<string, Promise<T>>;

/** Looks up what nobody has asked yet; a look that failed is not remembered. */
export function once<T>(answers: Answers<T>, question: string, look: () => Promise<T>): Promise<T> {
  const known = answers.get(question);
  if (known) return known;
  const looking = look();
  answers.set(question, looking);
  looking.catch(() => answers.delete(question));
  return looking;
}
