// The tarballs hold no devDependencies: nobody who installs a package gets them, and their versions
// would give a package another content whenever a package is released that only tests it.
module.exports = {
  hooks: {
    beforePacking(manifest) {
      delete manifest.devDependencies;
      return manifest;
    },
  },
};
