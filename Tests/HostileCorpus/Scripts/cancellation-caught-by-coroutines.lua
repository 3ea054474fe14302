-- A timed task catches its cancellation by coroutines, one of which took the shield of a closing handler away with it.
-- ends: done
local co = coroutine.wrap(function() local c <close> = setmetatable({}, { __close = coroutine.yield }) end)
local ok, e = pcall(async.timeout, "2s", function()
  co()
  while true do coroutine.resume(coroutine.create(function() xpcall(async.sleep, function() end, 10) end)) end
end)
return not ok and e.kind == "timeout"
