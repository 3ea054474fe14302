-- Closures with variables of their own are kept without end, in a list of closures alone.
-- ends: memory
local last = function() end
while true do
  local before = last
  last = function() return before end
end
