-- A guest table without fields, whose metatable would loop if the host asked it.
-- ends: error
local guest = setmetatable({}, {
  __index = function()
    while true do end
  end,
})
return vmm.get(guest)
