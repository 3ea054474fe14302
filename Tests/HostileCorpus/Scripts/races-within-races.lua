-- Races whose losers swallow their cancellation and race again.
-- ends: operations cpu coroutines memory error
local function race()
  return async.any{ function() pcall(async.sleep, 1000) return race() end, function() return race() end }
end
race()
