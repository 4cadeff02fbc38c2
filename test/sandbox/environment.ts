/**
 * The environment that children of the sandbox start with: the caller's, without what would change their behaviour from
 * one machine to the next (AWS profiles, a kubeconfig, options meant for the test runner, a web proxy that loopback
 * addresses must not go through). Given values win.
 */

const surprises = /^(AWS_|MOTO_|JEST_|KUBE|SCALINGTIER_|POD_|NODE_OPTIONS$|NODE_ENV$)|^(https?|all|no)_proxy$/i;

/** The caller's environment without surprises, plus the given values. */
export function plainEnvironment(
  given: Readonly<Record<string, string>> = {},
  caller: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller)) {
    if (value !== undefined && !surprises.test(name)) plain[name] = value;
  }
  return { ...plain, ...given };
}
