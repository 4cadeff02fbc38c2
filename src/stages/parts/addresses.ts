/**
 * Cuts a VPC's address block into subnets. The layout does not depend on the number of zones, so a third zone can be added
 * to a running tier without moving anything.
 */

/** Every IPv4 address. */
export const ANYWHERE = '0.0.0.0/0';

const LETTERS = ['a', 'b', 'c'] as const;

/** Letters by which the subnets of the zones are told apart. */
export type ZoneLetter = (typeof LETTERS)[number];

/** The letter of the zone at an index. */
export function letterOf(index: number): ZoneLetter {
  const letter = LETTERS[index];
  if (!letter) throw new Error(`name zone ${index}: a tier has at most ${LETTERS.length} zones`);
  return letter;
}

const toNumber = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** The address blocks of one zone. */
export interface ZoneBlocks {
  readonly public: string;
  readonly app: string;
  readonly data: string;
}

/**
 * Blocks of the zone at an index. With a /16: app /20, public /22, data /24; a smaller VPC shrinks them alike, so that with a
 * /20 the public ones keep the /26 that a load balancer needs (at least /27).
 */
export function blocksOf(cidr: string, index: number): ZoneBlocks {
  const [base = '', prefix = ''] = cidr.split('/');
  const size = Number(prefix);
  const block = (bits: number, start: number): string => `${toAddress(toNumber(base) + start)}/${size + bits}`;
  const span = (bits: number): number => 2 ** (32 - size - bits);
  return {
    app: block(4, index * span(4)),
    public: block(6, 4 * span(4) + index * span(6)),
    data: block(8, 5 * span(4) + index * span(8)),
  };
}
