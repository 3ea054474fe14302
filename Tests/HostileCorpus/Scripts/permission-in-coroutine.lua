-- A refused operation is made by another way: an alias, in a coroutine, in a task.
-- ends: error
local cut_power = vmm.power_off
async.spawn(function()
  return coroutine.wrap(cut_power)("web-1", { force = true })
end):await()
