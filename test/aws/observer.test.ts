/** Readings of AWS that tiers share. */
import { setImmediate } from 'node:timers/promises';
import type { AnyResource, Aws, Scope } from '../../src/aws/driver.ts';
import { type Observer, observer } from '../../src/aws/observer.ts';
import type { Owned } from '../../src/core/kind.ts';
import type { Reading } from '../../src/core/snapshot.ts';
import { ownedOf, ownerOf } from './toy-box.ts';

/** Whatever there is, is young enough. */
const ANY_AGE = { notBefore: 0, renewBefore: 0 };

const AWS = { accountID: '123456789012', region: 'us-east-1' } as Aws;

/** A kind whose answers a test gives when it likes. */
function slowKind() {
  const asked: {
    readonly scope: Scope;
    answer(found: readonly Owned[]): Promise<void>;
    fail(code: string): Promise<void>;
  }[] = [];
  /** An answer is taken in page by page, in turns of the event loop. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  };
  const kind = {
    type: 'toy.box',
    observe: async function* (_aws: Aws, scope: Scope) {
      yield await new Promise<readonly Owned[]>((resolve, reject) => {
        asked.push({
          scope,
          answer: (found) => {
            resolve(found);
            return settle();
          },
          fail: (code) => {
            reject(Object.assign(new Error('AWS says no'), { name: code }));
            return settle();
          },
        });
      });
    },
  } as unknown as AnyResource;
  const question = (index: number) => {
    const one = asked[index];
    if (!one) throw new Error(`question ${index} was not asked; there are ${asked.length}`);
    return one;
  };
  return { kind, asked, question };
}

const idsOf = (reading: Reading): readonly string[] =>
  'found' in reading ? reading.found.map(({ id }) => id) : [`failed ${reading.failed.code}`];

/** Gathering of fresh questions takes a moment. */
const moment = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

function start(): { readonly o: Observer; time: number } {
  const clock = { time: 0 };
  return Object.assign(clock, { o: observer({ gather: 0, now: () => clock.time }) });
}

/** The question of one for whom a sweep is due after 100 and too old after 200. */
const paced = ({ time }: { readonly time: number }) => ({
  aws: AWS,
  owner: ownerOf('a'),
  notBefore: time - 200,
  renewBefore: time - 100,
});

describe('a sweep', () => {
  it('is one call for all tiers that ask at the same time, and each gets its own', async () => {
    const { o } = start();
    const { kind, asked, question } = slowKind();
    const answers = ['a', 'b', 'c'].map((name) => o.swept(kind, { aws: AWS, owner: ownerOf(name), ...ANY_AGE }));
    await question(0).answer([ownedOf('a', 'a-1'), ownedOf('b', 'b-1'), ownedOf('b', 'b-2')]);
    expect((await Promise.all(answers)).map(idsOf)).toEqual([['a-1'], ['b-1', 'b-2'], []]);
    expect(asked.map(({ scope }) => scope)).toEqual([{ by: 'cluster', cluster: 'main' }]);
  });

  it('is kept until it is too old for somebody', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const ask = (notBefore: number) =>
      state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), notBefore, renewBefore: 0 });
    const first = ask(0);
    await question(0).answer([ownedOf('a', 'old')]);
    await first;
    state.time = 100;
    expect(idsOf(await ask(0))).toEqual(['old']);
    expect(asked).toHaveLength(1);
    const second = ask(50);
    await question(1).answer([ownedOf('a', 'new')]);
    expect(idsOf(await second)).toEqual(['new']);
  });

  it('that takes longer than it may be old serves all who come while it runs, and is as young as its end', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const ask = (notBefore: number) =>
      state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), notBefore, renewBefore: 0 });
    const early = ask(0);
    state.time = 100;
    const late = ask(50);
    await question(0).answer([ownedOf('a', 'slow')]);
    expect([idsOf(await early), idsOf(await late)]).toEqual([['slow'], ['slow']]);
    state.time = 140;
    expect(idsOf(await ask(90))).toEqual(['slow']);
    expect(asked).toHaveLength(1);
  });

  it('that ended lately never stands for a tier of which something newer was read', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const ask = (notBefore: number) =>
      state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), notBefore, renewBefore: 0 });
    const slow = ask(0);
    state.time = 10;
    const fresh = state.o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    await question(1).answer([ownedOf('a', 'fresh')]);
    await fresh;
    state.time = 65;
    await question(0).answer([ownedOf('a', 'slow')]);
    await slow;
    expect(idsOf(await ask(5))).toEqual(['fresh']);
    const again = ask(20);
    expect(asked).toHaveLength(3);
    await question(2).answer([ownedOf('a', 'again')]);
    expect(idsOf(await again)).toEqual(['again']);
  });

  it('begins after the one before it, also when that came too early for somebody', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const ask = (notBefore: number) =>
      state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), notBefore, renewBefore: 0 });
    const early = ask(0);
    state.time = 10;
    const fresh = state.o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    await question(1).answer([ownedOf('a', 'fresh')]);
    await fresh;
    state.time = 100;
    const late = ask(50);
    const latest = ask(50);
    expect(asked).toHaveLength(2);
    await question(0).answer([ownedOf('a', 'early')]);
    await question(2).answer([ownedOf('a', 'late')]);
    expect([await early, await late, await latest].map(idsOf)).toEqual([['early'], ['late'], ['late']]);
    expect(idsOf(await ask(0))).toEqual(['late']);
    expect(asked).toHaveLength(3);
  });

  it('is made anew beside the answer once that is due, and only its own failure is its concern', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const ask = () => state.o.swept(kind, paced(state));
    const first = ask();
    state.time = 30;
    await question(0).answer([ownedOf('a', 'first')]);
    expect(idsOf(await first)).toEqual(['first']);
    state.time = 100;
    await ask();
    expect(asked).toHaveLength(1);
    state.time = 101;
    expect(idsOf(await ask())).toEqual(['first']);
    expect(idsOf(await ask())).toEqual(['first']);
    expect(asked).toHaveLength(2);
    await question(1).fail('InternalError');
    expect(idsOf(await ask())).toEqual(['first']);
    expect(asked).toHaveLength(2);
    state.time = 202;
    expect(idsOf(await ask())).toEqual(['first']);
    expect(asked).toHaveLength(3);
    await question(2).answer([ownedOf('a', 'third')]);
    expect(idsOf(await ask())).toEqual(['third']);
  });

  it('that could not be made anew for too long is waited for, and its failure is the answer', async () => {
    const state = start();
    const { kind, question } = slowKind();
    const ask = () => state.o.swept(kind, paced(state));
    const first = ask();
    await question(0).answer([ownedOf('a', 'first')]);
    await first;
    state.time = 201;
    const late = ask();
    await question(1).fail('UnauthorizedOperation');
    expect(idsOf(await late)).toEqual(['failed UnauthorizedOperation']);
  });

  it('is made anew as well for those who only compare', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const due = () => ({ aws: AWS, owner: ownerOf('a'), notBefore: 0, renewBefore: state.time });
    const first = state.o.shown(kind, due());
    await question(0).answer([ownedOf('a', 'a-1')]);
    await first;
    state.time = 10;
    expect(state.o.edition([kind], due())).toEqual(expect.any(Number));
    expect(asked).toHaveLength(2);
    await question(1).answer([ownedOf('a', 'a-1')]);
    state.time = 20;
    expect(state.o.shown(kind, due())).toEqual(expect.any(String));
    expect(asked).toHaveLength(3);
  });

  it('of one kind waits for that of another of the same service, and for no other', async () => {
    const { o } = start();
    const [box, crate, jar] = ['toy.box', 'toy.crate', 'glass.jar'].map((type) => {
      const slow = slowKind();
      return { ...slow, kind: { ...slow.kind, type } as AnyResource };
    });
    if (!box || !crate || !jar) throw new Error('three kinds are needed');
    const answers = [box, crate, jar].map(({ kind }) => o.swept(kind, { aws: AWS, owner: ownerOf('a'), ...ANY_AGE }));
    expect([box, crate, jar].map(({ asked }) => asked.length)).toEqual([1, 0, 1]);
    await box.question(0).fail('UnauthorizedOperation');
    await crate.question(0).answer([ownedOf('a', 'a-1')]);
    await jar.question(0).answer([ownedOf('a', 'a-2')]);
    expect((await Promise.all(answers)).map(idsOf)).toEqual([['failed UnauthorizedOperation'], ['a-1'], ['a-2']]);
  });

  it('that failed is a failure for all who asked, never an empty answer, and is not kept', async () => {
    const { o } = start();
    const { kind, question } = slowKind();
    const ask = () => o.swept(kind, { aws: AWS, owner: ownerOf('a'), ...ANY_AGE });
    const answers = [ask(), ask()];
    await question(0).fail('UnauthorizedOperation');
    expect(await Promise.all(answers)).toEqual([
      { failed: { class: 'denied', code: 'UnauthorizedOperation', message: 'AWS says no' } },
      { failed: { class: 'denied', code: 'UnauthorizedOperation', message: 'AWS says no' } },
    ]);
    const again = ask();
    await question(1).answer([ownedOf('a', 'a-1')]);
    expect(idsOf(await again)).toEqual(['a-1']);
  });

  it('is not shared between accounts, regions and kinds', async () => {
    const { o } = start();
    const { kind, asked } = slowKind();
    const other = { ...kind, type: 'glass.jar' } as AnyResource;
    const ask = (which: AnyResource, aws: Aws) => void o.swept(which, { aws, owner: ownerOf('a'), ...ANY_AGE });
    ask(kind, AWS);
    ask(kind, { ...AWS, region: 'eu-west-1' });
    ask(kind, { ...AWS, accountID: '210987654321' });
    ask(other, AWS);
    ask(kind, AWS);
    expect(asked).toHaveLength(4);
  });

  it('of a global kind is shared between the regions of an account', async () => {
    const { o } = start();
    const { kind, asked, question } = slowKind();
    const everywhere = { ...kind, global: true } as AnyResource;
    const ask = (region: string, name: string) =>
      o.swept(everywhere, { aws: { ...AWS, region }, owner: ownerOf(name), ...ANY_AGE });
    const answers = [ask('us-east-1', 'a'), ask('eu-west-1', 'b')];
    await question(0).answer([ownedOf('a', 'a-1'), ownedOf('b', 'b-1')]);
    expect((await Promise.all(answers)).map(idsOf)).toEqual([['a-1'], ['b-1']]);
    expect(asked).toHaveLength(1);
    expect(o.ages().map(({ region }) => region)).toEqual(['global']);
  });

  it('tells its age by region, of the oldest one in use', async () => {
    const state = start();
    const { kind, question } = slowKind();
    expect(state.o.ages()).toEqual([]);
    const answer = state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), ...ANY_AGE });
    await question(0).answer([]);
    await answer;
    state.time = 4_000;
    expect(state.o.ages()).toEqual([{ region: 'us-east-1', seconds: 4 }]);
  });
});

describe('a fresh reading', () => {
  it('is asked for at once when no other waits for its answer', async () => {
    const o = observer({ gather: 3_600_000 });
    const { kind, asked } = slowKind();
    void o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await Promise.resolve().then(() => {});
    expect(asked).toHaveLength(1);
  });

  it('is made together with others while one waits for its answer, at the latest when that is there', async () => {
    const o = observer({ gather: 3_600_000 });
    const { kind, asked, question } = slowKind();
    const ask = (name: string) => o.fresh(kind, { aws: AWS, owner: ownerOf(name) });
    const first = ask('a');
    await moment();
    const later = [ask('b')];
    await moment();
    later.push(ask('c'));
    await moment();
    expect(asked).toHaveLength(1);
    await question(0).fail('InternalError');
    expect(idsOf(await first)).toEqual(['failed InternalError']);
    expect(asked[1]?.scope).toEqual({ by: 'tiers', owners: [ownerOf('b'), ownerOf('c')] });
    await question(1).answer([ownedOf('b', 'b-1'), ownedOf('c', 'c-1')]);
    expect((await Promise.all(later)).map(idsOf)).toEqual([['b-1'], ['c-1']]);
  });

  it('is one call for all tiers that ask within a moment', async () => {
    const { o } = start();
    const { kind, asked, question } = slowKind();
    const answers = ['a', 'b', 'a'].map((name) => o.fresh(kind, { aws: AWS, owner: ownerOf(name) }));
    await moment();
    expect(asked.map(({ scope }) => scope)).toEqual([{ by: 'tiers', owners: [ownerOf('a'), ownerOf('b')] }]);
    await question(0).answer([ownedOf('b', 'b-1')]);
    expect((await Promise.all(answers)).map(idsOf)).toEqual([[], ['b-1'], []]);
  });

  it('never joins a call that is under way already', async () => {
    const { o } = start();
    const { kind, asked, question } = slowKind();
    const first = o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    const second = o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    expect(asked).toHaveLength(2);
    await question(0).answer([]);
    await question(1).answer([ownedOf('a', 'a-1')]);
    expect([idsOf(await first), idsOf(await second)]).toEqual([[], ['a-1']]);
  });

  it('that failed is a failure, and leaves what was known as it was', async () => {
    const { o } = start();
    const { kind, question } = slowKind();
    const sweep = o.swept(kind, { aws: AWS, owner: ownerOf('a'), ...ANY_AGE });
    await question(0).answer([ownedOf('a', 'a-1')]);
    await sweep;
    const fresh = o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    await question(1).fail('InternalError');
    expect(idsOf(await fresh)).toEqual(['failed InternalError']);
    expect(idsOf(await o.swept(kind, { aws: AWS, owner: ownerOf('a'), ...ANY_AGE }))).toEqual(['a-1']);
  });

  it('is what a sweep says of this tier until a later sweep', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const swept = (name: string, notBefore: number) =>
      state.o.swept(kind, { aws: AWS, owner: ownerOf(name), notBefore, renewBefore: 0 });
    const first = Promise.all([swept('a', 0), swept('b', 0)]);
    await question(0).answer([ownedOf('a', 'old'), ownedOf('b', 'b-1')]);
    await first;
    state.time = 10;
    const fresh = state.o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    await question(1).answer([ownedOf('a', 'fresh')]);
    await fresh;
    expect([idsOf(await swept('a', 0)), idsOf(await swept('b', 0))]).toEqual([['fresh'], ['b-1']]);
    expect(asked).toHaveLength(2);
    state.time = 20;
    const later = swept('a', 15);
    await question(2).answer([ownedOf('a', 'later')]);
    await later;
    expect(idsOf(await swept('a', 0))).toEqual(['later']);
  });

  it('that ends after a later sweep does not hide it', async () => {
    const state = start();
    const { kind, question } = slowKind();
    const fresh = state.o.fresh(kind, { aws: AWS, owner: ownerOf('a') });
    await moment();
    state.time = 10;
    const sweep = state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), notBefore: 5, renewBefore: 0 });
    await question(1).answer([ownedOf('a', 'sweep')]);
    await question(0).answer([ownedOf('a', 'fresh')]);
    expect([idsOf(await fresh), idsOf(await sweep)]).toEqual([['fresh'], ['sweep']]);
    expect(idsOf(await state.o.swept(kind, { aws: AWS, owner: ownerOf('a'), ...ANY_AGE }))).toEqual(['sweep']);
  });
});

describe('a look by id', () => {
  it('answers or fails, and is shared with nobody', async () => {
    const { o } = start();
    const { kind, asked, question } = slowKind();
    const first = o.byID(kind, AWS, ['a-1']);
    const second = o.byID(kind, AWS, ['a-1']);
    expect(asked.map(({ scope }) => scope)).toEqual([
      { by: 'ids', ids: ['a-1'] },
      { by: 'ids', ids: ['a-1'] },
    ]);
    await question(0).answer([ownedOf('a', 'a-1')]);
    await question(1).fail('Throttling');
    expect([idsOf(await first), idsOf(await second)]).toEqual([['a-1'], ['failed Throttling']]);
  });
});

describe('a change', () => {
  it('that a sweep shows is said of each tier that it concerns, and of no other', async () => {
    const changed: string[] = [];
    const clock = { time: 0 };
    const o = observer({ gather: 0, now: () => clock.time, onChange: (tier) => changed.push(tier) });
    const { kind, question } = slowKind();
    const sweep = async (turn: number, found: readonly Owned[]) => {
      clock.time = turn * 100;
      const answer = o.swept(kind, { aws: AWS, owner: ownerOf('a'), notBefore: clock.time, renewBefore: 0 });
      await question(turn).answer(found);
      await answer;
    };
    await sweep(0, [ownedOf('a', 'a-1'), ownedOf('b', 'b-1'), ownedOf('c', 'c-1')]);
    await sweep(1, [ownedOf('c', 'c-1'), ownedOf('b', 'b-1'), ownedOf('a', 'a-1')]);
    expect(changed).toEqual([]);
    await sweep(2, [ownedOf('a', 'a-2'), ownedOf('b', 'b-1'), ownedOf('d', 'd-1')]);
    expect(changed.toSorted()).toEqual(['shop/a', 'shop/c']);
  });
});

describe('what nobody asks for any more', () => {
  it('is forgotten after a while, age and all', async () => {
    const state = start();
    const { kind, asked, question } = slowKind();
    const ask = (region: string) =>
      void state.o.swept(kind, { aws: { ...AWS, region }, owner: ownerOf('a'), ...ANY_AGE });
    ask('us-east-1');
    await question(0).answer([]);
    ask('eu-west-1');
    await question(1).answer([]);
    state.time = 7_000_000;
    ask('eu-west-1');
    state.time = 7_300_000;
    expect(state.o.ages().map(({ region }) => region)).toEqual(['eu-west-1']);
    ask('us-east-1');
    expect(asked).toHaveLength(3);
  });
});

describe('what is only compared', () => {
  const question = (notBefore: number) => ({ aws: AWS, owner: ownerOf('a'), notBefore, renewBefore: 0 });

  it('is known at once as long as the sweep is young enough, and is the print of what a pass would read', async () => {
    const { o } = start();
    const { kind, question: asked } = slowKind();
    const first = o.shown(kind, question(0));
    expect(first).toBeInstanceOf(Promise);
    await asked(0).answer([ownedOf('a', 'a-1')]);
    const print = await first;
    expect(o.shown(kind, question(0))).toBe(print);
    expect(await o.swept(kind, question(0))).toMatchObject({ shown: print });
  });

  it('is the same after a sweep that shows the same, and another after one that does not', async () => {
    const state = start();
    const { kind, question: asked } = slowKind();
    const prints: unknown[] = [];
    for (const [turn, id] of ['a-1', 'a-1', 'a-2'].entries()) {
      state.time = turn * 100;
      const answer = state.o.shown(kind, question(turn * 100));
      await asked(turn).answer([ownedOf('a', id)]);
      prints.push(await answer);
    }
    expect(prints[1]).toBe(prints[0]);
    expect(prints[2]).not.toBe(prints[0]);
  });

  it('has one edition until a sweep or a fresh reading shows something else of any tier', async () => {
    const state = start();
    const { kind, question: asked } = slowKind();
    const { o } = state;
    const edition = (notBefore = 0) => o.edition([kind], question(notBefore));
    expect(edition()).toBeUndefined();
    const first = o.swept(kind, question(0));
    await asked(0).answer([ownedOf('a', 'a-1')]);
    await first;
    const swept = edition();
    expect(swept).toEqual(expect.any(Number));
    expect(edition()).toBe(swept);
    state.time = 100;
    expect(edition(50)).toBeUndefined();
    const other = o.fresh(kind, { aws: AWS, owner: ownerOf('b') });
    await moment();
    await asked(1).answer([ownedOf('b', 'b-1')]);
    await other;
    const fresh = edition();
    expect(fresh).toBeGreaterThan(swept ?? Number.NaN);
    state.time = 200;
    const again = o.swept(kind, question(200));
    await asked(2).answer([ownedOf('a', 'a-1')]);
    await again;
    expect(edition(200)).toBeGreaterThan(fresh ?? Number.NaN);
  });

  it('is not known when it could not be read', async () => {
    const { o } = start();
    const { kind, question: asked } = slowKind();
    const answer = o.shown(kind, question(0));
    await asked(0).fail('UnauthorizedOperation');
    expect(await answer).toBeUndefined();
  });
});
