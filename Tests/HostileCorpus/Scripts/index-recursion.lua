-- An __index function that reads the field it was asked for, until the C stack is used up.
-- ends: error
local object = setmetatable({}, {
  __index = function(self, key) return self[key] end,
})
return object.field
