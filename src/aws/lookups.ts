/**
 * Facts about an account and region that a stage needs as data: zones, image, instance type. Looked up once and shared;
 * which of them must not move afterwards is the status's business.
 */
import {
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, GetParametersCommand } from '@aws-sdk/client-ssm';
import { InvalidSpec } from '../core/invalid.ts';
import type { Owner } from '../core/kind.ts';
import { parameterPrefix } from '../core/names.ts';
import type { Aws } from './driver.ts';
import { classify } from './errors.ts';

/** An availability zone: its letter differs from account to account, its id does not. */
export interface Zone {
  readonly id: string;
  readonly name: string;
}

/** An image as far as a launch needs it. */
export interface Image {
  readonly id: string;
  readonly architecture: string;
  readonly rootDeviceName: string;
}

/** An instance type as far as a launch needs it. */
export interface InstanceType {
  readonly architectures: readonly string[];
  readonly burstable: boolean;
}

/** Zones of the region that can hold instances of this type, by id. */
export async function zonesOffering(aws: Aws, instanceType: string): Promise<readonly Zone[]> {
  const { AvailabilityZones = [] } = await aws.ec2.send(
    new DescribeAvailabilityZonesCommand({
      Filters: [
        { Name: 'state', Values: ['available'] },
        { Name: 'zone-type', Values: ['availability-zone'] },
      ],
    }),
  );
  const offering = new Set<string>();
  const pages = paginateDescribeInstanceTypeOfferings(
    { client: aws.ec2 },
    { LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: [instanceType] }] },
  );
  for await (const page of pages) {
    for (const { Location } of page.InstanceTypeOfferings ?? []) if (Location) offering.add(Location);
  }
  return AvailabilityZones.flatMap(({ ZoneId, ZoneName }) =>
    ZoneId && ZoneName && offering.has(ZoneName) ? [{ id: ZoneId, name: ZoneName }] : [],
  ).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What an instance type is; fails with `InvalidSpec` when the region does not know it. */
export async function instanceType(aws: Aws, name: string): Promise<InstanceType> {
  try {
    const { InstanceTypes = [] } = await aws.ec2.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: [name as never] }),
    );
    const found = InstanceTypes[0];
    if (found) {
      return {
        architectures: found.ProcessorInfo?.SupportedArchitectures ?? [],
        burstable: found.BurstablePerformanceSupported ?? /^t\d/.test(name),
      };
    }
  } catch (error) {
    const { class: sort } = classify(error);
    if (sort !== 'invalid' && sort !== 'notFound') throw error;
  }
  throw new InvalidSpec(`spec.compute.instanceType: ${aws.region} does not offer ${name}; choose a type that it has`);
}

/** The image id that an SSM public parameter names right now. */
export async function imageOfParameter(aws: Aws, parameter: string): Promise<string> {
  try {
    const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: parameter }));
    if (Parameter?.Value) return Parameter.Value;
  } catch (error) {
    if (classify(error).class !== 'notFound') throw error;
  }
  throw new InvalidSpec(
    `spec.compute.ami.ssmParameter: ${parameter} does not exist in ${aws.region}; correct the name`,
  );
}

/** What an image is; fails with `InvalidSpec` when this account cannot see it. */
export async function image(aws: Aws, id: string): Promise<Image> {
  try {
    const { Images = [] } = await aws.ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
    const found = Images[0];
    if (found) {
      return { id, architecture: found.Architecture ?? '', rootDeviceName: found.RootDeviceName ?? '/dev/xvda' };
    }
  } catch (error) {
    const { class: sort } = classify(error);
    if (sort !== 'invalid' && sort !== 'notFound') throw error;
  }
  throw new InvalidSpec(
    `spec.compute.ami: image ${id} is not visible to account ${aws.accountID} in ${aws.region}; correct the id or share the image`,
  );
}

/** The stage that a tier of this name says that it stands in; nothing when none has said so. */
export async function publishedStage(aws: Aws, name: Pick<Owner, 'namespace' | 'name'>): Promise<string | undefined> {
  const Names = [`${parameterPrefix(name)}/stage`];
  const { Parameters = [] } = await aws.ssm.send(new GetParametersCommand({ Names }));
  return Parameters[0]?.Value;
}
