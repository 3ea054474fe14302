-- The kill runs into a hundred nested pcalls, each of which would go on.
-- ends: cpu
local function shelter(depth)
  if depth > 0 then pcall(shelter, depth - 1) end
  while true do end
end

shelter(100)
