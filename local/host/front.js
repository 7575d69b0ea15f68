// The front doors of the local host: what App Service does between a client and a function app.
//
//     node front.js CONFIG
//
// CONFIG is JSON, or the path of a JSON file:
//   {"listeners": [{"port": 0, "target": 7071, "tls": false},
//                  {"port": 0, "target": 7071, "tls": {"key": "key.pem", "cert": "cert.pem"}}],
//    "idleSeconds": 230}
// A bare list of listeners does too. All listen on 127.0.0.1; port 0 takes any free one. When all
// are open one JSON line is printed: {"ready": true, "ports": [HTTP, HTTPS]}, in their order.
// It ends on SIGTERM, SIGINT and when stdin closes, so that it never outlives who started it.
//
// As App Service: platform headers sent by clients are removed, X-Forwarded-For and -Proto are set,
// a client certificate is asked for and every one, good or bad, is handed on in X-ARR-ClientCert as
// base64 of its DER, unchecked. The request's framing passes as it came: the host gives functions
// chunked bodies as empty ones, which a re-framing proxy would hide.
"use strict";
const fs = require("fs");
const http = require("http");
const https = require("https");
const { constants } = require("crypto");

const PLATFORM =
  /^(x-arr-.*|x-ms-client-principal.*|x-ms-token-.*|x-forwarded-.*|x-waws-.*|disguised-host|x-original-url|x-site-deployment-id|client-ip)$/;
// Of one connection, not of the request; `expect` was answered here.
const HOP = new Set(["connection", "keep-alive", "proxy-connection", "upgrade", "expect"]);
const HEADER_BYTES = 256 * 1024; // more than the host accepts: its limits are the ones to be seen
const KEEP_ALIVE_MS = 120_000;
const LINGER_MS = 5_000;

const agent = new http.Agent({ keepAlive: true });

function pairs(rawHeaders) {
  const found = [];
  for (let i = 0; i < rawHeaders.length; i += 2) found.push([rawHeaders[i], rawHeaders[i + 1]]);
  return found;
}

function headersForHost(request) {
  const headers = new Map();
  for (const [name, value] of pairs(request.rawHeaders)) {
    const lower = name.toLowerCase();
    if (HOP.has(lower) || PLATFORM.test(lower)) continue;
    if (headers.has(lower)) headers.get(lower).values.push(value);
    else headers.set(lower, { name, values: [value] });
  }
  const { socket } = request;
  const set = (name, value) => headers.set(name.toLowerCase(), { name, values: [value] });
  set("X-Forwarded-For", `${socket.remoteAddress}:${socket.remotePort}`);
  set("X-Forwarded-Proto", socket.encrypted ? "https" : "http");
  const certificate = socket.encrypted && socket.getPeerX509Certificate();
  if (certificate) set("X-ARR-ClientCert", certificate.raw.toString("base64"));
  return headers;
}

function refuse(request, response, status) {
  request.unpipe();
  request.resume();
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { "Content-Length": 0 }).end();
}

// An answer may come before the whole request did (a body above the limit). Cutting a sender off
// would lose it the answer, so the rest of the request is read away first, for a while.
function endAfterRequest(request, outgoing, answer, response) {
  const end = () => {
    outgoing.destroy();
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.unpipe(outgoing);
  request.resume();
  request.once("end", () => {
    clearTimeout(timer);
    if (answer.complete) end();
    else answer.once("end", end);
  });
}

function pass(request, outgoing, answer, response) {
  const kept = [];
  for (const [name, value] of pairs(answer.rawHeaders)) {
    if (!HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  if (/close/i.test(answer.headers.connection ?? "")) kept.push("Connection", "close");
  response.sendDate = false;
  response.writeHead(answer.statusCode, answer.statusMessage, kept);
  answer.on("error", () => response.destroy());
  answer.pipe(response, { end: request.complete });
  if (!request.complete) endAfterRequest(request, outgoing, answer, response);
}

function forward(listener, idleMs, request, response) {
  const framed = "content-length" in request.headers || "transfer-encoding" in request.headers;
  const options = { host: "127.0.0.1", port: listener.target, agent, setHost: false };
  let outgoing;
  try {
    outgoing = http.request({ ...options, method: request.method, path: request.url });
    for (const { name, values } of headersForHost(request).values()) {
      outgoing.setHeader(name, values.length > 1 ? values : values[0]);
    }
  } catch {
    outgoing?.destroy();
    return refuse(request, response, 400);
  }
  // Without this Node would add a framing header to a POST that came with none.
  if (!framed) outgoing.useChunkedEncodingByDefault = false;
  outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error("idle")));
  let answered = false;
  outgoing.on("response", (answer) => {
    answered = true;
    pass(request, outgoing, answer, response);
  });
  outgoing.on("error", (error) => {
    if (response.destroyed || answered) return; // the client left, or has its answer
    // The host may have closed a kept connection just as it was taken again.
    const stale = outgoing.reusedSocket && error.code === "ECONNRESET" && !framed;
    if (stale && !response.headersSent) forward(listener, idleMs, request, response);
    else refuse(request, response, 502);
  });
  response.on("close", () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  if (framed) request.pipe(outgoing);
  else outgoing.end();
}

function open(listener, idleMs) {
  const options = { maxHeaderSize: HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS };
  const handle = (request, response) => forward(listener, idleMs, request, response);
  const server = listener.tls
    ? https.createServer(
        {
          ...options,
          key: fs.readFileSync(listener.tls.key),
          cert: fs.readFileSync(listener.tls.cert),
          requestCert: true,
          rejectUnauthorized: false,
          ciphers: "DEFAULT:@SECLEVEL=0", // a client's RSA-1024 certificate must reach the app
          secureOptions: constants.SSL_OP_NO_TICKET, // each connection shows its certificate
        },
        handle,
      )
    : http.createServer(options, handle);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(listener.port, "127.0.0.1", () => resolve(server));
  });
}

async function main() {
  const given = process.argv[2] ?? "";
  if (!given) throw new Error("usage: node front.js CONFIG, JSON or the path of a JSON file");
  const text = /^\s*[[{]/.test(given) ? given : fs.readFileSync(given, "utf8");
  const config = JSON.parse(text);
  const listeners = Array.isArray(config) ? config : config.listeners;
  const idleMs = (config.idleSeconds ?? 230) * 1000; // Azure's front end gives up then
  const servers = await Promise.all(listeners.map((listener) => open(listener, idleMs)));
  console.log(JSON.stringify({ ready: true, ports: servers.map((s) => s.address().port) }));

  const stop = () => process.exit(0);
  process.on("SIGTERM", stop).on("SIGINT", stop);
  process.stdin.on("end", stop).on("error", stop).resume();
}

main().catch((error) => {
  console.error(`the front doors do not start: ${error.message}`);
  process.exit(1);
});
