-- SPDX-License-Identifier: GPL-3.0-or-later
-- touchosc_stub.lua SCRIPT: runs a document's script as TouchOSC would, by the commands it reads:
-- "init", "update MILLISECONDS", "touch 0|1", "receive PATH", "told PATH TAG VALUE" (a message from
-- headroom), "show CONTROL" (its tag, x and text), "tag TEXT", "move VALUE" (x of the script's own
-- control). Prints what the script sends, a line each of path, type tags and values, or what a
-- callback returns; "." ends a command.
local now = 0
local controls = {}

self = { tag = '', values = { x = 0, touch = false } }

function self:findByName(name, recursive)
  assert(recursive)
  controls[name] = controls[name] or { tag = '', values = { x = 0, text = '', touch = false } }
  return controls[name]
end

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
  elseif word == 'told' then
    local path, tags, values = rest:match('^(%S+) (%S+) (.*)$')
    local arguments = {}
    for value in (values .. ' '):gmatch(#tags == 1 and '(.*) ' or '(%S+) ') do
      local tag = tags:sub(1, 1)
      table.insert(arguments, { tag = tag, value = tag == 's' and value or tonumber(value) })
    end
    onReceiveOSC({ path, arguments }, {})
  elseif word == 'show' then
    local c = self:findByName(rest, true)
    print(c.tag .. '\t' .. c.values.x .. '\t' .. c.values.text)
  elseif word == 'tag' then
    self.tag = rest
  elseif word == 'move' then
    self.values.x = tonumber(rest)
    onValueChanged('x')
  elseif word == 'touch' then
    self.values.touch = rest == '1'
  elseif word == 'receive' then
    print(tostring(onReceiveOSC({ rest, { { tag = 'f', value = 0.5 } } }, {})))
  end
  print('.')
  io.flush()
end
