/**
 * What a user of a cache may do, in one form: AWS answers an access string with long and short names mixed and with parts
 * that change nothing. It must not judge what is allowed.
 */

/** Long names of what has a short one. */
const SHORT: Readonly<Record<string, string>> = {
  allkeys: '~*',
  allchannels: '&*',
  allcommands: '+@all',
  nocommands: '-@all',
};

/** What takes everything of a sort away, and how that sort is given. A user starts with nothing. */
const TAKES: Readonly<Record<string, RegExp>> = { '-@all': /^\+/, resetkeys: /^[~%]/, resetchannels: /^&/ };

/** An access string in the form that is compared; the rules keep their order, because later ones overrule earlier ones. */
export function normalAccess(text: string): string {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => SHORT[word.toLowerCase()] ?? word);
  const [state = 'off', ...rules] = words;
  const meant = rules.filter((rule, index) => {
    const given = TAKES[rule.toLowerCase()];
    return !given || rules.slice(0, index).some((before) => given.test(before));
  });
  return [state.toLowerCase(), ...meant].join(' ');
}
