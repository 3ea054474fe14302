-- A handler tries to yield out of the handling of its error, again and again.
-- ends: cpu
local co = coroutine.wrap(function()
  xpcall(error, function()
    while true do coroutine.yield() end
  end)
end)

while true do
  pcall(co)
end
