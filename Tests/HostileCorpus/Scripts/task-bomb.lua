-- Tasks are spawned by the thousand, and the script never lets one run.
-- ends: coroutines
while true do
  async.spawn(async.sleep, "1h")
end
