-- The kill itself is given to a handler, which loops in turn.
-- ends: cpu
local function spin()
  while true do end
end

xpcall(spin, spin)
return true
