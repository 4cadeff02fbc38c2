/** IPv4 blocks in canonical text, judged as the API server judges them. No arithmetic beyond that. */

/** Length of the prefix of a CIDR, `NaN` when there is none. */
export function prefixLength(cidr: string): number {
  return Number(cidr.split('/')[1] ?? Number.NaN);
}

/** Whether text is an IPv4 CIDR in its one canonical spelling: no leading zeros, no host bits. */
export function canonicalCIDR(cidr: string): boolean {
  const prefix = prefixLength(cidr);
  const octets = (cidr.split('/')[0] ?? '').split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet <= 255)) || !(prefix <= 32)) return false;
  if (`${octets.join('.')}/${prefix}` !== cidr) return false;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return address % 2 ** (32 - prefix) === 0;
}
