/** The cutting of a VPC's address block. */
import fc from 'fast-check';
import { blocksOf, letterOf } from '../../src/stages/parts/addresses.ts';

interface Range {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly prefix: number;
}

const numberOf = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

function rangeOf(text: string): Range {
  const [address = '', prefix = ''] = text.split('/');
  const start = numberOf(address);
  return { text, start, end: start + 2 ** (32 - Number(prefix)), prefix: Number(prefix) };
}

const vpc = fc
  .tuple(fc.integer({ min: 16, max: 20 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([prefix, value]) => {
    const start = value - (value % 2 ** (32 - prefix));
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
    return `${octets.join('.')}/${prefix}`;
  });

const all = (cidr: string, zones: number): readonly Range[] =>
  Array.from({ length: zones }, (_, index) => Object.values(blocksOf(cidr, index)).map(rangeOf)).flat();

describe('blocksOf', () => {
  it('never overlaps, stays inside the VPC, and has no host bits', () => {
    fc.assert(
      fc.property(vpc, (cidr) => {
        const outer = rangeOf(cidr);
        const blocks = [...all(cidr, 3)].sort((a, b) => a.start - b.start);
        expect(blocks).toHaveLength(9);
        blocks.forEach((block, index) => {
          expect(block.start).toBeGreaterThanOrEqual(outer.start);
          expect(block.end).toBeLessThanOrEqual(outer.end);
          expect(block.start % (block.end - block.start)).toBe(0);
          expect(block.start).toBeGreaterThanOrEqual(blocks[index - 1]?.end ?? 0);
          expect(block.text).toMatch(/^(\d{1,3}\.){3}\d{1,3}\/\d{2}$/);
        });
      }),
    );
  });

  it('gives every subnet a size that AWS takes, and public ones room for a load balancer', () => {
    fc.assert(
      fc.property(vpc, fc.nat(2), (cidr, zone) => {
        const { public: open, app, data } = blocksOf(cidr, zone);
        for (const block of [open, app, data]) expect(rangeOf(block).prefix).toBeLessThanOrEqual(28);
        expect(rangeOf(open).prefix).toBeLessThanOrEqual(27);
      }),
    );
  });

  it('is what running tiers have', () => {
    expect([0, 1, 2].map((zone) => blocksOf('10.42.0.0/16', zone))).toEqual([
      { app: '10.42.0.0/20', public: '10.42.64.0/22', data: '10.42.80.0/24' },
      { app: '10.42.16.0/20', public: '10.42.68.0/22', data: '10.42.81.0/24' },
      { app: '10.42.32.0/20', public: '10.42.72.0/22', data: '10.42.82.0/24' },
    ]);
    expect(blocksOf('192.168.240.0/20', 2)).toEqual({
      app: '192.168.242.0/24',
      public: '192.168.244.128/26',
      data: '192.168.245.32/28',
    });
  });
});

describe('letterOf', () => {
  it('knows three zones', () => {
    expect([0, 1, 2].map(letterOf)).toEqual(['a', 'b', 'c']);
    expect(() => letterOf(3)).toThrow('a tier has at most 3 zones');
  });
});
