-- One task of a map fails, and a cancelled sibling's closing variable never ends.
-- ends: cpu
async.map({ "web-1", "web-2" }, function(name, index)
  if index == 2 then error("failed") end
  local guard <close> = setmetatable({}, {
    __close = function()
      while true do end
    end,
  })
  vmm.wait_status(name, "stopped")
end)
