-- A chain of __index tables that ends in itself.
-- ends: error
local first, second = {}, {}
setmetatable(first, { __index = second })
setmetatable(second, { __index = first })
return first.field
