module.exports = (req, res) => {
  res.end('hello');
};

process.on('SIGTERM', () => process.exit(0));
