/** Which views show the records of which describe call. */
import type { View } from './view.ts';
import { showInstance, showInstanceStatus } from './views/instance.ts';
import { showNatGateway } from './views/nat.ts';
import { showAddress, showPlain, showTag, showVpcEndpoint } from './views/network.ts';
import { showModification, showSnapshot, showVolume } from './views/storage.ts';
import { showTemplateTags, showTemplateVersion } from './views/template.ts';

/** The views of each describe call, in order. */
export const VIEWS: Readonly<Record<string, readonly View[]>> = {
  DescribeVpcs: [showPlain('vpcId')],
  DescribeSubnets: [showPlain('subnetId')],
  DescribeVpcEndpoints: [showVpcEndpoint],
  DescribeAddresses: [showAddress],
  DescribeNatGateways: [showNatGateway],
  DescribeInstances: [showInstance],
  DescribeInstanceStatus: [showInstanceStatus],
  DescribeLaunchTemplates: [showTemplateTags],
  DescribeLaunchTemplateVersions: [showTemplateVersion],
  DescribeVolumes: [showVolume],
  DescribeVolumesModifications: [showModification],
  DescribeSnapshots: [showSnapshot],
  DescribeTags: [showTag],
};
