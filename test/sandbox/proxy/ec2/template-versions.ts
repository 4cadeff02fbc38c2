/**
 * DeleteLaunchTemplateVersions, which the stand-in lacks (API reference: every version by itself, never the default one).
 * Deleted versions are remembered and shown no more.
 */
import { type Call, type Step, text, texts } from '../call.ts';
import { xmlAnswer } from '../protocol.ts';
import type { World } from '../world.ts';
import { branch, type Element, leaf, textAt, writeXml } from '../xml.ts';
import { look } from './view.ts';
import { deletedVersions, versionKey } from './views/template.ts';

function outcome(world: World, call: Call, version: string, record: Element | undefined): Element {
  const name = textAt(record, 'launchTemplateName') ?? text(call.params, 'LaunchTemplateName') ?? '';
  const id = textAt(record, 'launchTemplateId') ?? text(call.params, 'LaunchTemplateId') ?? '';
  const about = [leaf('launchTemplateId', id), leaf('launchTemplateName', name), leaf('versionNumber', version)];
  const error = (code: string, message: string): Element =>
    branch('item', [...about, branch('responseError', [leaf('code', code), leaf('message', message)])]);
  if (!record) return error('launchTemplateVersionDoesNotExist', `version ${version} does not exist`);
  if (textAt(record, 'defaultVersion') === 'true')
    return error('unexpectedError', 'the default version cannot be deleted');
  deletedVersions({ world, call }).set(versionKey(record), true);
  return branch('item', about);
}

/** Answers the call. */
export function templateVersions(world: World): Step {
  return async (call, next) => {
    if (call.operation !== 'DeleteLaunchTemplateVersions') return next(call);
    const { LaunchTemplateId, LaunchTemplateName } = call.params;
    const records = await look({ world, call }, 'DescribeLaunchTemplateVersions', {
      LaunchTemplateId,
      LaunchTemplateName,
    });
    const items = texts(call.params, 'LaunchTemplateVersion').map((version) =>
      outcome(
        world,
        call,
        version,
        records.find((record) => textAt(record, 'versionNumber') === version),
      ),
    );
    call.trace.reached = true;
    const failed = items.filter((item) => item.children.some(({ name }) => name === 'responseError'));
    const root = branch('DeleteLaunchTemplateVersionsResponse', [
      branch(
        'successfullyDeletedLaunchTemplateVersionSet',
        items.filter((item) => !failed.includes(item)),
      ),
      branch('unsuccessfullyDeletedLaunchTemplateVersionSet', failed),
    ]);
    return xmlAnswer(200, writeXml(root));
  };
}
