-- Each coroutine holds only the next one in a variable of its own, so that no table shows them.
-- ends: coroutines
local function link()
  local inner = coroutine.create(link)
  coroutine.yield(inner)
  return inner
end

local first = coroutine.create(link)
local last = first
while true do
  local _, inner = coroutine.resume(last)
  last = inner
end
