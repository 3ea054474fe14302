-- A plain search where almost all of the needle matches at each position.
-- ends: cpu
return ("a"):rep(2000000):find(("a"):rep(1000000) .. "b", 1, true)
