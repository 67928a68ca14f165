// SPDX-License-Identifier: GPL-3.0-or-later
// client.js PORT ADDRESS: an OSCQuery client in Node. Finds the WebSocket through HOST_INFO, sees
// that the tree has the address, and listens to it while another WebSocket sets it in binary
// packets. Ends with 0 where it is pushed what it listens to, and no more once it ignores it.
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

function opened(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.packets = [];
    socket.on('message', (data, isBinary) => {
      if (!isBinary) return;
      socket.packets.push(data);
      socket.emit('packet');
    });
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
  });
}

/// The next packet.
async function pushed(socket) {
  while (socket.packets.length === 0) {
    await new Promise((resolve) => { socket.once('packet', resolve); });
  }
  return socket.packets.shift();
}

async function main() {
  const host = await get('/?HOST_INFO');
  let node = await get('/');
  for (const part of address.split('/').slice(1)) node = node.CONTENTS[part];
  if (node.FULL_PATH !== address) throw new Error('not in the tree');
  const url = `ws://${host.WS_IP}:${host.WS_PORT}/`;
  const listener = await opened(url);
  const setter = await opened(url);
  const send = (command, data) => listener.send(JSON.stringify({ COMMAND: command, DATA: data }));
  send('LISTEN', address);
  const initial = await pushed(listener);
  if (!initial.subarray(0, address.length).equals(Buffer.from(address))) throw new Error('no value');
  for (const value of [-7, -8]) {
    setter.send(message(address, value));
    if (!message(address, value).equals(await pushed(listener))) throw new Error(`not ${value}`);
  }
  send('IGNORE', address);
  send('LISTEN', address + '/norm'); // what comes of this comes after the IGNORE
  await pushed(listener);
  setter.send(message(address, -10));
  const norm = message(address + '/norm', 0.5);
  if (!norm.equals(await pushed(listener))) throw new Error('IGNORE does not end it');
  process.exit(0);
}

setTimeout(() => process.exit(2), 20000);
main().catch((error) => { console.error(error); process.exit(1); });
