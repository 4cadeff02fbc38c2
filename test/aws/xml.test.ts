/** AWS's XML, read piece by piece: the same as the SDK reads, whole or not at all. */
import { DescribeVpcsResult$, GetLaunchTemplateDataResult$ } from '@aws-sdk/client-ec2';
import { GetAccountAuthorizationDetailsResponse$, GetAccountSummaryResponse$ } from '@aws-sdk/client-iam';
import { XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import { PiecewiseXml, readXml } from '../../src/aws/xml.ts';
import { roundsDuring } from './rounds.ts';

const SETTINGS = {
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
  xmlNamespace: '',
  serviceNamespace: '',
} as const;

/** The SDK's own way to read. */
class Own extends XmlShapeDeserializer {
  constructor() {
    super(SETTINGS);
  }
  parse(xml: string): unknown {
    return this.parseXml(xml);
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const item = (index: number): string =>
  `<item><vpcId>vpc-${index}</vpcId><tagSet><item><key>Name</key><value>größer &amp; &#xE9;</value></item></tagSet></item>`;

test.each([
  ['texts and fields', '<R><a>1</a><b>two words</b></R>'],
  ['a list, a list of one, an empty one', '<R><x><item>1</item><item>2</item></x><y><item>1</item></y><z/></R>'],
  ['lists without a frame', '<R><item>1</item><a>-</a><item>2</item></R>'],
  ['space that lays out, and space that is said', '<R>\n  <a> </a>\n  <b>\n  </b>\n  <c> x\n</c>\n</R>'],
  ['entities and CDATA', '<R><a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a><b><![CDATA[<not> & parsed]]></b></R>'],
  ['a declaration and comments', '<?xml version="1.0" encoding="UTF-8"?>\n<!-- hm --><R><a>1<!-- so -->2</a></R>'],
  ['nothing but a root', '<R/>'],
  ['many records', `<R><set>${Array.from({ length: 2_000 }, (_, index) => item(index)).join('\n')}</set></R>`],
])('%s', async (_, xml) => {
  expect(plain(await readXml(xml))).toEqual(plain(new Own().parse(xml)));
});

test('names that mean something elsewhere, and characters beyond the first plane', async () => {
  const xml = '<R><constructor>1</constructor><__proto__><b>2</b></__proto__><a>&#x1F642;</a></R>';
  const content = await readXml(xml);
  expect(content).toEqual({ constructor: '1', a: '🙂' });
  expect(Object.getPrototypeOf(content)).toBe(Object.prototype);
});

test('a namespace on the root, which says nothing, is left out', async () => {
  expect(plain(await readXml('<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><a>1</a></R>'))).toEqual({ a: '1' });
});

test.each([
  ['cut within a text', '<R><a>1</a><b>2'],
  ['cut between two fields', '<R><a>1</a>'],
  ['cut within a tag', '<R><a>1</a><b'],
  ['not XML', 'Service Unavailable'],
  ['empty', ''],
])('what is %s is refused', async (_, xml) => {
  await expect(readXml(xml)).rejects.toThrow();
});

test('others get their turn between two pieces', async () => {
  const xml = `<R>${item(1).repeat(2_000)}</R>`;
  expect(await roundsDuring(readXml(xml))).toBeGreaterThan(5);
});

const many = (name: string, contentOf: (index: number) => string): string =>
  Array.from({ length: 105 }, (_, index) => `<${name}>${contentOf(index)}</${name}>`).join('');

describe('what is read in parts is read whole', () => {
  test.each([
    [
      'one long list beside others',
      DescribeVpcsResult$,
      `<R><requestId>1</requestId><vpcSet>${many('item', (index) => `<vpcId>vpc-${index}</vpcId>`)}</vpcSet><nextToken>n</nextToken></R>`,
      undefined,
    ],
    [
      'a field with nothing but a long list in it',
      GetLaunchTemplateDataResult$,
      `<R><launchTemplateData><networkInterfaceSet>${many('item', (index) => `<deviceIndex>${index}</deviceIndex>`)}</networkInterfaceSet></launchTemplateData></R>`,
      undefined,
    ],
    [
      'two long lists',
      GetAccountAuthorizationDetailsResponse$,
      `<R><X><UserDetailList>${many('member', (index) => `<UserName>u${index}</UserName>`)}</UserDetailList><IsTruncated>true</IsTruncated>` +
        `<RoleDetailList>${many('member', (index) => `<RoleName>r${index}</RoleName>`)}</RoleDetailList></X></R>`,
      'X',
    ],
    [
      'a long map',
      GetAccountSummaryResponse$,
      `<R><X><SummaryMap>${many('entry', (index) => `<key>k${index}</key><value>${index}</value>`)}</SummaryMap></X></R>`,
      'X',
    ],
  ] as const)('%s', async (_, schema, xml, key) => {
    const whole = new Own().read(schema, Buffer.from(xml), key);
    expect(JSON.stringify(whole).length).toBeGreaterThan(900);
    expect(await new PiecewiseXml(SETTINGS).read(schema, Buffer.from(xml), key)).toEqual(whole);
  });
});
