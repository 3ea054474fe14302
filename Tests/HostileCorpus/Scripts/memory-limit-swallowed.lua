-- Reaching the limit of memory is caught, all is let go, and the script returns as if nothing had been.
-- ends: memory
local kept = {}
pcall(function()
  while true do kept[#kept + 1] = { kept } end
end)
kept = nil
return true
