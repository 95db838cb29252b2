// A receiver of ours in JavaScript: it verifies each delivery with every secret that it holds, by the
// standard's own library. `PUT /secrets` gives it secrets by name; `GET /seen` tells which of them were
// content with each delivery. A delivery that none of them verifies is answered 401.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { Webhook } = createRequire(`${process.argv[2]}/`)("standardwebhooks");
let secrets = {};
const seen = [];

function verifies(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts).toString("utf8");
    let answer = "{}";
    if (request.url === "/secrets") {
      secrets = JSON.parse(body);
    } else if (request.url === "/seen") {
      answer = JSON.stringify(seen);
    } else {
      const names = Object.keys(secrets).filter((name) => verifies(secrets[name], body, request.headers));
      seen.push(names.sort());
      response.statusCode = names.length ? 200 : 401;
    }
    response.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
