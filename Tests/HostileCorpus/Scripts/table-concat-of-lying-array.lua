-- An array that claims 2^53 elements and makes them up.
-- ends: memory
local text = ("x"):rep(1000)
local liar = setmetatable({}, {
  __len = function() return 1 << 53 end,
  __index = function() return text end,
})
return #table.concat(liar)
