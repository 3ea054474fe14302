-- table.remove moves 2^53 elements that don't exist.
-- ends: cpu
local liar = setmetatable({}, { __len = function() return 1 << 53 end })
table.remove(liar, 1)
