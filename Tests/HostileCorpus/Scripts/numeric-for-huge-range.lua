-- A numeric loop with an empty body is a single instruction, run for ever.
-- ends: cpu
for _ = math.mininteger, math.maxinteger do end
