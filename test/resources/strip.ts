/** Takes tags off an EC2 resource, as a careless person or script would. */
import { DeleteTagsCommand } from '@aws-sdk/client-ec2';
import type { World } from './world.ts';

/** Takes every tag off. */
export async function stripTags(world: World, id: string): Promise<void> {
  await world.aws.ec2.send(
    new DeleteTagsCommand({
      Resources: [id],
      Tags: Object.keys(world.identity('ec2.vpc/any').tags).map((Key) => ({ Key })),
    }),
  );
}
