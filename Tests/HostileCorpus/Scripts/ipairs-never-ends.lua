-- ipairs over an object that has an element at every index.
-- ends: cpu
local endless = setmetatable({}, { __index = function() return true end })
for _ in ipairs(endless) do end
