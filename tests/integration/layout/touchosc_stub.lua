-- SPDX-License-Identifier: GPL-3.0-or-later
-- touchosc_stub.lua SCRIPT: runs a document's script as TouchOSC would, by the commands it reads:
-- "init", "update MILLISECONDS", "alive EPOCH", "touch 0|1", "receive PATH". Prints what the script
-- sends, a line each of path, type tags and values, or what a callback returns; "." ends a command.
local now = 0

self = { values = { touch = false } }

function getMillis()
  return now
end

function sendOSC(message)
  local tags, values = '', {}
  for _, argument in ipairs(message[2]) do
    tags = tags .. argument.tag
    values[#values + 1] = tostring(argument.value)
  end
  print(message[1] .. '\t' .. tags .. '\t' .. table.concat(values, '\t'))
end

assert(loadfile(arg[1]))()
for line in io.lines() do
  local word, rest = line:match('^(%S+)%s*(.*)$')
  if word == 'init' then
    init()
  elseif word == 'update' then
    now = tonumber(rest)
    update()
  elseif word == 'alive' then
    onReceiveOSC({ '/headroom/alive', { { tag = 'i', value = tonumber(rest) } } }, {})
  elseif word == 'touch' then
    self.values.touch = rest == '1'
  elseif word == 'receive' then
    print(tostring(onReceiveOSC({ rest, { { tag = 'f', value = 0.5 } } }, {})))
  end
  print('.')
  io.flush()
end
