-- Short-lived coroutines without end: they are garbage at once and must not count as alive.
-- ends: cpu
while true do
  coroutine.wrap(function() end)()
end
