-- Calls that wait for ever, each with megabytes of arguments that Lua itself no longer holds.
-- ends: memory cpu
local guest = vmm.get("web-1")
for i = 1, 100 do
  async.spawn(function()
    vmm.wait_status({ guest_id = guest.guest_id, junk = ("x"):rep(3000000) .. i }, "paused", { timeout = math.huge })
  end)
end
