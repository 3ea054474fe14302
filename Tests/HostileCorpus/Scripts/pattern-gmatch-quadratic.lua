-- gmatch looks for its first match from each position to the end.
-- ends: cpu
return ("a"):rep(200000):gmatch("a-b")()
