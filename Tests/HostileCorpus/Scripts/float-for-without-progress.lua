-- A loop over floats so large that adding the step changes nothing.
-- ends: cpu
for x = 2.0 ^ 53, 2.0 ^ 53 + 4 do
  assert(x == 2.0 ^ 53)
end
