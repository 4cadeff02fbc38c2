/**
 * The demo's own eyes and hands in AWS: what a person with a console would see and do. It calls the stand-in's endpoint with
 * the SDK, apart from the operator, so that nothing it shows is the operator's word alone.
 */
import { AuthorizeSecurityGroupIngressCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { type Account, enterAccount } from '../sandbox/account.ts';

/** A person in the account of the demo. */
export interface Person {
  /** Everything that carries the tier's name, and everything without any name of ours. */
  standing(): Promise<readonly string[]>;
  /** Opens SSH to the world, as it is done in a hurry; answers with the group. */
  openSSH(): Promise<string>;
  isSSHOpen(): Promise<boolean>;
  /** Takes every tag off a resource. */
  stripTags(id: string): Promise<void>;
  close(): void;
}

/** Enters the account that the sandbox's credentials lead to. */
export async function person(endpoint: string, tier: string): Promise<Person> {
  const account: Account = await enterAccount(endpoint, '123456789012');
  const groups = async () => {
    const Filters = [{ Name: 'tag:scalingtier.dev/name', Values: [tier] }];
    return (await account.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? [];
  };
  return {
    async standing() {
      return Object.values(await account.inventory()).flat();
    },
    async openSSH() {
      const GroupId = (await groups())[0]?.GroupId;
      if (!GroupId) throw new Error(`find the security group of ${tier}: there is none`);
      const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
      await account.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
      return GroupId;
    },
    async isSSHOpen() {
      return (await groups()).some(({ IpPermissions = [] }) => IpPermissions.some(({ FromPort }) => FromPort === 22));
    },
    stripTags: (id) => account.stripTags(id),
    close: () => account.close(),
  };
}
