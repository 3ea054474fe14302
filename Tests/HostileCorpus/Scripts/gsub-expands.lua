-- Each of many matches is replaced by a large string.
-- ends: memory
return #(("a"):rep(10000):gsub("a", ("b"):rep(10000)))
