-- A task catches each deadlock it is told of and waits again.
-- ends: cpu
local handle
handle = async.spawn(function()
  while true do pcall(handle.await, handle) end
end)
