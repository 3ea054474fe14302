-- An object whose text is its own text, until the C stack is used up.
-- ends: error
local object = setmetatable({}, { __tostring = tostring })
return tostring(object)
