-- A comparison that says yes to everything, whose errors are caught.
-- ends: cpu
local list = {}
for i = 1, 1000 do list[i] = i end
while true do
  pcall(table.sort, list, function() return true end)
end
