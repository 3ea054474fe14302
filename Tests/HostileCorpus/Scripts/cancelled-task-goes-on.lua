-- A cancelled task catches every cancellation and waits again.
-- ends: done
local other = async.spawn(async.sleep, "1h")
local stubborn = async.spawn(function()
  while true do pcall(other.await, other) end
end)
async.spawn(function() end):await() -- lets the others run
stubborn:cancel()
return true
