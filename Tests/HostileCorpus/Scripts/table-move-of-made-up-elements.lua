-- table.move copies elements that a metamethod makes up, for as long as there is memory.
-- ends: memory
local source = setmetatable({}, { __index = function(_, i) return i end })
table.move(source, 1, math.maxinteger, 1, {})
