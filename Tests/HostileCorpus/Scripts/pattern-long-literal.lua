-- Almost the whole pattern matches at each position, and only its end doesn't.
-- ends: cpu
return ("a"):rep(400000):find(("a"):rep(200000) .. "[b]")
