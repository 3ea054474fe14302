-- Greedy captures and references back to them, tried in all combinations.
-- ends: cpu
return (("a"):rep(500):gsub("(a*)(a*)(a*)%1%2%3b", ""))
