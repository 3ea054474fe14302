-- Thirty generators, each of which takes from the one before, and the first never ends.
-- ends: cpu
local source = coroutine.wrap(function()
  while true do coroutine.yield(1) end
end)
for _ = 1, 30 do
  local inner = source
  source = coroutine.wrap(function()
    for value in inner do coroutine.yield(value + 1) end
  end)
end
for _ in source do end
