/** Pages: what is kept of one before the next is asked for. */
import { allOf, eachPage } from '../../src/aws/pages.ts';

const PAGES = [[1, 2], [], [3]] as const;

/** Pages, and the order in which they were asked for and changed. */
function told(steps: string[]): AsyncIterable<readonly number[]> {
  return (async function* () {
    for (const [index, page] of PAGES.entries()) {
      steps.push(`asked for ${index}`);
      yield page;
    }
  })();
}

test('all of them are everything, in order', async () => {
  expect(await allOf(told([]))).toEqual([1, 2, 3]);
});

test('each is changed, also when that takes a while, before the next is asked for', async () => {
  const steps: string[] = [];
  const doubled = eachPage(told(steps), async (page) => {
    await Promise.resolve();
    steps.push(`changed ${page.length}`);
    return page.map((item) => item * 2);
  });
  expect(await allOf(doubled)).toEqual([2, 4, 6]);
  expect(steps).toEqual(['asked for 0', 'changed 2', 'asked for 1', 'changed 0', 'asked for 2', 'changed 1']);
});

test('a page that fails is no end: whoever reads hears of it', async () => {
  const failing = (async function* () {
    yield [1];
    throw new Error('page 2');
  })();
  await expect(allOf(eachPage(failing, (page) => page))).rejects.toThrow('page 2');
});
