-- The library is given a list of guests that makes up one more for each that it reads.
-- ends: memory
local endless = setmetatable({}, {
  __index = function(_, i) return { guest_id = "id-" .. i, guest_name = "made up" } end,
})
vmm.list():union(endless)
