-- A concatenation of objects goes on to concatenate them the other way round, for ever.
-- ends: cpu
local mt = {}
function mt.__concat(left, right)
  while true do
    left, right = right, left
  end
end
return "text" .. setmetatable({}, mt) .. "text"
