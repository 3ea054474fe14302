-- The replacement names a large capture thousands of times.
-- ends: memory
return #(("x"):rep(10000):gsub(".+", ("%0"):rep(10000)))
