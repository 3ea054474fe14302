-- The replacement table of gsub has an __index that calls gsub with the table.
-- ends: error
local table_of_replacements = {}
setmetatable(table_of_replacements, {
  __index = function(self, key) return (key:gsub(".", self)) end,
})
return (("x"):gsub(".", table_of_replacements))
