-- Ranges whose length overflows must be refused, and not become small.
-- ends: done
for _, range in ipairs { { math.mininteger, math.maxinteger }, { 0, math.maxinteger }, { -1, math.maxinteger } } do
  assert(not pcall(table.unpack, {}, range[1], range[2]))
end
assert(not pcall(table.move, {}, math.mininteger, math.maxinteger, 1))
assert(not pcall(table.move, {}, 1, 10, math.maxinteger - 5))
assert(select("#", table.unpack({}, math.maxinteger, math.maxinteger)) == 1)
return true
