-- A loop that sleeps for no time.
-- ends: operations
while true do
  async.sleep(0)
end
