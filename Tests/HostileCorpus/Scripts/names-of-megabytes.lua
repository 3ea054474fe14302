-- Names of three megabytes, wherever the host takes a name, by many tasks at the same time.
-- ends: done memory operations
local name = ("x"):rep(3000000)
local function try(fn, ...) return not pcall(fn, ...) end
local refused = 0
for _ = 1, 10 do
  for _, fn in ipairs{ vmm.get, vmm.shutdown, vmm.wait_task, flow.approve, flow.stop } do
    async.spawn(function() if try(fn, name) then refused = refused + 1 end end)
  end
  async.spawn(function() if try(flow.lock, name, print) then refused = refused + 1 end end)
  async.spawn(function() if try(flow.step, name, print) then refused = refused + 1 end end)
end
async.sleep(1)
return refused == 70
