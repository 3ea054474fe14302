-- Reading a field makes a new proxy for ever, as deep as the C stack allows, inside pcall.
-- ends: cpu
local proxy = {}
function proxy.__index(_, key)
  return setmetatable({}, proxy)[key]
end

while true do
  pcall(proxy.__index, nil, "field")
end
