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

/** Judges an answer that is looked up once. One that a judgement fails on is forgotten: what is not on offer today may be tomorrow. */
export async function judged<T, R>(
  answers: Answers<T>,
  question: string,
  look: () => Promise<T>,
  judge: (answer: T) => R,
): Promise<R> {
  const answer = await once(answers, question, look);
  try {
    return judge(answer);
  } catch (error) {
    answers.delete(question);
    throw error;
  }
}
