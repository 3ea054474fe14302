-- Nothing, repeated 2^63 - 1 times, takes no memory and no end.
-- ends: cpu
while true do
  assert((""):rep(math.maxinteger) == "")
end
