-- A length that overflows must be refused, and not become a small buffer.
-- ends: done
for _, n in ipairs { math.maxinteger, math.maxinteger // 2, (1 << 62) + 1 } do
  assert(not pcall(string.rep, "xy", n))
  assert(not pcall(string.rep, "x", n, "yz"))
end
return true
