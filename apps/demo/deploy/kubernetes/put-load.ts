/**
 * Puts the load of load-job.yaml on a server of the cluster, and merges what its pods measure:
 *
 *     TARGET=http://shop/ DURATION=60s START_IN=30 node put-load.ts
 *
 * START_IN is how many seconds the pods have to start. Writes `load-0.json` and so on, `load.json`
 * and `load.html`. Exits with 1 when a pod has failed or its requests have.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const JOB = 'shop-load';

interface Job {
  readonly spec: { readonly completions: number };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

function kubectl(args: readonly string[], input?: string): string {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  return execFileSync('kubectl', args, { encoding: 'utf8', input, stdio: [...stdio] });
}

/** The job once it is over, and whether all of its pods were right. */
async function finished(): Promise<{ readonly pods: number; readonly isComplete: boolean }> {
  for (;;) {
    const job = JSON.parse(kubectl(['get', 'job', JOB, '-o', 'json'])) as Job;
    const isTrue = (type: string): boolean =>
      job.status?.conditions?.some((each) => each.type === type && each.status === 'True') === true;
    if (isTrue('Complete') || isTrue('Failed'))
      return { pods: job.spec.completions, isComplete: isTrue('Complete') };
    await delay(1_000);
  }
}

const { TARGET, DURATION, START_IN = '30' } = process.env;
const startAt = new Date(Date.now() + Number(START_IN) * 1_000).toISOString();
let manifest = readFileSync(new URL('./load-job.yaml', import.meta.url), 'utf8');
for (const [name, value] of Object.entries({ TARGET, DURATION, START_AT: startAt }))
  if (value !== undefined)
    manifest = manifest.replace(
      new RegExp(`(name: ${name}, value: ).*? }`),
      `$1${JSON.stringify(value)} }`,
    );
kubectl(['delete', 'job', JOB, '--ignore-not-found']);
kubectl(['apply', '-f', '-'], manifest);
console.log(`The pods begin at ${startAt}`);
const { pods, isComplete } = await finished();
const files: string[] = [];
for (let index = 0; index < pods; index += 1) {
  const labels = `job-name=${JOB},batch.kubernetes.io/job-completion-index=${index}`;
  const file = `load-${index}.json`;
  writeFileSync(file, kubectl(['logs', `--selector=${labels}`, '--tail=-1']));
  files.push(file);
}
const merge = ['merge', ...files, '--json', 'load.json', '--report', 'load.html'];
// It judges the sum, and says what is wrong with it.
const { status } = spawnSync('npx', ['sockpool-load', ...merge], { stdio: 'inherit' });
if (status !== 0) process.exitCode = 1;
if (!isComplete) {
  console.error(`A pod has failed: kubectl describe pods --selector=job-name=${JOB}`);
  process.exitCode = 1;
}
