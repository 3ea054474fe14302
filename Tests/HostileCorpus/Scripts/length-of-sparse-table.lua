-- The length of a table with elements at the powers of two is asked for without end.
-- ends: cpu
local sparse = {}
for i = 0, 61 do sparse[1 << i] = true end
while #sparse >= 0 do end
