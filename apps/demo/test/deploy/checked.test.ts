import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { adapt, DEPLOY, deployFile, folderWith, SOCKPOOL } from './deploy-files.ts';

/** What a tool that has nothing to say against a file leaves; some say so, and some say nothing. */
interface Verdict {
  readonly status: number | null;
  readonly said: string;
}

function run(command: string, ...args: readonly string[]): Verdict {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`.trim() };
}

/** For the title of a test, and whether it is skipped. */
function without(command: string, flag: string, debian: string): string | false {
  return run(command, flag).status === null && ` (skipped: Debian's ${debian} is not installed)`;
}

const haproxy = without('haproxy', '-v', 'haproxy');
const nginx = without('nginx', '-v', 'nginx-light');
const caddy = without('caddy', 'version', 'caddy');
const systemd = without('systemd-analyze', '--version', 'systemd');
const promtool = without('promtool', '--version', 'prometheus');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Checks a manifest by the schema of its kind, which lets names pass that it does not know. */
async function validate(manifest: Manifest): Promise<void> {
  const module = import.meta.resolve(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`);
  const kinds = (await import(module)) as Record<
    string,
    new (from: unknown) => { validate(): void }
  >;
  new kinds[manifest.kind]!(manifest).validate();
}

/** What the compiler says of manifests by the types of their kinds, which know every name. */
async function compile(manifests: readonly Manifest[]): Promise<string> {
  const modules = manifests.map(
    (manifest, index) =>
      `import type { I${manifest.kind} as Kind${index} } from 'kubernetes-models/${manifest.apiVersion}/${manifest.kind}';
export const manifest${index}: Kind${index} = ${JSON.stringify(manifest)};`,
  );
  const folder = await folderWith({ 'manifests.ts': modules.join('\n') });
  symlinkSync(NODE_MODULES, path.join(folder, 'node_modules'));
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
  ];
  const { said } = run(
    path.join(NODE_MODULES, '.bin/tsc'),
    ...options,
    path.join(folder, 'manifests.ts'),
  );
  return said;
}

const NODE_MODULES = path.join(DEPLOY, '../node_modules');

test.skipIf(haproxy)(`HAProxy accepts haproxy.cfg${haproxy || ''}`, () => {
  // It warns of what it will not do, and exits with 0.
  expect(run('haproxy', '-c', '-q', '-f', path.join(DEPLOY, 'haproxy.cfg'))).toEqual({
    status: 0,
    said: '',
  });
});

test.skipIf(nginx)(`nginx accepts nginx.conf${nginx || ''}`, async () => {
  const folder = await folderWith({});
  const file = path.join(folder, 'nginx.conf');
  // It opens its logs for that, and looks its user up.
  writeFileSync(
    file,
    adapt(deployFile('nginx.conf'), [
      ['user www-data;', ''],
      ['/run/nginx.pid', `${folder}/nginx.pid`],
      ['/var/log/nginx/error.log', `${folder}/error.log`],
      ['listen 80;', `listen unix:${folder}/front.sock;`],
    ]),
  );
  const { status, said } = run(
    'nginx',
    '-t',
    '-p',
    folder,
    '-e',
    `${folder}/error.log`,
    '-c',
    file,
  );
  expect({ status, said }).toMatchObject({
    status: 0,
    said: expect.stringContaining('successful'),
  });
  expect(said).not.toMatch(/\[(?:warn|error|emerg)\]/);
});

test.skipIf(caddy)(
  `Caddy accepts the Caddyfile, and would not format it otherwise${caddy || ''}`,
  () => {
    const file = path.join(DEPLOY, 'Caddyfile');
    const { status, said } = run('caddy', 'validate', '--adapter', 'caddyfile', '--config', file);
    expect({ status, said }).toMatchObject({
      status: 0,
      said: expect.stringContaining('Valid configuration'),
    });
    expect(run('caddy', 'fmt', file).said).toBe(deployFile('Caddyfile').trim());
  },
);

test.skipIf(systemd)(`systemd has nothing to say against the units${systemd || ''}`, async () => {
  const folder = await folderWith({});
  // It looks for the programs that the units start.
  const bin = path.join(folder, 'shop/node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'sockpool'), '#!/bin/sh\n');
  chmodSync(path.join(bin, 'sockpool'), 0o755);
  const units = ['shop.socket', 'shop.service', 'shop@.service'];
  for (const unit of units)
    writeFileSync(
      path.join(folder, unit),
      deployFile(`systemd/${unit}`).replaceAll('/srv/shop', path.join(folder, 'shop')),
    );
  const files = ['shop.socket', 'shop.service', 'shop@3001.service'];
  const verdict = run('systemd-analyze', 'verify', ...files.map((name) => path.join(folder, name)));
  expect(verdict).toEqual({ status: 0, said: '' });
});

describe('Prometheus', () => {
  const METRICS = path.dirname(
    createRequire(import.meta.url).resolve('@sockpool/metrics/package.json'),
  );

  test.skipIf(promtool)(
    `accepts the configuration with our rules and those of @sockpool/metrics${promtool || ''}`,
    async () => {
      const folder = await folderWith({
        // Debian's has no client of Kubernetes.
        'prometheus.yml': adapt(deployFile('prometheus/prometheus.yml'), [
          [
            'kubernetes_sd_configs:\n      - role: pod',
            'file_sd_configs:\n      - files: [pods.yml]',
          ],
        ]),
        'pods.yml': '[]',
        'rules.yml': deployFile('prometheus/rules.yml'),
        'alerts.yml': deployFile(path.relative(DEPLOY, `${METRICS}/prometheus/alerts.yml`)),
      });
      const { status, said } = run('promtool', 'check', 'config', `${folder}/prometheus.yml`);
      expect({ status, said }).toMatchObject({
        status: 0,
        said: expect.stringMatching(/SUCCESS: 2 rule files found/),
      });
      expect(said).not.toMatch(/FAILED|WARN/);
    },
  );

  test.skipIf(promtool)(`computes what the rules say${promtool || ''}`, async () => {
    const folder = await folderWith({
      'rules.yml': deployFile('prometheus/rules.yml'),
      'rules-test.yml': RULES_TEST,
    });
    expect(run('promtool', 'test', 'rules', `${folder}/rules-test.yml`)).toMatchObject({
      status: 0,
      said: expect.stringContaining('SUCCESS'),
    });
  });

  test.skipIf(promtool)(`reads the query of the adapter${promtool || ''}`, async () => {
    const { rules } = parse(deployFile('prometheus/adapter.yaml')) as {
      readonly rules: readonly { readonly seriesQuery: string; readonly metricsQuery: string }[];
    };
    const [rule] = rules;
    const series = rule?.seriesQuery.replace(/\{.*/, '') ?? '';
    const query = rule?.metricsQuery
      .replace('<<.Series>>', series)
      .replace('<<.LabelMatchers>>', 'pod="shop-1"')
      .replace('<<.GroupBy>>', 'pod');
    const group = { name: 'adapter', rules: [{ record: 'query', expr: query }] };
    const folder = await folderWith({ 'rules.yml': JSON.stringify({ groups: [group] }) });
    expect(run('promtool', 'check', 'rules', `${folder}/rules.yml`).status).toBe(0);
    // The autoscaler asks for the same.
    const { spec } = parse(deployFile('kubernetes/autoscaler.yaml'));
    expect(spec.metrics[0].pods.metric.name).toBe(series);
  });
});

const RULES_TEST = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: sockpool_event_loop_utilization_ratio{job="shop",instance="a",worker="0"}
        values: 0.5x10
      - series: sockpool_event_loop_utilization_ratio{job="shop",instance="a",worker="1"}
        values: 0.9x10
      - series: sockpool_http_request_duration_seconds_count{job="shop",status="2xx"}
        values: 0+54x10
      - series: sockpool_http_request_duration_seconds_count{job="shop",status="5xx"}
        values: 0+4x10
      - series: sockpool_http_request_duration_seconds_count{job="shop",status="aborted"}
        values: 0+2x10
    promql_expr_test:
      - expr: instance:sockpool_event_loop_utilization:avg
        eval_time: 10m
        exp_samples:
          - labels: 'instance:sockpool_event_loop_utilization:avg{job="shop",instance="a"}'
            value: 0.7
      - expr: job:sockpool_http_requests:rate5m
        eval_time: 10m
        exp_samples: [{ labels: 'job:sockpool_http_requests:rate5m{job="shop"}', value: 1 }]
      - expr: job:sockpool_http_failures:ratio5m
        eval_time: 10m
        exp_samples: [{ labels: 'job:sockpool_http_failures:ratio5m{job="shop"}', value: 0.1 }]
`;

describe('Kubernetes', () => {
  const names = ['deployment', 'service', 'autoscaler', 'disruption-budget', 'load-job'];

  test.each(names)('has a schema for %s.yaml, and it fits', async (name) => {
    const documents = parseAllDocuments(deployFile(`kubernetes/${name}.yaml`));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    for (const document of documents) await validate(document.toJS());
  });

  test('knows every name in the manifests', async () => {
    const manifests = names.map((name) => parse(deployFile(`kubernetes/${name}.yaml`)));
    expect(await compile(manifests)).toBe('');
  });

  test('refuses an unknown name, a wrong type, and a missing name', async () => {
    const deployment = parse(deployFile('kubernetes/deployment.yaml'));
    const [container] = deployment.spec.template.spec.containers;
    const withContainer = (changed: object): typeof deployment => {
      const manifest = structuredClone(deployment);
      manifest.spec.template.spec.containers = [{ ...container, ...changed }];
      return manifest;
    };
    const wrongType = withContainer({ lifecycle: { preStop: { sleep: { seconds: 'five' } } } });
    const missing = withContainer({ readinessProbe: { httpGet: { path: '/readyz' } } });
    await expect(validate(wrongType)).rejects.toThrow('sleep/seconds must be integer');
    await expect(validate(missing)).rejects.toThrow('httpGet must have required property port');
    const unknown = withContainer({ lifecycle: { preStop: { nap: { seconds: 5 } } } });
    expect(await compile([unknown])).toMatch(/error TS2353: .*nap.* does not exist/);
  });

  test('names of one manifest are those of the others', () => {
    const [deployment, service, autoscaler, budget] = names.map((name) =>
      parse(deployFile(`kubernetes/${name}.yaml`)),
    );
    const { labels } = deployment.spec.template.metadata;
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
    ])
      expect(labels).toMatchObject(selector);
    const { name, kind } = autoscaler.spec.scaleTargetRef;
    expect(deployment).toMatchObject({ kind, metadata: { name } });
    const [container] = deployment.spec.template.spec.containers;
    const ports = container.ports.map((port: { readonly name: string }) => port.name);
    const used = [
      service.spec.ports[0].targetPort,
      ...['startupProbe', 'readinessProbe', 'livenessProbe'].map(
        (probe) => container[probe].httpGet.port,
      ),
    ];
    expect(used.filter((port) => !ports.includes(port))).toEqual([]);
    const { scrape_configs: scraped } = parse(deployFile('prometheus/prometheus.yml'));
    expect(ports).toContain(scraped[0].relabel_configs[1].regex);
  });
});

test('Kubernetes and systemd wait for longer than a close takes', () => {
  const args = [SOCKPOOL, 'serve', '--dry-run', '--port=0'];
  const plan = spawnSync(process.execPath, args, {
    cwd: path.join(DEPLOY, 'app'),
    env: { ...process.env, READINESS_DELAY_MS: '5000' },
    encoding: 'utf8',
  });
  const { shutdown } = JSON.parse(plan.stdout).pool;
  const { readinessDelayMs, graceMs, terminateMs, killMs } = shutdown;
  expect(readinessDelayMs).toBe(5_000);
  const closeMs = readinessDelayMs + graceMs + terminateMs + killMs;
  const { spec } = parse(deployFile('kubernetes/deployment.yaml')).spec.template;
  const [{ lifecycle }] = spec.containers;
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(
    lifecycle.preStop.sleep.seconds + closeMs / 1_000,
  );
  for (const unit of ['shop.service', 'shop@.service']) {
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(deployFile(`systemd/${unit}`)) ?? [];
    expect(Number(seconds)).toBeGreaterThan(closeMs / 1_000);
  }
});
