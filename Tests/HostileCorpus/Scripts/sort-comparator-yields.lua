-- A comparison that yields out of the sort, for ever.
-- ends: cpu
local co = coroutine.wrap(function()
  table.sort({ 3, 1, 2 }, function()
    while true do coroutine.yield() end
  end)
end)
while true do
  pcall(co)
end
