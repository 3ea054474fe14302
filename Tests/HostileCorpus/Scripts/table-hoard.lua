-- Small tables are kept without end.
-- ends: memory
local kept = {}
while true do
  kept[#kept + 1] = {}
end
