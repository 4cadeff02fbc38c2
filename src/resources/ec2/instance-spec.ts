/** What a server is asked to be; apart from the kind, so that its reading and its changes can name it too. */
import type { HttpTokensState } from '@aws-sdk/client-ec2';

/** A volume that is attached to a server and outlives it. */
export interface DataVolume {
  readonly volumeId: string;
  /** Anything but `false` would lose the data with the server. */
  readonly deleteOnTermination: boolean;
}

/** One server, started from a version of a launch template. */
export interface InstanceSpec {
  /** Read at the start only: a new version of the template does not concern a server that runs. */
  readonly launchTemplateId: string;
  readonly launchTemplateVersion: string;
  readonly subnetId: string;
  readonly imageId: string;
  /** Changing it stops the server for a minute or two. */
  readonly instanceType: string;
  /** Stands for the user data that it started with. cloud-init runs it once, so other user data needs another server. */
  readonly userDataHash: string;
  readonly securityGroupIds: readonly string[];
  readonly instanceProfileArn: string;
  readonly imdsHopLimit: number;
  readonly httpTokens: HttpTokensState;
  readonly monitoring: boolean;
  readonly terminationProtection: boolean;
  readonly running: boolean;
  /** The server sees more room at its next boot. */
  readonly rootVolumeSizeGiB: number;
  /** By device name; volumes at other devices are somebody else's business. */
  readonly dataVolumes: Readonly<Record<string, DataVolume>>;
}

/** What EC2 gives a server. */
export interface InstanceAttributes {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly zoneName: string;
  readonly rootVolumeId: string;
}

/** Tag that keeps `userDataHash`: no bulk read returns user data. */
export const USER_DATA_TAG = 'scalingtier.dev/user-data';
