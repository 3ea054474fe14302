-- Nested loops skip their own bodies with goto continue and never get on.
-- ends: cpu
local n = 0
while n < 10 do
  for i = 1, 100 do
    if i > n then goto continue end
    n = n + i
    ::continue::
  end
end
