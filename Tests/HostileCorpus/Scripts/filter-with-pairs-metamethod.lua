-- A filter whose __pairs metamethod runs inside the library and never returns.
-- ends: cpu
local filter = setmetatable({ name = "web-*" }, {
  __pairs = function()
    while true do end
  end,
})
vmm.list(filter)
while true do end
