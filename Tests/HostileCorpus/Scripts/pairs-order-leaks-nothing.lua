-- The order of a traversal must not tell of hashes or addresses, only of the keys.
-- ends: done
local function keys_of(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = tostring(key) end
  return table.concat(keys, " ")
end

local first, second = {}, {}
for i = 1, 50 do first["k" .. i] = i end
for i = 50, 1, -1 do second["k" .. i] = i end
assert(keys_of(first) == keys_of(second))
assert(keys_of({ b = 1, a = 1, [true] = 1, [2.5] = 1, [10] = 1, [1] = 1 }) == "1 10 2.5 a b true")
local one, two = {}, {}
assert(next({ [two] = 2, [one] = 1 }) == one)
return true
