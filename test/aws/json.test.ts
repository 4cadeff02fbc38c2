/** AWS's JSON, its long lists read in parts: the same as the SDK reads. */
import { DescribeAlarmsOutput$ } from '@aws-sdk/client-cloudwatch';
import { DescribeParametersResult$, GetParametersResult$ } from '@aws-sdk/client-ssm';
import { JsonShapeDeserializer2 } from '@smithy/core/protocols';
import { PiecewiseJson } from '../../src/aws/json.ts';
import { roundsDuring } from './rounds.ts';

const SETTINGS = { timestampFormat: { useTrait: true, default: 7 }, jsonName: false } as const;
const ours = new PiecewiseJson(SETTINGS);
const own = new JsonShapeDeserializer2(SETTINGS);

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const alarm = (index: number) => ({
  AlarmName: `größer ${index}`,
  AlarmArn: null,
  StateUpdatedTimestamp: 1_700_000_000.25 + index,
  Threshold: index % 2 === 0 ? 80.5 : 'NaN',
  Dimensions: many(2, (dimension) => ({ Name: `d${dimension}`, Value: 'x' })),
});

test.each([
  ['a long list beside others', DescribeAlarmsOutput$, { MetricAlarms: many(105, alarm), NextToken: 'n' }],
  [
    'two long lists, one of texts',
    GetParametersResult$,
    {
      Parameters: many(50, (index) => ({ Name: `/a/${index}`, Version: index, LastModifiedDate: 1.5e9 })),
      InvalidParameters: many(41, String),
    },
  ],
  ['a short list', DescribeParametersResult$, { Parameters: many(20, (index) => ({ Name: `/a/${index}` })) }],
  [
    'a list of as many as one part and one more',
    DescribeParametersResult$,
    {
      Parameters: many(21, (index) => ({ Name: `/a/${index}`, Policies: [] })),
    },
  ],
  ['nothing', DescribeAlarmsOutput$, {}],
] as const)('%s', async (_, schema, answer) => {
  const bytes = Buffer.from(JSON.stringify(answer));
  const whole: unknown = await own.read(schema, bytes);
  expect(await ours.read(schema, bytes)).toEqual(whole);
});

test.each([
  ['cut off', '{"MetricAlarms":[{"AlarmName":"a"'],
  ['no JSON', '<html/>'],
])('what is %s is refused', async (_, text) => {
  await expect(ours.read(DescribeAlarmsOutput$, Buffer.from(text))).rejects.toThrow(SyntaxError);
});

test('others get their turn between two parts', async () => {
  const bytes = Buffer.from(JSON.stringify({ MetricAlarms: many(105, alarm) }));
  expect(await roundsDuring(ours.read(DescribeAlarmsOutput$, bytes))).toBeGreaterThan(4);
});
