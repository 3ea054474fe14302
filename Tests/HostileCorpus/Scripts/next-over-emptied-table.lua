-- next looks through a large table that was emptied, and finds nothing each time.
-- ends: cpu
local set = {}
for i = 1, 50000 do set["k" .. i] = true end
for key in pairs(set) do set[key] = nil end
while next(set) == nil do end
