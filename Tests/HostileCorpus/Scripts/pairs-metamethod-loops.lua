-- The iteration over an object never gets its iterator.
-- ends: cpu
local object = setmetatable({}, {
  __pairs = function()
    while true do end
  end,
})
for _ in pairs(object) do end
