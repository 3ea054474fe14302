-- async.map is given an array whose metatable claims endless elements; what counts is what the table holds.
-- ends: done
local liar = setmetatable({}, {
  __len = function() return math.maxinteger end,
  __index = function(_, i) return i end,
})
local results = async.map(liar, function(item) return item end)
assert(rawlen(results) == 0)
return true
