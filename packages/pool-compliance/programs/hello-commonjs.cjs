const express = require('express');

const app = express();
app.get('/', (request, response) => response.send('hello'));

if (require.main === module) {
  app.listen(3000, () => console.log('listening'));
}

module.exports = app;
