-- What a step defers never ends, whatever is done to the task.
-- ends: cpu
local h = async.spawn(function()
  flow.step("s", function()
    flow.defer(function() while true do pcall(error) end end)
    async.sleep("1h")
  end)
end)
async.sleep(0)
h:cancel()
pcall(h.await, h)
