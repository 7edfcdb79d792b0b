import express from 'express';

const app = express();
app.get('/', (_request, response) => {
  response.json({ shop: 'open' });
});
app.post('/orders', express.json(), (request, response) => {
  response.status(201).json({ ordered: request.body.item });
});
app.listen(process.env.PORT ?? 3000);
