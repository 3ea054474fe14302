-- Suspended coroutines are kept by the thousand.
-- ends: coroutines
local kept = {}
while true do
  local co = coroutine.create(coroutine.yield)
  coroutine.resume(co)
  kept[#kept + 1] = co
end
