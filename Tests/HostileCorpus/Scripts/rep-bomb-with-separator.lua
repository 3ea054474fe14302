-- The separator of string.rep is what takes the memory.
-- ends: memory
return #(""):rep(1000000000, "ab")
