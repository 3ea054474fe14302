-- The kill is caught once, and the script then returns as if nothing had been.
-- ends: cpu
local function spin()
  while true do end
end

pcall(spin)
return true
