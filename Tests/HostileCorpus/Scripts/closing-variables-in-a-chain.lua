-- A hundred and fifty closing variables, each of which catches an error and loops in turn.
-- ends: cpu
local function spin(_, e)
  pcall(error, e)
  while true do end
end

local function chain(depth)
  local guard <close> = setmetatable({}, { __close = spin })
  if depth > 0 then chain(depth - 1) end
  while true do end
end

pcall(chain, 150)
return true
