// One Node process with the official Azurite's blob, queue and table services; never deployed.
//
//     node start.js [--memory | --directory DIR] [--blob PORT] [--queue PORT] [--table PORT]
//
// Port 0 (the default) takes any free one. When all three answer, one JSON line is printed:
// {"ready": true, "blob": "http://127.0.0.1:…", "queue": …, "table": …}. It ends on SIGTERM,
// SIGINT and when stdin closes, so that no service outlives who started it. The servers are built
// directly: the official command loads telemetry first and starts one service after the other.
"use strict";
const fs = require("fs");
const path = require("path");
const { parseArgs } = require("util");

const SOURCE = path.join(__dirname, "node_modules/azurite/dist/src");
const load = (name) => require(path.join(SOURCE, name));
const KEEP_ALIVE_SECONDS = 60;

const { values: options } = parseArgs({
  options: {
    memory: { type: "boolean", default: false },
    directory: { type: "string" },
    blob: { type: "string", default: "0" },
    queue: { type: "string", default: "0" },
    table: { type: "string", default: "0" },
  },
});
if (options.memory === Boolean(options.directory)) {
  console.error("give either --memory or --directory DIR");
  process.exit(2);
}

const file = (name) => (options.memory ? "" : path.join(options.directory, name));
// Access log, its stream, debug log, its file, loose, skipApiVersionCheck, certificate, key,
// password, OAuth, disableProductStyleUrl, inMemoryPersistence: in this order for all services.
const LOGS = [false, undefined, false, undefined];
const REST = [false, true, "", "", "", undefined, false, options.memory];

function extents(constants, name) {
  return constants.map((each) => ({ ...each, locationPath: file(name) }));
}

function blobServer() {
  const Configuration = load("blob/BlobConfiguration").default;
  const Server = load("blob/BlobServer").default;
  const places = extents(load("blob/utils/constants").DEFAULT_BLOB_PERSISTENCE_ARRAY, "blobs");
  return new Server(
    new Configuration(
      "127.0.0.1", Number(options.blob), KEEP_ALIVE_SECONDS,
      file("blob.json"), file("blob-extents.json"), places, ...LOGS, ...REST,
    ),
  );
}

function queueServer() {
  const Configuration = load("queue/QueueConfiguration").default;
  const Server = load("queue/QueueServer").default;
  const places = extents(load("queue/utils/constants").DEFAULT_QUEUE_PERSISTENCE_ARRAY, "queues");
  return new Server(
    new Configuration(
      "127.0.0.1", Number(options.queue), KEEP_ALIVE_SECONDS,
      file("queue.json"), file("queue-extents.json"), places, ...LOGS, ...REST,
    ),
  );
}

function tableServer() {
  const Configuration = load("table/TableConfiguration").default;
  const Server = load("table/TableServer").default;
  const [accessLog, stream, debugLog, debugFile] = LOGS;
  return new Server(
    new Configuration(
      "127.0.0.1", Number(options.table), KEEP_ALIVE_SECONDS,
      file("table.json"), debugLog, accessLog, stream, debugFile, ...REST,
    ),
  );
}

async function main() {
  if (options.directory) fs.mkdirSync(options.directory, { recursive: true });
  const limit = { inMemoryPersistence: () => options.memory, extentMemoryLimit: () => undefined };
  load("common/ConfigurationBase").setExtentMemoryLimit(limit, false);
  const servers = { blob: blobServer(), queue: queueServer(), table: tableServer() };
  await Promise.all(Object.values(servers).map((server) => server.start()));
  const addresses = Object.entries(servers).map(([name, server]) => [
    name,
    server.getHttpServerAddress(),
  ]);
  console.log(JSON.stringify({ ready: true, ...Object.fromEntries(addresses) }));

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await Promise.all(Object.values(servers).map((server) => server.close()));
    process.exit(0);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  process.stdin.on("end", stop).on("error", stop).resume();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
