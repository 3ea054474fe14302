-- Comparing two objects for equality never ends.
-- ends: cpu
local mt = {}
function mt.__eq(a, b)
  while a ~= nil and b ~= nil do end
end
return setmetatable({}, mt) == setmetatable({}, mt)
