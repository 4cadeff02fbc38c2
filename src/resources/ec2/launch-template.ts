/**
 * The launch template of a tier's servers. Its versions cannot be changed, so a change is a new version; servers name their
 * version by number, never "latest", so a new one changes nothing by itself.
 */
import { createHash } from 'node:crypto';
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type Filter,
  type LaunchTemplate as LaunchTemplateDescription,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  paginateDescribeLaunchTemplates,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2';
import { type Aws, resource, type Scope } from '../../aws/driver.ts';
import { allOf } from '../../aws/pages.ts';
import { canonical } from '../../core/canonical.ts';
import type { Owned } from '../../core/kind.ts';
import { ifExists, readExisting } from '../existing.ts';
import { dataOf, type LaunchTemplateSpec, specOf } from './launch-template-data.ts';
import { claimed, fieldsOf, gone, PAGE_OF_LARGE, readPages, retag, tagSpecification } from './tagging.ts';

export type { LaunchTemplateSpec } from './launch-template-data.ts';

export interface LaunchTemplateAttributes {
  readonly launchTemplateId: string;
  /** The version's number, as text: that is how servers name it. */
  readonly latestVersion: string;
}

/** EC2 gives and takes no more templates at once. */
const TEMPLATES_PAGE = 200;

const LATEST = ['$Latest'];

/** Versions that are kept, for people who look what a server once was. */
const KEPT = 10;

/** There is no filter for ids, only a list of them, which fails when one is unknown. */
function templatesIn(aws: Aws, scope: Scope): Promise<readonly LaunchTemplateDescription[]> {
  if (scope.by !== 'ids') {
    const pages = (Filters: Filter[]) =>
      paginateDescribeLaunchTemplates({ client: aws.ec2, pageSize: TEMPLATES_PAGE }, { Filters });
    return allOf(readPages(scope, '', pages, (page) => page.LaunchTemplates));
  }
  return readExisting(scope.ids, TEMPLATES_PAGE, async (LaunchTemplateIds) => {
    const answer = await aws.ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds }));
    return answer.LaunchTemplates;
  });
}

/** What is kept of a version. */
interface Latest {
  readonly template: string;
  readonly number: number | undefined;
  readonly spec: ReturnType<typeof specOf>;
}

const latestIn = (version: LaunchTemplateVersion): Latest => ({
  template: version.LaunchTemplateId ?? '',
  number: version.VersionNumber,
  spec: specOf(version),
});

/** Without a template's id, AWS answers the latest version of every template of the account: one call for the sweep. */
async function* latestOfAll(aws: Aws): AsyncIterable<readonly Latest[]> {
  const client = { client: aws.ec2, pageSize: PAGE_OF_LARGE };
  const pages = paginateDescribeLaunchTemplateVersions(client, { Versions: LATEST });
  for await (const page of pages) yield (page.LaunchTemplateVersions ?? []).map(latestIn);
}

async function latestOf(aws: Aws, LaunchTemplateId: string): Promise<readonly Latest[]> {
  const call = aws.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: LATEST }));
  return ((await ifExists(call))?.LaunchTemplateVersions ?? []).map(latestIn);
}

async function* latestOfEach(aws: Aws, ids: readonly string[]): AsyncIterable<readonly Latest[]> {
  yield (await Promise.all(ids.map((id) => latestOf(aws, id)))).flat();
}

function ownedOf(
  { LaunchTemplateId: id = '', LatestVersionNumber, Tags }: LaunchTemplateDescription,
  version: Latest | undefined,
): Owned<LaunchTemplateSpec, LaunchTemplateAttributes> {
  // Number and content from one answer: the list of templates may lag behind the list of versions, or the reverse.
  const latest = version?.number ?? LatestVersionNumber ?? 1;
  return {
    ...claimed(Tags),
    id,
    spec: version?.spec ?? {},
    attributes: { launchTemplateId: id, latestVersion: String(latest) },
    health: version
      ? { state: 'active', phase: 'ready' }
      : { state: 'active', phase: 'settling', reason: 'its latest version is not visible yet' },
  };
}

export const LaunchTemplate = resource<LaunchTemplateSpec, LaunchTemplateAttributes>({
  type: 'ec2.launch-template',
  rules: { name: 'replace', securityGroupIds: 'unordered' },
  sensitive: ['userData'],
  settle: 1,

  async *observe(aws, scope) {
    const templates = new Map(
      (await templatesIn(aws, scope)).map((template) => [template.LaunchTemplateId ?? '', template]),
    );
    if (templates.size === 0) return;
    const versions = scope.by === 'cluster' ? latestOfAll(aws) : latestOfEach(aws, [...templates.keys()]);
    for await (const page of versions) {
      yield page.flatMap((version) => {
        const template = templates.get(version.template);
        return template && templates.delete(version.template) ? [ownedOf(template, version)] : [];
      });
    }
    yield [...templates.values()].map((template) => ownedOf(template, undefined));
  },

  async create(aws, self, spec) {
    const { LaunchTemplate: made } = await aws.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: spec.name,
        ClientToken: self.token,
        LaunchTemplateData: dataOf(spec),
        TagSpecifications: tagSpecification('launch-template', self),
      }),
    );
    const id = made?.LaunchTemplateId ?? '';
    return { id, attributes: { launchTemplateId: id, latestVersion: String(made?.LatestVersionNumber ?? 1) } };
  },

  async update(aws, live, spec, changes) {
    await retag(aws, live.id, changes);
    if (fieldsOf(changes).length === 0) return;
    const data = dataOf(spec);
    // The same content again after a lost answer is the same version; the same content after another one is a new version.
    const content = canonical({ data, after: live.attributes.latestVersion });
    const { LaunchTemplateVersion: version } = await aws.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: live.id,
        ClientToken: createHash('sha256').update(`${live.self.token}/${content}`).digest('hex'),
        LaunchTemplateData: data,
      }),
    );
    const number = version?.VersionNumber ?? 1;
    // For people who start a server from the template by hand; ours name the number, so it is never compared.
    await aws.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: live.id, DefaultVersion: String(number) }));
    if (number <= KEPT) return;
    const Versions = [String(number - KEPT)];
    await aws.ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: live.id, Versions }));
  },

  async delete(aws, live) {
    await gone(aws.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: live.id })));
  },
});
