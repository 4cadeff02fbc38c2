/** A launch template's data, to and from EC2's words. It must not call AWS, and must not put user data into messages. */
import type {
  LaunchTemplateVersion,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
  VolumeType,
} from '@aws-sdk/client-ec2';
import type { Owned } from '../../core/kind.ts';

/** The disk that a server boots from. */
export interface RootVolume {
  /** As the image names it. */
  readonly deviceName: string;
  readonly sizeGiB: number;
  readonly volumeType: VolumeType;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
}

/** What a server started from the template is. The subnet is the server's own. */
export interface LaunchTemplateSpec {
  readonly name: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly instanceProfileArn: string;
  readonly securityGroupIds: readonly string[];
  readonly imdsHopLimit: number;
  readonly rootVolume: RootVolume;
  /** Whether servers get a public address when they start, whatever their subnet does by itself. Absent: as the subnet does. */
  readonly publicAddress?: boolean;
  /** Plain text. Compared as a whole and never shown: people put secrets there. */
  readonly userData: string;
}

/** EC2 takes the groups with the interface when it is told about one. */
const networkOf = ({ securityGroupIds, publicAddress }: LaunchTemplateSpec): RequestLaunchTemplateData =>
  publicAddress === undefined
    ? { SecurityGroupIds: [...securityGroupIds] }
    : {
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: publicAddress, Groups: [...securityGroupIds] }],
      };

/** The data of a version in EC2's words. */
export function dataOf(spec: LaunchTemplateSpec): RequestLaunchTemplateData {
  const { deviceName, sizeGiB, volumeType, encrypted, kmsKeyId } = spec.rootVolume;
  const ebs = { VolumeSize: sizeGiB, VolumeType: volumeType, Encrypted: encrypted, DeleteOnTermination: true };
  return {
    ImageId: spec.imageId,
    InstanceType: spec.instanceType as NonNullable<RequestLaunchTemplateData['InstanceType']>,
    IamInstanceProfile: { Arn: spec.instanceProfileArn },
    ...networkOf(spec),
    BlockDeviceMappings: [{ DeviceName: deviceName, Ebs: kmsKeyId === null ? ebs : { ...ebs, KmsKeyId: kmsKeyId } }],
    MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: spec.imdsHopLimit },
    Monitoring: { Enabled: true },
    DisableApiTermination: true,
    // A server that shuts itself down is started again, it does not vanish.
    InstanceInitiatedShutdownBehavior: 'stop',
    ...(spec.userData === '' ? {} : { UserData: Buffer.from(spec.userData).toString('base64') }),
  };
}

function rootVolumeOf({ BlockDeviceMappings: [disk] = [] }: ResponseLaunchTemplateData): RootVolume | null {
  if (!disk?.Ebs) return null;
  return {
    deviceName: disk.DeviceName ?? '',
    sizeGiB: disk.Ebs.VolumeSize ?? 0,
    volumeType: disk.Ebs.VolumeType ?? 'standard',
    encrypted: disk.Ebs.Encrypted ?? false,
    kmsKeyId: disk.Ebs.KmsKeyId ?? null,
  };
}

/** A version as read, in the shape of the spec. */
export function specOf(version: LaunchTemplateVersion): Owned<LaunchTemplateSpec>['spec'] {
  const { LaunchTemplateData: data = {}, LaunchTemplateName } = version;
  const imds = data.MetadataOptions;
  const [network] = data.NetworkInterfaces ?? [];
  return {
    name: LaunchTemplateName ?? null,
    imageId: data.ImageId ?? null,
    instanceType: data.InstanceType ?? null,
    instanceProfileArn: data.IamInstanceProfile?.Arn ?? null,
    securityGroupIds: network?.Groups ?? data.SecurityGroupIds ?? [],
    publicAddress: network?.AssociatePublicIpAddress ?? null,
    // A version that does not require tokens is none of ours, whatever its hop limit.
    imdsHopLimit: imds?.HttpTokens === 'required' ? (imds.HttpPutResponseHopLimit ?? null) : null,
    rootVolume: rootVolumeOf(data),
    userData: Buffer.from(data.UserData ?? '', 'base64').toString(),
  };
}
