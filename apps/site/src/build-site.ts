/**
 * Builds the documentation site into `build/site`, a folder that any static host serves: the guides
 * and READMEs as pages, and an API reference of every published package.
 *
 * It fails when TypeDoc warns, when a page links to what is not there, and when a page would ask
 * another host for something.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Application, type TypeDocOptions } from 'typedoc';
import { checkPages } from './check-pages.ts';
import { nameDocuments, writeForGithub } from './markdown.ts';
import { type PublishedPackage, readPublishedPackages, ROOT } from './published-packages.ts';
import { REPOSITORY } from './repository-links.ts';

/** Where the site is built. */
export const SITE: string = path.join(import.meta.dirname, '../build/site');

/** Documents that are pages besides the packages' READMEs. */
const DOCUMENTS = [
  'docs/*.md',
  'docs/recipes/*.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
];

function typedocOptions(packages: readonly PublishedPackage[], out: string): TypeDocOptions {
  return {
    name: 'sockpool',
    entryPointStrategy: 'packages',
    entryPoints: packages.map(({ folder }) => folder),
    packageOptions: {
      tsconfig: 'tsconfig.build.json',
      readme: 'README.md',
      excludePrivate: true,
      excludeInternal: true,
      includeVersion: false,
      // Types that a package keeps to itself are shown by name, without a page.
      validation: { notExported: false, invalidPath: false },
      disableGit: true,
      sourceLinkTemplate: `${REPOSITORY}/blob/main/{path}#L{line}`,
    },
    projectDocuments: DOCUMENTS.map((pattern) => path.join(ROOT, pattern)),
    readme: path.join(ROOT, 'README.md'),
    out,
    cleanOutputDir: true,
    favicon: path.join(import.meta.dirname, 'favicon.svg'),
    customCss: path.join(import.meta.dirname, 'site.css'),
    hideGenerator: true,
    githubPages: true,
    disableGit: true,
    sourceLinkTemplate: `${REPOSITORY}/blob/main/{path}#L{line}`,
    highlightLanguages: [
      'ts',
      'typescript',
      'js',
      'javascript',
      'json',
      'jsonc',
      'sh',
      'bash',
      'shellscript',
      'console',
      'c',
      'ini',
      'docker',
      'dockerfile',
      'yaml',
      'nginx',
      'python',
      'html',
      'css',
    ],
    ignoredHighlightLanguages: ['text', 'haproxy'],
    validation: { notExported: false, invalidPath: false, invalidLink: true },
    groupOrder: ['Guides', 'Recipes', 'Modules', '*', 'Project'],
    navigationLinks: { GitHub: REPOSITORY },
  };
}

/**
 * Builds the site and checks it.
 *
 * @param out the folder to write, which is emptied first
 * @returns how many pages there are
 * @throws {Error} when TypeDoc warns or a page is not right
 */
export async function buildSite(out: string = SITE): Promise<number> {
  const packages = readPublishedPackages();
  const app = await Application.bootstrapWithPlugins(typedocOptions(packages, out));
  nameDocuments(app);
  writeForGithub(app, packages);
  const project = await app.convert();
  if (project === undefined)
    throw new Error('Cannot build the site: TypeDoc found errors in the sources');
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('Cannot build the site: TypeDoc warned of what is above');
  // What TypeDoc copies of the repository, beside pictures: pages link to the repository instead.
  const media = path.join(out, 'media');
  for (const name of readdirSync(media)) {
    if (!/\.(?:png|svg)$/.test(name)) rmSync(path.join(media, name), { recursive: true });
  }
  return checkPages(out);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const pages = await buildSite();
  console.log(`${pages} pages in ${SITE}`);
}
