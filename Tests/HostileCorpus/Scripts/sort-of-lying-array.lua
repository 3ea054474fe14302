-- An array that claims a billion elements and has none.
-- ends: cpu
local liar = setmetatable({}, { __len = function() return 1 << 30 end })
table.sort(liar, function() return false end)
