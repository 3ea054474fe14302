-- Loops whose counter would wrap around must still end, after exactly the right number of rounds.
-- ends: done
local function rounds(first, last, step)
  local n = 0
  for _ = first, last, step do n = n + 1 end
  return n
end

assert(rounds(math.maxinteger - 1, math.maxinteger, 1) == 2)
assert(rounds(math.mininteger + 1, math.mininteger, -1) == 2)
assert(rounds(math.mininteger, math.maxinteger, math.maxinteger) == 3)
assert(rounds(1, math.huge, math.maxinteger) == 1)
assert(not pcall(rounds, 1, 2, 0))
return true
