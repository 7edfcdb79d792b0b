import type { DocumentedLine } from './documented-lines.ts';

/** What keeps some command lines of the documents true. */
export type Kept = {
  /** Those from their beginning to their end. */
  readonly lines: RegExp;
  /** Only in these documents; all by default. */
  readonly of?: RegExp;
} & (
  | {
      /** The test, or the step of CI, that runs them. */
      readonly by: string;
      /** What stands there: `$1` is what the first group of `lines` matches. */
      readonly says: string;
    }
  | {
      /** Why nothing runs them. */
      readonly not: string;
    }
);

/** A test of running-lines.test.ts, by its title. */
const here = (says: string) => ({ by: 'docs/test/running-lines.test.ts', says }) as const;

const MINUTES = 'It takes minutes to hours, and tells figures instead of right or wrong';
const READERS = "It names a program of the reader's, or a way of Node's own";

/** Every command line of the documents matches exactly one of these. */
export const KEPT: readonly Kept[] = [
  // The command
  {
    lines: /^(?:\S+ )?(?:npx )?sockpool serve (?!\/srv).*$/,
    of: /^(?!apps\/demo)/,
    ...here('each line that serves does'),
  },
  {
    lines: /^(?:npx )?sockpool serve$/,
    of: /^(?!apps\/demo)/,
    ...here('each line that serves does'),
  },
  { lines: /^\S+sockpool serve --name .*$/, ...here('each line that serves does') },
  {
    lines: /^(?:[A-Z_]+=\S+ )*\S*sockpool serve$/,
    of: /^apps\/demo\/deploy\//,
    by: 'apps/demo/test/deploy/shop-server.ts',
    says: "'serve',",
  },
  {
    lines:
      /^(?:\S+ )?(?:npx )?\S*sockpool (?:ps|status|top|connections|restart|resize|upgrade|stop)( .*)?$/,
    ...here('each line that steers a pool does'),
  },
  {
    lines: /^npx sockpool serve \/srv\/.*$/,
    ...here('a release that a link names is deployed as the guide says'),
  },
  { lines: /^ln -sfn .*$/, ...here('a release that a link names is deployed as the guide says') },
  { lines: /^git pull && .*$/, ...here('a deploy by git and npm as the guide says') },
  { lines: /^(?:curl|socket=).*$/, ...here("a pool answers the lines of control's README") },
  {
    lines: /^npx (sockpool-load) .*$/,
    of: /^README/,
    by: 'apps/release/src/newcomer.ts',
    says: "readmeCommand('$1')",
  },
  {
    lines: /^npm (install) sockpool .*$/,
    by: 'apps/release/src/newcomer.ts',
    says: "readmeCommand('$1')",
  },

  // Its companions
  {
    lines: /^npx sockpool-load .*$/,
    of: /^packages\/load-client\//,
    by: 'packages/load-client/test/readme.test.ts',
    says: "line.startsWith('npx sockpool-load')",
  },
  {
    lines: /^npx sockpool-load .* --session .*$/,
    by: 'packages/load-client/test/session.test.ts',
    says: '(npx sockpool-load [^`]*--session',
  },
  {
    lines: /^npx sockpool-load (?!.* --session ).*$/,
    of: /^docs\//,
    by: 'docs/test/load-testing.test.ts',
    says: 'its commands work, in the order in which they stand',
  },
  {
    lines: /^sockpool-load (proxy) .*$/,
    by: 'packages/load-client/test/url-and-proxy.test.ts',
    says: "'$1', `127.0.0.1:",
  },
  { lines: /^npx @sockpool\/zero-loss .*$/, ...here('zero-loss reloads PM2') },
  { lines: /^npx sockpool-ffi hints( \S+)?$/, ...here('hints of a header are written') },
  {
    lines: /^npx sockpool-ffi generate .*$|^cc -shared .*$/,
    by: 'packages/typed-ffi/test/readme.test.ts',
    says: 'execFileSync(generate',
  },
  {
    lines: /^sockpool-ffi generate$|^pnpm (generate)$/,
    by: 'packages/native-ctest/test/generated-bindings.test.ts',
    says: "[cli, 'generate', header",
  },
  {
    lines: /^TARGET=\S+ .*(put-load)\.ts$/,
    by: 'apps/demo/test/deploy/load-job.test.ts',
    says: 'past-one-machine.md',
  },
  {
    lines: /^(?:echo|printf) .* \| nc .*$/,
    ...here('what a README pipes into nc comes back as it says'),
  },
  {
    lines: /^node server\.ts$/,
    by: 'packages/pool-compliance/src/documents/readme-programs.ts',
    says: 'runServer(installed)',
  },

  // Programs of guides
  {
    lines: /^systemd-socket-activate .*$/,
    by: 'packages/systemd/test/readme.test.ts',
    says: 'activate([await install()])',
  },
  {
    lines: /^\/usr\/bin\/node .*$|^\/bin\/kill .*$/,
    of: /^packages\/systemd\//,
    by: 'docs/test/command.test.ts',
    says: 'packages/systemd/README.md',
  },
  {
    lines: /^node (--watch-path=\S+ )?((?:src|dist)\/server\.[jt]s)$/,
    by: 'docs/test/recipes/developing.test.ts',
    says: '$2',
  },
  {
    lines: /^node (container-server)\.ts$/,
    by: 'docs/test/recipes/deploying.test.ts',
    says: '$1',
  },
  { lines: /^node --watch(?: src\/server\.ts)?$|^node server\.js$/, not: READERS },

  // The demo and the site
  {
    lines: /^node dist\/cli\.js .*$/,
    by: 'apps/demo/test/readme.test.ts',
    says: "each line of the README's blocks does what it says",
  },
  { lines: /^pnpm demo (dashboard)$/, by: 'apps/demo/test/dashboard.test.ts', says: "'$1'" },
  { lines: /^pnpm (site)$/, by: 'apps/site/turbo.json', says: '"dependsOn": ["$1"]' },
  { lines: /^npx -y (serve)@.*$/, by: 'apps/site/test/readme.test.ts', says: '$1' },

  // Work on the repository
  {
    lines:
      /^(?:npx -y )?pnpm(?:@12)? (test|typecheck|lint|format:check|check:packed|test:node24|demo|release:rehearse)$/,
    by: '.ci/run',
    says: 'npx -y pnpm@12 $1\n',
  },
  {
    lines: /^pnpm install(?: && pnpm turbo run build)?$|^npx -y pnpm@12$|^pnpm (check)$/,
    by: '.ci/run',
    says: 'npx -y pnpm@12 check:packed',
  },
  {
    lines: /^pnpm (?:test --filter=\S+|build(?: --filter=\S+)?)$/,
    of: /^(?:native|CONTRIBUTING)/,
    not: 'They build what tests load; CI builds and tests all packages by the same scripts',
  },
  {
    lines: /^.*pnpm exec vitest run test\/threads\.test\.ts(?: -t '(fills its heap)'.*)?$|^cd \S+$/,
    by: 'packages/thread-pool/test/threads.test.ts',
    says: '$1',
  },
  {
    lines: /^pnpm (version-packages)$/,
    by: 'apps/release/src/rehearse.ts',
    says: "['$1'], inClone",
  },
  {
    lines: /^pnpm release(?: --dry-run)?$/,
    by: 'apps/release/src/rehearse.ts',
    says: 'apps/release/src/release.ts',
  },
  {
    lines: /^pnpm release:(newcomer)$/,
    by: 'apps/release/src/rehearse.ts',
    says: 'apps/release/src/$1.ts',
  },
  { lines: /^pnpm (pack)$/, by: 'apps/release/src/tarball.ts', says: "'$1'" },
  {
    lines: /^make (test|asan)$/,
    by: 'native/package.json',
    says: 'run-make.ts test asan',
  },
  {
    lines: /^pnpm bench:peers (--quick)$/,
    by: 'packages/pool-bench/test/bench-main.test.ts',
    says: "'$1'",
  },
  {
    lines: /^pnpm (?:bench|bench:peers|bench:capacity|headers|fuzz)(?! --quick)( .*)?$/,
    not: MINUTES,
  },
  { lines: /^make fuzz$/, not: MINUTES },
  { lines: /^node (?:\S+\/)?bench\/\S+\.ts(?: \[MINUTES\])?$/, not: MINUTES },
  { lines: /^node apps\/(?:comparison|frameworks)\/src\/main\.ts( .*)?$/, not: MINUTES },
  { lines: /^pnpm format$/, not: 'It rewrites files; format:check finds what it would change' },
  { lines: /^pnpm changeset$/, not: 'It asks a person' },
  {
    lines: /^(?:CROSS_CC=.* )?make (?:-C native )?cross$|^aarch64-\S+ .*$|^qemu-\S+ .*$/,
    not: 'It needs compilers for, and an emulator of, other machines',
  },

  // Installations
  {
    lines: /^npm install (?:--save-dev )?@sockpool\/[^\n]*$/,
    by: 'apps/release/src/consumer.ts',
    says: "npm: ['npm', 'install'",
  },
  {
    lines: /^npm install (?:koffi|@hono\/node-server|--omit=optional)$/,
    not: "Packages of others, which tests have from the lockfile, and an option of npm's",
  },
  {
    lines: /^npm ci(?: --omit=dev)?$/,
    not: "npm's own; the deploy by git runs it",
  },
  { lines: /^apt-get install (haproxy)$/, by: '.ci/run', says: '--no-install-recommends $1' },
  { lines: /^apt-get install (?!haproxy).*$/, not: 'It changes the machine, for a comparison' },
  { lines: /^podman .*$/, not: 'It needs a container engine, and an image from a registry' },
  { lines: /^(?:pm2|wattpm) .*$/, not: "A peer's, named beside ours" },
  { lines: /^nginx -s reload$/, not: "nginx's own, on the reader's machine" },
];

/** Finds the lines that a test runs, each once. */
export function linesKeptBy(title: string, lines: readonly DocumentedLine[]): string[] {
  const rules = KEPT.filter((rule) => 'by' in rule && rule.says === title);
  return [
    ...new Set(
      lines.filter((line) => rules.some((rule) => keeps(rule, line))).map((each) => each.line),
    ),
  ];
}

/** Whether a rule is for a line. */
export function keeps({ lines, of }: Kept, { line, document }: DocumentedLine): boolean {
  return lines.test(line) && (of === undefined || of.test(document));
}
