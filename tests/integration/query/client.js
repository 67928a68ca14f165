// SPDX-License-Identifier: GPL-3.0-or-later
// client.js PORT ADDRESS: an OSCQuery client in Node. Finds the WebSocket through HOST_INFO, sees
// that the tree has the address, listens, sets -7 in a binary packet, and ends with 0 once that is
// pushed.
const http = require('http');
const WebSocket = require('ws');

const [port, address] = process.argv.slice(2);

function get(path) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path }, (answer) => {
      let body = '';
      answer.on('data', (part) => { body += part; });
      answer.on('end', () => resolve(JSON.parse(body)));
    }).on('error', reject);
  });
}

function padded(text) {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(4 - Buffer.byteLength(text) % 4)]);
}

function message(path, value) {
  const number = Buffer.alloc(4);
  number.writeFloatBE(value);
  return Buffer.concat([padded(path), padded(',f'), number]);
}

async function main() {
  const host = await get('/?HOST_INFO');
  let node = await get('/');
  for (const part of address.split('/').slice(1)) node = node.CONTENTS[part];
  if (node.FULL_PATH !== address) throw new Error('not in the tree');
  const socket = new WebSocket(`ws://${host.WS_IP}:${host.WS_PORT}/`);
  socket.on('open', () => {
    socket.send(JSON.stringify({ COMMAND: 'LISTEN', DATA: address }));
    socket.send(message(address, -7));
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary && message(address, -7).equals(data)) socket.close();
  });
  socket.on('close', () => process.exit(0));
}

setTimeout(() => process.exit(2), 20000);
main().catch((error) => { console.error(error); process.exit(1); });
