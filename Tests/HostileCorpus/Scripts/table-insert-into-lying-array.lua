-- table.insert moves 2^53 elements that don't exist.
-- ends: cpu
local liar = setmetatable({}, { __len = function() return 1 << 53 end })
table.insert(liar, 1, nil)
