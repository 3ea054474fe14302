-- Tasks by the thousand run far enough to wait for one that sleeps.
-- ends: coroutines
local sleeper = async.spawn(async.sleep, "1h")
while true do
  async.spawn(sleeper.await, sleeper)
  async.spawn(function() end):await() -- lets the others run
end
