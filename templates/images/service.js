// node service.js: who looks at the pictures, where that is a program of yours. Put your model where `score` is.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** How well a picture shows its prompt, 0..1. This one takes the larger file for the better picture. */
function score(_prompt, image) {
  return image.length / (image.length + 300);
}

const server = createServer((request, response) => {
  const answer = ({ items }) => {
    const scores = items.map(({ prompt, image }) => score(prompt, Buffer.from(image, "base64")));
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ scores }));
  };
  json(request).then(answer, (fault) => response.writeHead(400).end(String(fault)));
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
