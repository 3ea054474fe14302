-- table.sort compares objects whose __lt never ends.
-- ends: cpu
local mt = {}
function mt.__lt()
  while true do end
end

local list = {}
for i = 1, 10 do list[i] = setmetatable({}, mt) end
table.sort(list)
